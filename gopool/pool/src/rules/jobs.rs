//! A job as the rules see it, while it waits or runs.

use crate::{
    keys::{JobKey, LineId},
    slab::Slab,
    time::{Moment, Nanos},
};

/// All jobs that wait or run.
pub(crate) type Jobs<J> = Slab<Entry<J>>;

/// One job that waits or runs.
#[derive(Debug)]
pub(crate) struct Entry<J> {
    /// What the pool carries for the caller.
    pub(crate) payload: J,
    pub(crate) line: LineId,
    pub(crate) stage: Stage,
    /// The earliest entry that the deadline heap holds for this job, or never.
    pub(crate) armed: Moment,
}

/// Where a job is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In its lane, until `deadline` at most.
    Waiting {
        submitted: Moment,
        deadline: Moment,
        /// The run limit, counted from the start.
        timeout: Nanos,
        /// The end of both, whatever part the wait takes.
        until: Moment,
        /// In the list of those that have waited for long.
        is_stale: bool,
        links: Links,
    },
    /// On the thread of `seat`. `is_settled`: its caller has an answer already, only the body goes on.
    Running {
        seat: usize,
        started: Moment,
        deadline: Moment,
        /// How long it may run without a sign of progress.
        timeout: Nanos,
        /// What its lane was charged for it so far.
        charged: Nanos,
        is_settled: bool,
    },
}

/// The neighbours of a waiting job in its list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Links {
    pub(crate) earlier: Option<JobKey>,
    pub(crate) later: Option<JobKey>,
}

impl<J> Jobs<J> {
    /// The neighbours of a waiting job.
    pub(crate) fn links(&mut self, key: JobKey) -> Option<&mut Links> {
        match &mut self.get_mut(key)?.stage {
            Stage::Waiting { links, .. } => Some(links),
            Stage::Running { .. } => None,
        }
    }
}
