//! A job as the pool's threads see it, whatever it computes.

use super::{cancel::Token, error::TaskError, jobs::JobKey, state::Ending, time::Nanos};
use std::{panic::AssertUnwindSafe, sync::Arc};

/// A job of unknown type.
pub(super) type JobRef = Arc<dyn Payload>;

/// What the pool does with a job. A job is its own token.
pub(super) trait Payload: Token {
    /// The pool has taken the job under this key. Called under the pool's lock.
    fn place(&self, key: JobKey);

    /// Runs the body, settles, and hands the result to the caller if `settle` says that it is the first outcome.
    fn run(self: Arc<Self>, wait: Nanos, settle: &mut dyn FnMut(Ending) -> Settled);

    /// Tells the job to stop and its caller why there is no result; drops the body if it has not begun.
    fn fail(&self, error: TaskError);
}

/// What the pool said to the end of a body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled {
    pub(super) is_first: bool,
    pub(super) run: Nanos,
}

/// Calls or drops what belongs to a user, on a thread that must survive it.
pub(super) fn shielded(user_code: impl FnOnce()) {
    if let Err(panic) = std::panic::catch_unwind(AssertUnwindSafe(user_code)) {
        // The payload of the panic may panic in turn when dropped.
        std::mem::forget(panic);
    }
}
