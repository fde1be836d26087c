//! A job as the pool's threads see it, whatever it computes.

use crate::{error::TaskError, keys::JobKey, rules::counters::Ending, time::Nanos};
use std::{any::Any, sync::Arc};

/// A job of unknown type.
pub(crate) type JobRef = Arc<dyn Payload>;

/// What a task is about, in the words of whoever submitted it.
pub type Tag = Arc<dyn Any + Send + Sync>;

/// What the pool does with a job.
pub(crate) trait Payload: Send + Sync {
    /// Whether its token is set.
    fn is_cancelled(&self) -> bool;

    /// How long it has waited, once it runs.
    fn wait(&self) -> Nanos;

    /// What it is about.
    fn tag(&self) -> Option<Tag>;

    /// The pool has taken the job under this key. Called under the pool's lock.
    fn place(&self, key: JobKey);

    /// Runs the body, settles, and hands the result to the caller if `settle` says that it is the first outcome. `settle` is told whether
    /// that takes no time, so that the thread may have its next job already.
    fn run(self: Arc<Self>, wait: Nanos, settle: &mut dyn FnMut(Ending, bool) -> Settled);

    /// Wakes whoever awaits the job, which is not over.
    fn nudge(&self);

    /// Tells the job to stop and its caller why there is no result.
    fn answer(&self, error: TaskError);

    /// Drops the body if it has not begun.
    fn discard(&self);
}

/// What the pool said to the end of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settled {
    pub(crate) is_first: bool,
    pub(crate) run: Nanos,
}
