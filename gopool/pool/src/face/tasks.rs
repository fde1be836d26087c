//! What a pool's tasks do, one by one.

use crate::{
    rules::census::TaskState,
    threads::{
        census::{self, JobView},
        payload::Tag,
        shared::Shared,
    },
};
use std::{sync::Arc, time::Duration};

/// The tasks that wait and run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Tasks {
    /// How many there are.
    pub total: usize,
    /// The first of them: the overdue ones, then those that run, then those that wait, and among each the oldest first.
    pub tasks: Vec<TaskView>,
}

/// One task, as it was when it was looked at. Two tasks may have been looked at one after the other.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskView {
    /// No other task of the pool has this number while this one waits and runs.
    pub number: u64,
    /// The name of its lane.
    pub lane: Arc<str>,
    /// What becomes of it.
    pub state: TaskState,
    /// How long it has waited: so far, or until its start.
    pub wait: Duration,
    /// How long it has run so far.
    pub run: Duration,
    /// Its token is set: because it was cancelled, or ran past its timeout.
    pub is_told_to_stop: bool,
    /// Where it runs.
    pub thread: Option<TaskThread>,
    /// What was said of it with [`Task::tag`](crate::Task::tag).
    pub tag: Option<Tag>,
}

/// The thread of a task that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskThread {
    /// Its name.
    pub name: String,
    /// What the system calls it.
    pub id: u32,
    /// The CPU time that it has used for the task so far, to a few milliseconds; `None` if the system does not tell.
    pub cpu: Option<Duration>,
}

impl Tasks {
    pub(crate) fn of(shared: &Arc<Shared>, limit: usize) -> Self {
        let (total, views) = census::jobs(shared, limit);
        let tasks = views.into_iter().map(|view| TaskView::of(shared, view));
        Self {
            total,
            tasks: tasks.collect(),
        }
    }
}

impl TaskView {
    fn of(shared: &Shared, view: JobView) -> Self {
        let thread = view.seat.map(|seat| {
            let desk = &shared.desks[seat];
            TaskThread {
                name: desk.thread_name(),
                id: desk.thread_id(),
                cpu: desk.used_by_job(),
            }
        });
        Self {
            number: view.key.to_bits(),
            lane: view.lane,
            state: view.state,
            wait: view.wait.into(),
            run: view.run.into(),
            is_told_to_stop: view.is_told_to_stop,
            thread,
            tag: view.tag,
        }
    }
}
