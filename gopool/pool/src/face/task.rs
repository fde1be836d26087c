//! A task to be submitted.

use crate::{
    face::{cancel::Cancel, lane::Lane, mailbox::Mailbox},
    keys::LaneId,
    threads::payload::Tag,
};
use std::time::Duration;

/// A function to be run on a pool, and under which conditions.
#[must_use = "a task does nothing until it is submitted"]
pub struct Task<T, F> {
    pub(crate) body: F,
    pub(crate) is_success: fn(&T) -> bool,
    pub(crate) lane: Option<Lane>,
    pub(crate) queue_timeout: TaskLimit,
    pub(crate) timeout: TaskLimit,
    pub(crate) within: Option<Duration>,
    pub(crate) parent: Option<Cancel>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) tag: Option<Tag>,
    pub(crate) is_detached: bool,
    pub(crate) permit: Option<Permit>,
}

/// A pool's word that it would take a task: see [`Pool::would_take`](crate::Pool::would_take).
///
/// It is for one lane. No place is kept for its task, so that nobody fills a queue with promises alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    pub(crate) lane: LaneId,
    pub(crate) pool: u64,
}

/// A limit that a task sets, or leaves to its pool.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TaskLimit {
    OfPool,
    Own(Option<Duration>),
}

impl TaskLimit {
    pub(crate) fn or(self, of_pool: Option<Duration>) -> Option<Duration> {
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
            queue_timeout: TaskLimit::OfPool,
            timeout: TaskLimit::OfPool,
            within: None,
            parent: None,
            mailbox: None,
            tag: None,
            is_detached: false,
            permit: None,
        }
    }

    /// Puts the task into a lane; without one it is in the default lane.
    pub fn lane(mut self, lane: &Lane) -> Self {
        self.lane = Some(*lane);
        self
    }

    /// How long the task may wait for its start; `None`: without limit. The default is the pool's.
    pub fn queue_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.queue_timeout = TaskLimit::Own(limit.into());
        self
    }

    /// How long the task may run before its caller is told [`TaskError::Timeout`](crate::TaskError::Timeout); `None`: without limit. The default is the pool's.
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeout = TaskLimit::Own(limit.into());
        self
    }

    /// For how long the caller has time, from submission to end; `None`, the default: as long as the other limits allow. It shortens both: a
    /// task that has not begun by then is not begun any more ([`TaskError::QueueTimeout`](crate::TaskError::QueueTimeout)), one that runs
    /// has had its [`timeout`](Self::timeout).
    pub fn within(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.within = limit.into();
        self
    }

    /// The pool has said before that it would take this task. An overloaded lane, which refuses some by chance, does not try that chance again;
    /// that there is room is looked at anew.
    pub fn permit(mut self, permit: Permit) -> Self {
        self.permit = Some(permit);
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

    /// Says what the task is about, for who sees it with [`Pool::tasks`](crate::Pool::tasks).
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tag = Some(tag);
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
            .field("within", &self.within)
            .field("is_detached", &self.is_detached)
            .finish_non_exhaustive()
    }
}
