//! What waits and what runs, job by job, for who wants to see it.

use crate::{
    keys::JobKey,
    rules::{crew::Seat, jobs::Stage, state::State},
    time::Moment,
};

/// So many places are looked at while the lock is held once.
pub(crate) const BATCH: usize = 64;

/// What becomes of a task now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskState {
    /// It runs past its timeout, and its caller has an answer.
    Overdue,
    /// It has a thread.
    Running,
    /// It is in its lane's queue.
    Waiting,
}

/// A job at the moment of a look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) key: JobKey,
    pub(crate) state: TaskState,
    /// Since when it waits, or runs.
    pub(crate) since: Moment,
}

impl<J: Clone> State<J> {
    /// Adds the jobs in the next places from `from` on; gives the place that comes after them, or `None` behind the last one.
    pub(crate) fn look_at_jobs(&self, from: usize, seen: &mut Vec<Seen>) -> Option<usize> {
        let jobs = self.jobs.places(from, BATCH);
        seen.extend(jobs.map(|(key, job)| Seen {
            key,
            state: self.task_state(&job.stage),
            since: since(&job.stage),
        }));
        let next = from + BATCH;
        (next < self.jobs.place_count()).then_some(next)
    }

    pub(crate) fn task_state(&self, stage: &Stage) -> TaskState {
        match stage {
            Stage::Waiting { .. } => TaskState::Waiting,
            Stage::Running { seat, .. } if self.crew.seat(*seat) == Seat::Overdue => TaskState::Overdue,
            Stage::Running { .. } => TaskState::Running,
        }
    }
}

/// Since when a job is in this stage.
pub(crate) fn since(stage: &Stage) -> Moment {
    match stage {
        Stage::Waiting { submitted, .. } => *submitted,
        Stage::Running { started, .. } => *started,
    }
}
