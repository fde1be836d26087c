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
//! * Waiting tasks are bounded by `max_queue`. Lanes share the CPU time by weight and the queue fairly, so none starves another; so do
//!   the callers of one lane, where they are told apart. What is [`Priority::Critical`] is served first and refused last.
//! * Under more load than the cores can do, tasks that have just come are served in order and those that have waited for long are told so:
//!   the work that is done is for callers that are still there.
//! * A task may wait for others of its pool: they run on its thread if no other has begun them.
//! * A task has two clocks: `queue_timeout` from submission to start, `timeout` from start to end. What its caller has time for
//!   ([`Task::within`]) shortens both.
//! * A thread cannot be killed. A task past its timeout is answered and told to stop through [`cancelled`]; until it does, its thread is
//!   *overdue* and may be replaced, within bounds.
//! * A panicking task never costs a thread.
//! * Threads give way to the rest of the process, as `nice` ones, once tasks have kept cores for long.
//!
//! To read the code, begin with the README beside it, then the rules from the bottom: `time`, `priority`, `keys`, `slab`; `rules`, which decide;
//! `threads`, which carry out; `face`, which users hold.

mod error;
mod keys;
pub mod measure;
pub mod panics;
mod priority;
mod slab;
mod sync;
mod time;

mod rules;

mod threads;

mod face;

#[cfg(all(test, gopool_loom))]
mod loom;
#[cfg(all(test, not(gopool_loom)))]
mod tests;

pub use error::{AlreadyClosed, BuildError, Rejected, TaskError};
pub use face::{
    builder::Builder,
    cancel::{Cancel, Cancelled, cancelled, checkpoint, current_cancel},
    handle::Handle,
    job::TaskTimes,
    lane::{Lane, LaneOptions},
    mailbox::{Deliver, Mailbox},
    pool::{CloseReport, Pool},
    stats::{LaneStats, Stats, Threads},
    task::{Permit, Task},
    tasks::{TaskThread, TaskView, Tasks},
};
pub use measure::{Histogram, Summary};
pub use priority::{Priority, UnknownPriority};
pub use rules::{
    census::TaskState,
    counters::{Counters, PriorityCounters},
};
pub use threads::{niceness, overdue::OverdueTask, payload::Tag};
