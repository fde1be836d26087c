//! The pool itself.

use crate::{
    error::{AlreadyClosed, Rejected},
    face::{
        cancel::Token,
        handle::Handle,
        job::{Job, Origin},
        lane::{Lane, LaneOptions},
        stats::Stats,
        task::{Permit, Task},
        tasks::Tasks,
    },
    keys::{JobKey, LaneId},
    rules::{admission::terms::Terms, settings::Settings},
    sync,
    threads::{
        commands,
        payload::JobRef,
        shared::{Shared, ThreadSettings},
        worker,
    },
    time::{Moment, Nanos},
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// A pool of threads. Clones are the same pool; dropping the last one closes it without waiting.
#[derive(Clone)]
pub struct Pool(pub(crate) Arc<Owner>);

/// The users' side of the pool: the threads hold `shared` too, but not this.
pub(crate) struct Owner {
    pub(crate) shared: Arc<Shared>,
    /// Tells the lanes of pools apart.
    id: u64,
    pub(crate) defaults: Defaults,
}

/// For tasks that name none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) queue_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
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
    pub(crate) fn open(settings: Settings, threads: ThreadSettings, defaults: Defaults) -> io::Result<Self> {
        static POOLS: AtomicU64 = AtomicU64::new(0);
        let pool = Self(Arc::new(Owner {
            shared: Arc::new(Shared::new(settings, threads, worker::carry_out)),
            id: POOLS.fetch_add(1, Ordering::Relaxed),
            defaults,
        }));
        for _ in 0..settings.min_threads {
            commands::hire(&pool.0.shared)?;
        }
        Ok(pool)
    }

    /// Adds a lane. It stays for the life of the pool; two lanes of one name are two lanes.
    pub fn lane(&self, options: LaneOptions) -> Lane {
        let mut state = self.0.shared.lock();
        let settings = options.settings(state.settings.queue_target);
        Lane {
            id: state.lanes.add(settings),
            pool: self.0.id,
            priority: None,
            caller: None,
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
        let shared = &self.0.shared;
        let is_detached = task.is_detached;
        let (job, terms) = self.draft(task)?;
        commands::submit(shared, terms, &*job, Arc::clone(&job) as JobRef)
            .inspect_err(|_| job.leave_parent())?;
        Ok(Handle::new(job, !is_detached))
    }

    /// Puts a task into the pool together with others: a worker that comes by takes it, or the event loop of the task's
    /// [`mailbox`](Task::via) hands over all that was posted there, when the tasks that are due have had their turn. Never blocks.
    ///
    /// That costs less where many tasks of microseconds are submitted, and an event loop never waits for a thread of low priority that
    /// was taken off its core with the pool's lock in hand. Without a mailbox it is [`Pool::submit`].
    ///
    /// # Errors
    /// Why the task was refused, as far as that is known at once; if not, its outcome is [`TaskError::Rejected`](crate::TaskError::Rejected).
    pub fn post<T, F>(&self, task: Task<T, F>) -> Result<Handle<T>, Rejected>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        if task.mailbox.is_none() {
            return self.submit(task);
        }
        let shared = &self.0.shared;
        let is_detached = task.is_detached;
        let (job, terms) = self.draft(task)?;
        let is_due = commands::post(shared, terms, Arc::clone(&job) as JobRef);
        match job.mailbox().filter(|_| !is_due) {
            Some(mailbox) => mailbox.collect(shared),
            None => shared.enter_posted(),
        }
        Ok(Handle::new(job, !is_detached))
    }

    /// A task as a job that nobody has seen yet.
    fn draft<T, F>(&self, task: Task<T, F>) -> Result<(Arc<Job<F, T>>, Terms), Rejected>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let terms = self.terms(&task)?;
        let shared = &self.0.shared;
        commands::prepare(shared, terms)?;
        let Task {
            body,
            is_success,
            parent,
            mailbox,
            tag,
            ..
        } = task;
        let origin = Origin {
            shared: Arc::clone(shared),
            parent: parent.clone(),
            mailbox,
            tag,
            is_success,
            until: match terms.within {
                Nanos::FOREVER => Moment::NEVER,
                within => sync::now() + within,
            },
        };
        let job = Arc::new(Job::new(body, origin));
        if let Some(parent) = &parent
            && !parent.lead(&(Arc::clone(&job) as Arc<dyn Token>))
        {
            shared.lock().refuse(terms);
            return Err(Rejected::Cancelled);
        }
        Ok((job, terms))
    }

    pub(crate) fn terms<T, F>(&self, task: &Task<T, F>) -> Result<Terms, Rejected> {
        let defaults = self.0.defaults;
        let terms = self.terms_of(task.lane.as_ref())?;
        let is_for = |permit: Permit| (permit.lane, permit.pool) == (terms.lane, self.0.id);
        Ok(Terms {
            queue_timeout: Nanos::of(task.queue_timeout.or(defaults.queue_timeout)),
            timeout: Nanos::of(task.timeout.or(defaults.timeout)),
            within: Nanos::of(task.within),
            is_admitted: task.permit.is_some_and(is_for),
            ..terms
        })
    }

    /// Those of a lane, or of the default one, without limits.
    fn terms_of(&self, lane: Option<&Lane>) -> Result<Terms, Rejected> {
        match lane {
            None => Ok(Terms::of(LaneId(0))),
            Some(lane) if lane.pool == self.0.id => Ok(Terms {
                priority: lane.priority,
                caller: lane.caller,
                ..Terms::of(lane.id)
            }),
            Some(_) => Err(Rejected::ForeignLane),
        }
    }

    /// Whether a task of this lane and this wait limit would be taken at this moment, for who has something to do before there is a task. Give
    /// what it gives to the task: [`Task::permit`].
    ///
    /// # Errors
    /// Why it would be refused, which counts as the refusal of a task.
    pub fn would_take(&self, lane: &Lane, queue_timeout: Duration) -> Result<Permit, Rejected> {
        let terms = Terms {
            queue_timeout: Nanos::of(Some(queue_timeout)),
            ..self.terms_of(Some(lane))?
        };
        self.0.shared.lock().would_take(terms, sync::now())?;
        let (lane, pool) = (lane.id, self.0.id);
        Ok(Permit { lane, pool })
    }

    /// Everything that the pool counts, each lane at one instant. Copies the histograms of every lane that has run a task.
    pub fn stats(&self) -> Stats {
        let shared = &self.0.shared;
        let state = shared.lock();
        let mut stats = Stats::of(&state, sync::now());
        let mut has_more = stats.add_lanes(&state);
        drop(state);
        while has_more {
            has_more = stats.add_lanes(&shared.lock());
        }
        stats
    }

    /// The tasks that wait and run at about this moment, at most `limit` of them, see [`Tasks`]. The lock is held for a few of them at a time.
    pub fn tasks(&self, limit: usize) -> Tasks {
        Tasks::of(&self.0.shared, limit)
    }

    /// Cancels the task of this [`number`](crate::TaskView::number), as [`Handle::cancel`] does. False if it has ended or has its answer
    /// already.
    pub fn cancel(&self, number: u64) -> bool {
        JobKey::from_bits(number).is_some_and(|key| commands::cancel(&self.0.shared, || Some(key)))
    }

    /// How long the tasks that wait now will take, judged by the run times of late. Cheaper than [`Pool::stats`].
    pub fn estimated_wait(&self) -> Duration {
        self.0.shared.lock().estimated_wait().into()
    }

    /// How long a task of this lane submitted now would wait, its turns and its `concurrency` considered. For a lane of another pool it is [`Pool::estimated_wait`].
    pub fn estimated_wait_in(&self, lane: &Lane) -> Duration {
        if lane.pool != self.0.id {
            return self.estimated_wait();
        }
        self.0.shared.lock().estimated_wait_in(lane.id).into()
    }

    /// How long a caller is to stay away whom the pool has refused a task of this lane (`None`: of the default lane): at least a second.
    ///
    /// An appointment: each call gives the next place in the row of those that are to come back, so that they come one after the other,
    /// at a quarter of the pace at which the lane starts tasks, and within a minute.
    pub fn appointment(&self, lane: Option<&Lane>) -> Duration {
        let terms = self.terms_of(lane).unwrap_or(Terms::of(LaneId(0)));
        self.0.shared.lock().appoint(terms, sync::now()).into()
    }

    /// Whether the thread that calls is one of this pool's. Whoever waits for a task there runs it himself, see
    /// [`Handle::wait`](crate::Handle::wait).
    pub fn is_own_thread(&self) -> bool {
        worker::own_seat(&self.0.shared).is_some()
    }

    /// Every thread and every replacement is overdue: the pool refuses everything and only a new process helps.
    pub fn is_stuck(&self) -> bool {
        self.0.shared.lock().is_stuck()
    }

    /// Refuses new tasks from now on; those that wait and run are finished. Returns at once.
    pub fn begin_close(&self) {
        commands::begin_close(&self.0.shared);
    }

    /// Refuses new tasks, waits until all tasks are done and all threads have left, at most for `limit`; then every task still
    /// waiting or running is answered with [`TaskError::Closed`](crate::TaskError::Closed), and every token is set. When this
    /// returns, every handle has its outcome.
    ///
    /// # Errors
    /// The pool was closed by another call.
    pub fn close(&self, limit: Duration) -> Result<CloseReport, AlreadyClosed> {
        let shared = &self.0.shared;
        let until = sync::now() + limit;
        commands::begin_close(shared);
        if std::mem::replace(&mut sync::lock(&shared.roster).is_closed, true) {
            return Err(AlreadyClosed);
        }
        let abandoned_threads = commands::close(shared, until);
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

impl Drop for Owner {
    fn drop(&mut self) {
        commands::begin_close(&self.shared);
    }
}
