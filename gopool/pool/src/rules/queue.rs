//! One lane: its waiting jobs, its limit, and what is known of it.

use crate::{
    keys::JobKey,
    rules::{
        admission::{
            appointment::Appointments,
            freshness::{Freshness, STALE_TURN},
            overload::Overload,
        },
        counters::{Counters, Ending, Timings},
        jobs::{Jobs, Stage},
        list::List,
        run_times::Mean,
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
    /// How long its jobs are fresh, if not for as long as usual.
    pub(crate) target: Option<Nanos>,
}

/// The queue of one lane.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: Arc<str>,
    pub(crate) concurrency: usize,
    weight: u64,
    target: Option<Nanos>,
    fresh: List,
    stale: List,
    /// Starts of this lane, for the turns of stale jobs.
    turn: u32,
    /// Threads that run a job of this lane, overdue ones included.
    pub(crate) occupied: usize,
    /// Those of them that are overdue.
    pub(crate) overdue: usize,
    pub(crate) run_times: Mean,
    /// What one of its runs is charged.
    pub(crate) cost: Mean,
    /// What was charged so far, by weight; the lane with the least is next.
    pub(crate) charged: u64,
    pub(crate) overload: Overload,
    pub(crate) appointments: Appointments,
    /// The ring of lanes holds this one.
    pub(crate) is_in_ring: bool,
    /// It is on the list of lanes that the clock looks at.
    pub(crate) is_watched: bool,
    pub(crate) counters: Counters,
    /// Made by the first job that starts: most lanes of a large program are idle.
    pub(crate) timings: Option<Box<Timings>>,
}

impl Queue {
    pub(crate) fn new(settings: LaneSettings, seed: u64) -> Self {
        Self {
            name: settings.name,
            concurrency: settings.concurrency.unwrap_or(usize::MAX),
            weight: settings.weight.get().into(),
            target: settings.target,
            fresh: List::default(),
            stale: List::default(),
            turn: 0,
            occupied: 0,
            overdue: 0,
            run_times: Mean::default(),
            cost: Mean::default(),
            charged: 0,
            overload: Overload::new(seed),
            appointments: Appointments::new(),
            is_in_ring: false,
            is_watched: false,
            counters: Counters::default(),
            timings: None,
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.fresh.len() + self.stale.len()
    }

    pub(crate) fn fresh(&self) -> &List {
        &self.fresh
    }

    pub(crate) fn stale(&self) -> &List {
        &self.stale
    }

    /// The job that has waited longest.
    pub(crate) fn oldest(&self) -> Option<JobKey> {
        self.stale.first().or(self.fresh.first())
    }

    /// The job that came last.
    pub(crate) fn newest(&self) -> Option<JobKey> {
        self.fresh.last().or(self.stale.last())
    }

    /// How many of its waiting jobs could start if threads were free.
    pub(crate) fn startable(&self) -> usize {
        self.waiting().min(self.concurrency.saturating_sub(self.occupied))
    }

    /// Whether one more job could start if a thread were free.
    pub(crate) fn takes_more(&self) -> bool {
        self.waiting() + self.occupied < self.concurrency
    }

    /// It neither waits nor runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting() == 0 && self.occupied == 0
    }

    /// Every place that its concurrency gives is held by an overdue job.
    pub(crate) fn is_stuck(&self) -> bool {
        self.overdue >= self.concurrency
    }

    pub(crate) fn freshness(&self) -> Freshness {
        Freshness {
            target: self.target,
            mean: self.run_times.get(),
            is_overloaded: self.overload.is_overloaded(),
        }
    }

    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        self.fresh.push(jobs, key);
    }

    /// Takes a waiting job out, wherever it stands.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, key: JobKey) {
        match jobs.get(key).map(|job| job.stage) {
            Some(Stage::Waiting { is_stale: true, .. }) => self.stale.remove(jobs, key),
            _ => self.fresh.remove(jobs, key),
        }
    }

    /// Takes the next job: the oldest fresh one, unless there is none or it is the turn of a stale one.
    pub(crate) fn take<J>(&mut self, jobs: &mut Jobs<J>) -> Option<JobKey> {
        let is_turn = self.turn % STALE_TURN == STALE_TURN - 1 && !self.overload.is_overloaded();
        let list = if self.fresh.len() == 0 || is_turn && self.stale.len() > 0 {
            &mut self.stale
        } else {
            &mut self.fresh
        };
        let key = list.first()?;
        list.remove(jobs, key);
        self.turn = self.turn.wrapping_add(1);
        Some(key)
    }

    /// The oldest fresh job has waited for long.
    pub(crate) fn make_stale<J>(&mut self, jobs: &mut Jobs<J>) {
        let Some(key) = self.fresh.first() else { return };
        self.fresh.remove(jobs, key);
        if let Some(job) = jobs.get_mut(key)
            && let Stage::Waiting { is_stale, .. } = &mut job.stage
        {
            *is_stale = true;
        }
        self.stale.push(jobs, key);
    }

    /// One of its jobs, which waited for so long, starts.
    pub(crate) fn count_start(&mut self, wait: Nanos, now: Moment) {
        self.overload.start(now);
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

    /// Charges the lane, or gives back what was charged too much.
    pub(crate) fn charge(&mut self, before: Nanos, after: Nanos) {
        let by_weight = |Nanos(nanos): Nanos| nanos / self.weight;
        self.charged = (self.charged + by_weight(after)).saturating_sub(by_weight(before));
    }
}
