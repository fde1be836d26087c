//! An elastic, bounded, fair pool of threads for blocking and CPU-heavy work. It knows nothing of HTTP.
//!
//! ```
//! use gopool_pool::{LaneOptions, Pool, Task};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pool = Pool::builder().max_threads(2).max_queue(100).build()?;
//! let reports = pool.lane(LaneOptions::new("reports"));
//!
//! let task = Task::new(|| (1..=10).product::<u64>()).lane(&reports).timeout(Duration::from_secs(5));
//! let handle = pool.submit(task)?;
//! assert_eq!(handle.wait()?, 3_628_800); // or `handle.await?`
//!
//! assert_eq!(pool.stats().counters.completed, 1);
//! assert!(pool.close(Duration::from_secs(1))?.is_drained);
//! # Ok(())
//! # }
//! ```
//!
//! * Threads come with the work, up to `max_threads`, and leave when idle. Past the core count they come only while cores are idle.
//! * Waiting tasks are bounded by `max_queue`. Lanes take turns and share the queue fairly, so none starves another.
//! * A task has two clocks: `queue_timeout` from submission to start, `timeout` from start to end.
//! * A thread cannot be killed. A task past its timeout is answered and told to stop through [`cancelled`]; until it does, its thread is
//!   *overdue* and may be replaced, within bounds.
//! * A panicking task never costs a thread.
//! * Threads give way to the rest of the process, as `nice` ones, once tasks have kept cores for long.
//!
//! The states of jobs and threads, the races between them and why each ends well: `README.md` beside this file.

mod admission;
mod builder;
mod cancel;
mod clock;
mod deadlines;
mod endings;
mod error;
mod growth;
mod histogram;
mod job;
mod jobs;
mod lanes;
mod mailbox;
mod niceness;
mod payload;
mod recorder;
mod run_times;
mod shared;
mod state;
mod stats;
mod sync;
mod task;
mod time;
mod usage;
mod worker;

#[cfg(all(test, gopool_loom))]
mod loom;
#[cfg(all(test, not(gopool_loom)))]
mod tests;

pub use builder::Builder;
pub use cancel::{Cancel, Cancelled, cancelled, checkpoint, current_cancel};
pub use error::{AlreadyClosed, BuildError, Rejected, TaskError};
pub use histogram::{Histogram, Summary};
pub use job::TaskTimes;
#[doc(hidden)]
pub use job::panic_text;
pub use mailbox::{Deliver, Mailbox};
#[doc(hidden)]
pub use niceness::{be_nice, niceness_of_this_thread};
pub use recorder::{Gain, Recorder};
pub use stats::{Counters, LaneStats, Stats, Threads};
pub use task::{Handle, Lane, LaneOptions, Task};

use admission::Order;
use job::{Job, Origin};
use lanes::LaneId;
use payload::JobRef;
use shared::{Shared, ThreadSettings};
use state::Limits;
use std::{
    io,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use time::Nanos;

/// A pool of threads. Clones are the same pool; dropping the last one closes it without waiting.
#[derive(Clone)]
pub struct Pool(Arc<Owner>);

/// The users' side of the pool: the threads hold `shared` too, but not this.
struct Owner {
    shared: Arc<Shared>,
    /// Tells the lanes of pools apart.
    id: u64,
}

/// How a [`Pool::close`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloseReport {
    /// Every task ended by itself and every thread has left.
    pub is_drained: bool,
    /// Threads that still run a task; its caller has an answer.
    pub abandoned_threads: usize,
}

