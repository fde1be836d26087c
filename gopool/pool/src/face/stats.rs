//! What a pool shows, at one instant.

use crate::{
    measure::Histogram,
    priority::Priority,
    rules::{
        counters::{Counters, PriorityCounters, Timings},
        crew::Seat,
        queue::Queue,
        state::State,
    },
    time::Moment,
};
use std::{sync::Arc, time::Duration};

/// So many lanes are copied while the lock is held once.
const BATCH: usize = 16;

/// Threads by what they do now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Threads {
    /// Asked of the system, not yet at work; those for lent places apart.
    pub starting: usize,
    /// Wait for a task; those that wait for a lent place apart.
    pub idle: usize,
    /// Run a task that is not overdue.
    pub busy: usize,
    /// Run a task past its timeout; each may be replaced.
    pub overdue: usize,
    /// Run a task that waits in [`Pool::stalled`](crate::Pool::stalled); each may be replaced.
    pub stalled: usize,
    /// Run a task beyond the width, which is far shorter than those of the threads beside which it runs.
    pub lent: usize,
    /// How many tasks may run at once now: the cores, and more while cores are idle although tasks wait.
    pub width: usize,
    /// How many were ever started, those that the system refused included.
    pub started: u64,
    /// How many of these have ended.
    pub ended: u64,
}

/// One lane at the instant of [`Pool::stats`](crate::Pool::stats).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LaneStats {
    /// The name the lane was made with.
    pub name: Arc<str>,
    /// Its tasks.
    pub counters: Counters,
    /// Its part of the CPU time, beside that of other lanes that wait.
    pub weight: u64,
    /// How many of its tasks were started beside far longer ones although all threads ran.
    pub lent: u64,
    /// Its tasks by priority.
    pub priorities: [(Priority, PriorityCounters); 3],
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
    estimated_wait: Duration,
    is_stuck: bool,
}

impl LaneStats {
    fn of(queue: &Queue) -> Self {
        let Timings { wait, run } = queue.timings.as_deref().cloned().unwrap_or_default();
        Self {
            name: Arc::clone(&queue.name),
            counters: queue.counters,
            weight: queue.weight(),
            lent: queue.lent,
            priorities: Priority::ALL.map(|priority| (priority, queue.of_priority(priority))),
            overdue: queue.overdue,
            wait,
            run,
        }
    }
}

impl Stats {
    /// All but the lanes.
    pub(crate) fn of<J: Clone>(state: &State<J>, now: Moment) -> Self {
        let crew = &state.crew;
        Self {
            counters: Counters::default(),
            threads: Threads {
                starting: crew.starting(),
                idle: crew.parked() + crew.searching(),
                busy: crew.busy(),
                overdue: crew.all(Seat::Overdue),
                stalled: crew.stalled().len(),
                lent: crew.lent(),
                width: state.width(),
                started: crew.started(),
                ended: crew.ended(),
            },
            busy_time: state.usage.busy_time_at(crew.busy(), now).into(),
            lanes: Vec::with_capacity(state.lanes.iter().len()),
            estimated_wait: state.estimated_wait().into(),
            is_stuck: state.is_stuck(),
        }
    }

    /// Adds some of the lanes that are missing; false if none was. In batches, because the lock is held meanwhile. A lane's own counts are
    /// of one instant, so the sums of all of them are balanced too.
    pub(crate) fn add_lanes<J>(&mut self, state: &State<J>) -> bool {
        let missing = state.lanes.iter().skip(self.lanes.len()).take(BATCH);
        let before = self.lanes.len();
        for queue in missing {
            self.counters.add(&queue.counters);
            self.lanes.push(LaneStats::of(queue));
        }
        self.lanes.len() > before
    }

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
