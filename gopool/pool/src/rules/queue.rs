//! One lane: its limit, what is known of it, and a share for each priority that its jobs have had.

use crate::{
    keys::{LaneId, LineId, ShareId},
    priority::Priority,
    rules::{
        admission::{callers, freshness::Freshness},
        counters::{Counters, Ending, PriorityCounters, Timings},
        run_times::{Mean, RunTimes},
        share::Share,
    },
    time::{Moment, Nanos},
};
use std::{num::NonZeroU32, sync::Arc};

/// How a lane is to be.
#[derive(Debug, Clone)]
pub(crate) struct LaneSettings {
    pub(crate) name: Arc<str>,
    /// At most this many of its jobs hold a thread at once.
    pub(crate) concurrency: Option<usize>,
    /// Its part of the CPU time, beside that of others.
    pub(crate) weight: NonZeroU32,
    /// That of jobs that name none.
    pub(crate) priority: Priority,
    /// How long its jobs are fresh, if not for as long as usual.
    pub(crate) target: Option<Nanos>,
}

/// The queue of one lane.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: Arc<str>,
    pub(crate) concurrency: usize,
    weight: u64,
    priority: Priority,
    target: Option<Nanos>,
    /// By priority; made by the first job of each.
    shares: [Option<Box<Share>>; Priority::ALL.len()],
    seed: u64,
    /// Threads that run a job of this lane, overdue ones included.
    pub(crate) occupied: usize,
    /// Those of them that are overdue.
    pub(crate) overdue: usize,
    pub(crate) run_times: RunTimes,
    /// What one of its runs is charged.
    pub(crate) cost: Mean,
    pub(crate) last_start: Moment,
    /// It is on the list of lanes that the clock looks at.
    pub(crate) is_watched: bool,
    pub(crate) counters: Counters,
    /// How many of its jobs were started on lent places.
    pub(crate) lent: u64,
    /// Made by the first job that starts: most lanes of a large program are idle.
    pub(crate) timings: Option<Box<Timings>>,
}

impl Queue {
    pub(crate) fn new(settings: LaneSettings, seed: u64) -> Self {
        Self {
            name: settings.name,
            concurrency: settings.concurrency.unwrap_or(usize::MAX),
            weight: settings.weight.get().into(),
            priority: settings.priority,
            target: settings.target,
            shares: Default::default(),
            seed,
            occupied: 0,
            overdue: 0,
            run_times: RunTimes::default(),
            cost: Mean::default(),
            last_start: Moment::START,
            is_watched: false,
            counters: Counters::default(),
            lent: 0,
            timings: None,
        }
    }

    /// The line that a job of this priority, or of none, and of this caller is to stand in; `lane` is this one.
    pub(crate) fn line_for(&self, lane: LaneId, priority: Option<Priority>, caller: Option<u64>) -> LineId {
        let priority = priority.unwrap_or(self.priority);
        let share = self.share(priority);
        let waiting = |place| share.map_or(0, |share| share.waiting_at(place));
        LineId {
            share: ShareId { lane, priority },
            place: callers::place(caller, waiting),
        }
    }

    /// Its part of the CPU time, beside that of others.
    pub(crate) fn weight(&self) -> u64 {
        self.weight
    }

    /// What was counted of its jobs of one priority.
    pub(crate) fn of_priority(&self, priority: Priority) -> PriorityCounters {
        let share = self.share(priority);
        share.map(|share| share.counters).unwrap_or_default()
    }

    /// `None` before its first job.
    pub(crate) fn share(&self, priority: Priority) -> Option<&Share> {
        self.shares[priority as usize].as_deref()
    }

    pub(crate) fn share_mut(&mut self, priority: Priority) -> &mut Share {
        let (weight, seed) = (self.weight, self.seed);
        self.shares[priority as usize].get_or_insert_with(|| Box::new(Share::new(weight, seed)))
    }

    /// How many of its jobs of one priority wait.
    pub(crate) fn waiting_of(&self, priority: Priority) -> usize {
        self.share(priority).map_or(0, Share::waiting)
    }

    pub(crate) fn waiting(&self) -> usize {
        self.shares.iter().flatten().map(|share| share.waiting()).sum()
    }

    /// How many of its waiting jobs could start if threads were free.
    pub(crate) fn startable(&self) -> usize {
        self.waiting().min(self.concurrency.saturating_sub(self.occupied))
    }

    /// How many of those of one priority could.
    pub(crate) fn startable_of(&self, priority: Priority) -> usize {
        self.waiting_of(priority)
            .min(self.concurrency.saturating_sub(self.occupied))
    }

    /// Whether one more job could start if a thread were free.
    pub(crate) fn takes_more(&self) -> bool {
        self.waiting() + self.occupied < self.concurrency
    }

    /// Every place that its concurrency gives is held by an overdue job.
    pub(crate) fn is_stuck(&self) -> bool {
        self.overdue >= self.concurrency
    }

    pub(crate) fn freshness(&self, priority: Priority) -> Freshness {
        Freshness {
            target: self.target,
            mean: self.run_times.mean(),
            is_overloaded: self
                .share(priority)
                .is_some_and(|share| share.overload.is_overloaded()),
        }
    }

    /// One of its jobs, which waited for so long, starts.
    pub(crate) fn count_start(&mut self, priority: Priority, wait: Nanos, now: Moment) {
        self.share_mut(priority).overload.start();
        self.last_start = now;
        self.counters.start();
        let timings = self.timings.get_or_insert_with(Box::<Timings>::default);
        timings.wait.record_nanos(wait);
    }

    /// A body has ended after so long; `None`: its caller has another answer.
    pub(crate) fn count_end(&mut self, run: Nanos, ending: Option<Ending>) {
        self.run_times.add(run);
        if let Some(timings) = &mut self.timings {
            timings.run.record_nanos(run);
        }
        if let Some(ending) = ending {
            self.counters.end(ending);
        }
    }
}