impl Pool {
    /// A builder with the default settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn open(limits: Limits, settings: ThreadSettings) -> io::Result<Self> {
        static POOLS: AtomicU64 = AtomicU64::new(0);
        let shared = Arc::new(Shared::new(limits, settings));
        let pool = Self(Arc::new(Owner {
            shared,
            id: POOLS.fetch_add(1, Ordering::Relaxed),
        }));
        for _ in 0..limits.min_threads {
            pool.hire()?;
        }
        Ok(pool)
    }

    /// Starts one thread of the minimum.
    fn hire(&self) -> io::Result<()> {
        let shared = &self.0.shared;
        let Some(seat) = shared.lock().hire() else {
            return Ok(());
        };
        worker::spawn(shared, seat).inspect_err(|_| {
            // Nobody has submitted anything yet, so there is nobody to answer.
            let _nobody = shared.lock().spawn_failed(seat);
        })
    }

    /// Adds a lane. It stays for the life of the pool; two lanes of one name are two lanes.
    pub fn lane(&self, options: LaneOptions) -> Lane {
        let limit = options.concurrency.map(NonZeroUsize::get);
        Lane {
            id: self.0.shared.lock().lanes.add(options.name, limit),
            pool: self.0.id,
        }
    }

    /// Puts a task into the pool. Never blocks beyond the pool's own lock.
    ///
    /// # Errors
    /// Why the task was refused. It is dropped then and never runs.
    pub fn submit<T, F>(&self, task: Task<T, F>) -> Result<Handle<T>, Rejected>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let order = self.order(&task)?;
        let Task {
            body,
            is_success,
            parent,
            mailbox,
            is_detached,
            ..
        } = task;
        let parent_again = parent.clone();
        let shared = Arc::clone(&self.0.shared);
        let job = Arc::new(Job::new(
            body,
            Origin {
                shared,
                parent,
                mailbox,
                is_success,
            },
        ));
        self.place(order, Arc::clone(&job) as JobRef, parent_again.as_ref())?;
        Ok(Handle {
            job,
            cancels_on_drop: !is_detached,
            has_answered: false,
        })
    }

    /// The part of `submit` that is the same for all types.
    fn place(&self, order: Order, job: JobRef, parent: Option<&Cancel>) -> Result<(), Rejected> {
        let shared = &self.0.shared;
        let has_deadline = order.timeout.min(order.queue_timeout) < Nanos::FOREVER;
        if (has_deadline || shared.settings.reads_cpu) && clock::start(shared).is_err() {
            shared.lock().refuse(order.lane);
            return Err(Rejected::NoThread);
        }
        if let Some(parent) = parent
            && !parent.lead(&(Arc::clone(&job) as Arc<dyn cancel::Token>))
        {
            shared.lock().refuse(order.lane);
            return Err(Rejected::Cancelled);
        }
        worker::submit(shared, order, &job).inspect_err(|_| {
            if let Some(parent) = parent {
                parent.forget(&*job);
            }
        })
    }

    fn order<T, F>(&self, task: &Task<T, F>) -> Result<Order, Rejected> {
        let settings = &self.0.shared.settings;
        let lane = match task.lane {
            None => LaneId(0),
            Some(lane) if lane.pool == self.0.id => lane.id,
            Some(_) => return Err(Rejected::ForeignLane),
        };
        Ok(Order {
            lane,
            queue_timeout: Nanos::of(task.queue_timeout.or(settings.queue_timeout)),
            timeout: Nanos::of(task.timeout.or(settings.timeout)),
        })
    }

    /// Whether a task of this lane and this wait limit would be taken at this moment, for who has something to do before there is a task.
    ///
    /// # Errors
    /// Why it would be refused, which counts as the refusal of a task.
    pub fn check(&self, lane: &Lane, queue_timeout: Duration) -> Result<(), Rejected> {
        if lane.pool != self.0.id {
            return Err(Rejected::ForeignLane);
        }
        let order = Order {
            lane: lane.id,
            queue_timeout: Nanos::of(Some(queue_timeout)),
            timeout: Nanos::FOREVER,
        };
        self.0.shared.lock().check(order)
    }

    /// Everything that the pool counts, at one instant. Copies the histograms of every lane that has run a task.
    pub fn stats(&self) -> Stats {
        self.0.shared.lock().stats(sync::now())
    }

    /// How long the tasks that wait now will take, judged by the run times of late. Cheaper than [`Pool::stats`].
    pub fn estimated_wait(&self) -> Duration {
        self.0.shared.lock().estimated_wait().into()
    }

    /// How long a task of this lane submitted now would wait, its turns and its `concurrency` considered: the base of a
    /// `Retry-After`. For a lane of another pool it is [`Pool::estimated_wait`].
    pub fn estimated_wait_in(&self, lane: &Lane) -> Duration {
        if lane.pool != self.0.id {
            return self.estimated_wait();
        }
        self.0.shared.lock().estimated_wait_in(lane.id).into()
    }

    /// Every thread and every replacement is overdue: the pool refuses everything and only a new process helps.
    pub fn is_stuck(&self) -> bool {
        self.0.shared.lock().is_stuck()
    }

    /// Refuses new tasks from now on; those that wait and run are finished. Returns at once.
    pub fn begin_close(&self) {
        self.0.begin_close();
    }

    /// Refuses new tasks, waits until all tasks are done and all threads have left, at most for `limit`; then every task still
    /// waiting or running is answered with [`TaskError::Closed`], and every token is set. When this returns, every handle has its outcome.
    ///
    /// # Errors
    /// The pool was closed by another call.
    pub fn close(&self, limit: Duration) -> Result<CloseReport, AlreadyClosed> {
        let shared = &self.0.shared;
        let until = sync::now() + limit;
        self.begin_close();
        if std::mem::replace(&mut sync::lock(&shared.roster).is_closed, true) {
            return Err(AlreadyClosed);
        }
        let mut state = shared.lock();
        while state.threads() > 0 && sync::now() < until {
            state = sync::wait(&shared.quiet, state, until);
        }
        let abandoned_threads = state.threads();
        let (answers, orders) = state.cut_off();
        drop(state);
        worker::settle(shared, orders);
        worker::answer(answers);
        worker::join(shared, abandoned_threads == 0);
        Ok(CloseReport {
            is_drained: abandoned_threads == 0,
            abandoned_threads,
        })
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("id", &self.0.id)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Checks all settings and starts the threads of `min_threads`.
    ///
    /// # Errors
    /// All mistakes in the settings at once, or the system's refusal of a thread.
    pub fn build(self) -> Result<Pool, BuildError> {
        let (limits, settings) = self.check()?;
        Pool::open(limits, settings).map_err(BuildError::Threads)
    }
}

impl Owner {
    fn begin_close(&self) {
        let orders = self.shared.lock().begin_close();
        worker::settle(&self.shared, orders);
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.begin_close();
    }
}
