//! A task to be submitted, and the handle to its result.

use super::{
    cancel::Cancel,
    error::TaskError,
    job::{Awaited, TaskTimes},
    lanes::LaneId,
    mailbox::Mailbox,
    sync,
};
use std::{
    future::Future,
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// A function to be run on a pool, and under which conditions.
#[must_use = "a task does nothing until it is submitted"]
pub struct Task<T, F> {
    pub(super) body: F,
    pub(super) is_success: fn(&T) -> bool,
    pub(super) lane: Option<Lane>,
    pub(super) queue_timeout: Limit,
    pub(super) timeout: Limit,
    pub(super) parent: Option<Cancel>,
    pub(super) mailbox: Option<Mailbox>,
    pub(super) is_detached: bool,
}

/// A limit that a task sets, or leaves to its pool.
#[derive(Debug, Clone, Copy)]
pub(super) enum Limit {
    OfPool,
    Own(Option<Duration>),
}

impl Limit {
    pub(super) fn or(self, of_pool: Option<Duration>) -> Option<Duration> {
        match self {
            Self::OfPool => of_pool,
            Self::Own(limit) => limit,
        }
    }
}

impl<T, F: FnOnce() -> T> Task<T, F> {
    /// Runs `body`; whatever it returns counts as completed.
    pub fn new(body: F) -> Self {
        Self::judged(body, |_| true)
    }

    fn judged(body: F, is_success: fn(&T) -> bool) -> Self {
        Self {
            body,
            is_success,
            lane: None,
            queue_timeout: Limit::OfPool,
            timeout: Limit::OfPool,
            parent: None,
            mailbox: None,
            is_detached: false,
        }
    }

    /// Puts the task into a lane; without one it is in the default lane.
    pub fn lane(mut self, lane: &Lane) -> Self {
        self.lane = Some(*lane);
        self
    }

    /// How long the task may wait for its start; `None`: without limit. The default is the pool's.
    pub fn queue_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.queue_timeout = Limit::Own(limit.into());
        self
    }

    /// How long the task may run before its caller is told [`TaskError::Timeout`]; `None`: without limit. The default is the pool's.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeout = Limit::Own(limit.into());
        self
    }

    /// Lets the task go on when its handle is dropped.
    pub fn detached(mut self) -> Self {
        self.is_detached = true;
        self
    }

    /// Cancels the task when `parent` is cancelled, too.
    pub fn cancel_with(mut self, parent: &Cancel) -> Self {
        self.parent = Some(parent.clone());
        self
    }

    /// Wakes whoever awaits the handle through this event loop's mailbox.
    pub fn via(mut self, mailbox: &Mailbox) -> Self {
        self.mailbox = Some(mailbox.clone());
        self
    }
}

impl<T, E, F: FnOnce() -> Result<T, E>> Task<Result<T, E>, F> {
    /// Runs `body`; its `Err` is handed to the caller like any result, and counts as failed.
    pub fn fallible(body: F) -> Self {
        Self::judged(body, Result::is_ok)
    }
}

impl<T, F> std::fmt::Debug for Task<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task")
            .field("lane", &self.lane)
            .field("queue_timeout", &self.queue_timeout)
            .field("timeout", &self.timeout)
            .field("is_detached", &self.is_detached)
            .finish_non_exhaustive()
    }
}

/// The unit of fairness: tasks of one lane start in the order of their submission, lanes take turns.
///
/// A lane lives as long as its pool, so make one for each kind of work, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    pub(super) id: LaneId,
    pub(super) pool: u64,
}

/// How a lane is to be.
#[derive(Debug, Clone)]
pub struct LaneOptions {
    pub(super) name: Arc<str>,
    pub(super) concurrency: Option<NonZeroUsize>,
}

impl LaneOptions {
    /// A lane of this name, for statistics and logs.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            concurrency: None,
        }
    }

    /// At most this many tasks of the lane run at once; other lanes pass its waiting tasks by. `None`: no limit.
    ///
    /// A task holds its place until its body has ended, however late.
    pub fn concurrency(mut self, limit: impl Into<Option<NonZeroUsize>>) -> Self {
        self.concurrency = limit.into();
        self
    }
}

/// The other end of a submitted task: await it, or [`wait`](Handle::wait) for it.
///
/// Dropping it cancels the task, unless the task is [`detached`](Task::detached).
#[must_use = "dropping the handle cancels the task; call `detach` to let it run"]
pub struct Handle<T> {
    pub(super) job: Arc<dyn Awaited<T>>,
    pub(super) cancels_on_drop: bool,
    /// The caller has the outcome, so that there is nothing to leave.
    pub(super) has_answered: bool,
}

impl<T> Handle<T> {
    /// Blocks this thread until the task has an outcome. Not for event loops: await the handle there.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn wait(self) -> Result<T, TaskError> {
        sync::block_on(self)
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
