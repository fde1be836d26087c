//! What is counted of each lane's tasks.

use crate::{error::TaskError, measure::Histogram};

/// Tasks by what became of them. At every instant `submitted` is the sum of all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// All tasks ever given to `submit`, refused ones included, but for those of another pool's lane.
    pub submitted: u64,
    /// Ran to their end in time.
    pub completed: u64,
    /// Ran to their end in time and returned an error, see [`Task::fallible`](crate::Task::fallible).
    pub failed: u64,
    /// Panicked.
    pub panicked: u64,
    /// Cancelled while they waited or ran, or cut off while running when the pool closed.
    pub cancelled: u64,
    /// Refused: at once, for another lane's share, for want of a thread, or waiting when the pool closed.
    pub rejected: u64,
    /// Waited too long and never ran.
    pub queue_timeouts: u64,
    /// Ran too long.
    pub timeouts: u64,
    /// Wait now.
    pub queued: u64,
    /// Run now, and their caller still waits for them.
    pub running: u64,
}

/// Tasks of one priority in one lane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PriorityCounters {
    /// All that came, refused ones included.
    pub submitted: u64,
    /// Refused when they came.
    pub refused: u64,
    /// Refused after they had waited: another one had their place, or the lane was overloaded.
    pub displaced: u64,
}

/// How a job left its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    Failed,
    Panicked,
    /// Its body was not begun, because its token was set.
    Cancelled,
    /// Its body was not begun, because its caller had no time left.
    Late,
}

impl Counters {
    /// Jobs that have an outcome.
    pub fn settled(&self) -> u64 {
        let ran = self.completed + self.failed + self.panicked + self.timeouts;
        ran + self.cancelled + self.rejected + self.queue_timeouts
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.submitted += other.submitted;
        self.completed += other.completed;
        self.failed += other.failed;
        self.panicked += other.panicked;
        self.cancelled += other.cancelled;
        self.rejected += other.rejected;
        self.queue_timeouts += other.queue_timeouts;
        self.timeouts += other.timeouts;
        self.queued += other.queued;
        self.running += other.running;
    }

    /// A job starts.
    pub(crate) fn start(&mut self) {
        self.queued -= 1;
        self.running += 1;
    }

    /// A job left its thread in time.
    pub(crate) fn end(&mut self, ending: Ending) {
        self.running -= 1;
        *match ending {
            Ending::Completed => &mut self.completed,
            Ending::Failed => &mut self.failed,
            Ending::Panicked => &mut self.panicked,
            Ending::Cancelled => &mut self.cancelled,
            Ending::Late => &mut self.queue_timeouts,
        } += 1;
    }

    /// A waiting job ends without a result.
    pub(crate) fn withdraw(&mut self, why: &TaskError) {
        self.queued -= 1;
        match why {
            TaskError::Closed => self.rejected += 1,
            why => *self.of(why) += 1,
        }
    }

    /// The caller of a running job gets an error instead of its result.
    pub(crate) fn abandon(&mut self, why: &TaskError) {
        self.running -= 1;
        *self.of(why) += 1;
    }

    fn of(&mut self, why: &TaskError) -> &mut u64 {
        match why {
            TaskError::Cancelled | TaskError::Closed | TaskError::Stalled => &mut self.cancelled,
            TaskError::QueueTimeout => &mut self.queue_timeouts,
            TaskError::Timeout => &mut self.timeouts,
            TaskError::Panicked(_) => &mut self.panicked,
            TaskError::Rejected(_) => &mut self.rejected,
        }
    }
}

/// How long tasks waited and ran.
#[derive(Debug, Clone, Default)]
pub(crate) struct Timings {
    pub(crate) wait: Histogram,
    pub(crate) run: Histogram,
}
