//! What a pool counts and shows.

use super::histogram::Histogram;
use std::{sync::Arc, time::Duration};

/// Tasks by what became of them. At every instant `submitted` is the sum of all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// All tasks ever given to `submit`, refused ones included.
    pub submitted: u64,
    /// Ran to their end in time.
    pub completed: u64,
    /// Ran to their end in time and returned an error, see [`Task::fallible`](super::Task::fallible).
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

impl Counters {
    pub(super) fn add(&mut self, other: &Self) {
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

    /// Jobs that have an outcome.
    pub fn settled(&self) -> u64 {
        let ran = self.completed + self.failed + self.panicked + self.timeouts;
        ran + self.cancelled + self.rejected + self.queue_timeouts
    }
}

/// Threads by what they do now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Threads {
    /// Asked of the system, not yet at work.
    pub starting: usize,
    /// Wait for a task.
    pub idle: usize,
    /// Run a task that is not overdue.
    pub busy: usize,
    /// Run a task past its timeout; each may be replaced.
    pub overdue: usize,
    /// How many tasks may run at once now, see rule 6 in the pool's README.
    pub width: usize,
    /// How many were ever started, those that the system refused included.
    pub started: u64,
    /// How many of these have ended.
    pub ended: u64,
}

/// How long tasks waited and ran.
#[derive(Debug, Clone, Default)]
pub(super) struct Timings {
    pub(super) wait: Histogram,
    pub(super) run: Histogram,
}

/// One lane at the instant of [`Pool::stats`](super::Pool::stats).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LaneStats {
    /// The name the lane was made with.
    pub name: Arc<str>,
    /// Its tasks.
    pub counters: Counters,
    /// Threads that run one of its tasks past its timeout.
    pub overdue: usize,
    /// From submission to start, of all its tasks that started.
    pub wait: Histogram,
    /// From start to end of the body, of all its tasks that ended, late ones included.
    pub run: Histogram,
}

/// A pool at one instant.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Stats {
    /// All tasks.
    pub counters: Counters,
    /// All threads.
    pub threads: Threads,
    /// How long threads were busy so far, all together: its growth over a second is how many were busy in that second.
    pub busy_time: Duration,
    /// Every lane, in the order they were made; the first is the default lane.
    pub lanes: Vec<LaneStats>,
    pub(super) estimated_wait: Duration,
    pub(super) is_stuck: bool,
}

impl Stats {
    /// How long the tasks that wait now will take, judged by the run times of late.
    pub fn estimated_wait(&self) -> Duration {
        self.estimated_wait
    }

    /// Every thread and every replacement is overdue: only a new process helps.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    /// From submission to start, of all tasks that started.
    pub fn wait(&self) -> Histogram {
        self.merged(|lane| &lane.wait)
    }

    /// From start to end of the body, of all tasks that ended.
    pub fn run(&self) -> Histogram {
        self.merged(|lane| &lane.run)
    }

    fn merged(&self, part: impl Fn(&LaneStats) -> &Histogram) -> Histogram {
        let mut sum = Histogram::default();
        self.lanes.iter().for_each(|lane| sum.merge(part(lane)));
        sum
    }
}
