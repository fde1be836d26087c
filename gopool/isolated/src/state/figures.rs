//! What a nursery counts.

use std::time::Duration;

use crate::job::Label;

/// Why a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It could not start.
    Boot,
    /// By itself, in the middle of a job or without one.
    Crash,
    /// Its job was late, and it did not heed that.
    Timeout,
    /// Nobody wanted its job any longer, and it did not heed that.
    Unwanted,
    /// It had done enough, or needed too much memory.
    Recycled,
    /// There was nothing to do.
    Idle,
    /// The nursery was closed.
    Drain,
}

/// The children of a nursery at one instant, and what was counted since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Not ready yet.
    pub booting: usize,
    /// Ready, without a job.
    pub idle: usize,
    /// With a job.
    pub busy: usize,
    /// With a job whose answer nobody takes for now.
    pub stalled: usize,
    /// With a job that is late or unwanted.
    pub overdue: usize,
    /// Told to leave.
    pub leaving: usize,
    /// Killed or dead, and not reaped yet.
    pub dying: usize,
    /// Started so far.
    pub starts: u64,
    /// Ended so far, by why.
    pub exits: Exits,
    /// How long the last one took to be ready.
    pub last_boot: Duration,
    /// The most memory that any has had, in bytes.
    pub peak: u64,
}

/// One child at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct View {
    /// Its process id.
    pub pid: i32,
    /// What it is doing, by the name of its count in [`Stats`].
    pub state: &'static str,
    /// Jobs that it had.
    pub jobs: usize,
    /// Since its start.
    pub age: Duration,
    /// Of the job that it has, if it has one.
    pub label: Option<Label>,
}

/// How many children have ended, by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exits {
    /// Could not start.
    pub boot: u64,
    /// Ended by themselves.
    pub crash: u64,
    /// Killed since their job was late.
    pub timeout: u64,
    /// Killed since nobody wanted their job.
    pub unwanted: u64,
    /// Had done enough.
    pub recycled: u64,
    /// Had nothing to do.
    pub idle: u64,
    /// Ended with the nursery.
    pub drain: u64,
}

impl Exits {
    pub(super) fn count(&mut self, why: Why) {
        *match why {
            Why::Boot => &mut self.boot,
            Why::Crash => &mut self.crash,
            Why::Timeout => &mut self.timeout,
            Why::Unwanted => &mut self.unwanted,
            Why::Recycled => &mut self.recycled,
            Why::Idle => &mut self.idle,
            Why::Drain => &mut self.drain,
        } += 1;
    }

    /// Each count with the word for it.
    pub fn by_why(&self) -> [(&'static str, u64); 7] {
        [
            ("boot", self.boot),
            ("crash", self.crash),
            ("timeout", self.timeout),
            ("unwanted", self.unwanted),
            ("recycled", self.recycled),
            ("idle", self.idle),
            ("drain", self.drain),
        ]
    }
}
