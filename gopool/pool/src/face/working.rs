//! What the body of a task says of itself, on the thread that runs it.

use crate::{face::pool::Pool, threads::commands};

impl Pool {
    /// Runs `wait`, in which the task that calls waits for somebody outside who may never come, such as a client that does not read.
    ///
    /// Meanwhile its thread is *stalled*: another one may take its place, up to `max_stalled` of them, and the task's `timeout` stands; it begins
    /// anew when `wait` is over. `wait` has to end by itself, and soon once the task is [`cancelled`](crate::cancelled). Beyond `max_stalled`, the
    /// task that has waited longest, if for more than a second, has the outcome [`TaskError::Stalled`](crate::TaskError::Stalled).
    ///
    /// On a thread that is none of this pool's, it only runs `wait`.
    pub fn stalled<R>(&self, wait: impl FnOnce() -> R) -> R {
        let _stall = commands::stall(&self.0.shared);
        wait()
    }

    /// Whether one more thread that stalls would be replaced.
    pub fn may_stall(&self) -> bool {
        self.0.shared.lock().may_stall()
    }

    /// Begins the `timeout` of the task that calls anew, because it has come on.
    pub fn progress(&self) {
        commands::progress(&self.0.shared);
    }

    /// Wakes whoever awaits the handle of the task that calls, although the task is not over: something else is there for him.
    pub fn nudge(&self) {
        commands::nudge(&self.0.shared);
    }
}
