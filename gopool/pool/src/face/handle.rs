//! The handle to the result of a task.

use crate::{
    error::TaskError,
    face::{
        block_on::block_on,
        cancel::Cancel,
        job::{Awaited, TaskTimes},
    },
};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The other end of a submitted task: await it, or [`wait`](Handle::wait) for it.
///
/// Dropping it cancels the task, unless the task is [`detached`](crate::Task::detached).
#[must_use = "dropping the handle cancels the task; call `detach` to let it run"]
pub struct Handle<T> {
    job: Arc<dyn Awaited<T>>,
    cancels_on_drop: bool,
    /// The caller has the outcome, so that there is nothing to leave.
    has_answered: bool,
}

impl<T> Handle<T> {
    pub(crate) fn new(job: Arc<dyn Awaited<T>>, cancels_on_drop: bool) -> Self {
        Self {
            job,
            cancels_on_drop,
            has_answered: false,
        }
    }

    /// Blocks this thread until the task has an outcome. Not for event loops: await the handle there.
    ///
    /// On a thread of the task's own pool, a task that still waits for its start runs here and now, under the limits of the task that
    /// waits for it: threads that wait for each other's queue would wait for ever. Awaiting the handle there does the same.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn wait(self) -> Result<T, TaskError> {
        block_on(self)
    }

    /// Cancels the task: a waiting one never runs, the token of a running one is set; either way the outcome is
    /// [`TaskError::Cancelled`] now. Does nothing if there is an outcome already.
    pub fn cancel(&self) {
        self.job.cancel();
    }

    /// The task's own token.
    pub fn token(&self) -> Cancel {
        Cancel::of(Arc::clone(&self.job).as_token())
    }

    /// Lets the task go on without anyone waiting for it.
    pub fn detach(mut self) {
        self.cancels_on_drop = false;
    }

    /// Whether the outcome is there.
    pub fn is_finished(&self) -> bool {
        self.job.is_ready()
    }

    /// How long the task waited and ran; zero for what has not happened, or not ended, when the outcome came.
    pub fn times(&self) -> TaskTimes {
        self.job.times()
    }
}

impl<T> Future for Handle<T> {
    type Output = Result<T, TaskError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = self.job.poll(context);
        self.has_answered |= poll.is_ready();
        poll
    }
}

impl<T> Drop for Handle<T> {
    fn drop(&mut self) {
        if self.has_answered {
            return;
        }
        let was_pending = self.job.abandon();
        if was_pending && self.cancels_on_drop {
            self.job.cancel();
        }
    }
}

impl<T> std::fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
