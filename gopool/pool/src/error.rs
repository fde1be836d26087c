//! What can go wrong with a task, and with the settings of a pool.

use std::fmt;

/// Why a pool did not take a task. The task was not run and may be tried again elsewhere or later.
///
/// Exhaustive, as [`TaskError`] is: who turns reasons into answers wants to hear of a new one from the compiler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rejected {
    /// The queue is full and the task's lane holds its fair share of it, or another lane claimed its share.
    QueueFull,
    /// For longer than a second, more tasks have come to its lane than were started, and many wait.
    Overloaded,
    /// The pool is closing or closed.
    Closed,
    /// The task's token was cancelled before the task was submitted.
    Cancelled,
    /// No thread is there and none could be started.
    NoThread,
    /// Every thread, and every replacement the pool may start, is overdue; or every place that the lane's `concurrency` gives.
    Overdue,
    /// The task's lane belongs to another pool.
    ForeignLane,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::QueueFull => "the queue of the pool is full; try again later",
            Self::Overloaded => "more tasks come than the pool can start; try again later",
            Self::Closed => "the pool is closed to new tasks",
            Self::Cancelled => "the task was cancelled before it was submitted",
            Self::NoThread => "the system refused the pool a thread; raise its thread or memory limit",
            Self::Overdue => "every thread that could run the task is overdue",
            Self::ForeignLane => "the lane of the task belongs to another pool",
        })
    }
}

impl std::error::Error for Rejected {}

/// Why an accepted task has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskError {
    /// Its handle, its token or its token's parent was cancelled.
    Cancelled,
    /// It waited longer than its queue timeout and never ran.
    QueueTimeout,
    /// It ran longer than its timeout. Its thread may still be running it; only its token asks it to stop.
    Timeout,
    /// It waited in [`Pool::stalled`](crate::Pool::stalled), the longest of all when there were more than `max_stalled`.
    Stalled,
    /// It panicked, with this message.
    Panicked(String),
    /// The pool closed before it ended.
    Closed,
    /// It was accepted, then refused while it waited: for a lane's fair share of the queue, or because no thread could be started.
    Rejected(Rejected),
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::QueueTimeout => f.write_str("the task waited longer than its queue timeout"),
            Self::Timeout => f.write_str("the task ran longer than its timeout"),
            Self::Stalled => f.write_str("the task was stalled for the longest of too many"),
            Self::Panicked(message) => write!(f, "the task panicked: {message}"),
            Self::Closed => f.write_str("the pool closed before the task ended"),
            Self::Rejected(why) => write!(f, "the waiting task was refused: {why}"),
        }
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rejected(why) => Some(why),
            _ => None,
        }
    }
}

/// Why a pool could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// Settings that contradict themselves or each other; one text each, naming the setting.
    Settings(Vec<String>),
    /// The threads of `min_threads` could not be started.
    Threads(std::io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(mistakes) => f.write_str(&mistakes.join("; ")),
            Self::Threads(_) => {
                f.write_str("cannot start the threads of `min_threads`; lower it, or `stack_size`, or raise the system's limit")
            }
        }
    }
}

impl std::error::Error for BuildError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(_) => None,
            Self::Threads(cause) => Some(cause),
        }
    }
}

/// The pool was closed before, by another call of `close`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyClosed;

impl fmt::Display for AlreadyClosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is closed already")
    }
}

impl std::error::Error for AlreadyClosed {}
