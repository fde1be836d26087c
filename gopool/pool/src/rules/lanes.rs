//! All lanes. Among those that have a job to start, the one that was charged least for its weight is next.

use crate::{
    keys::{JobKey, LaneId},
    rules::{
        jobs::Jobs,
        queue::{LaneSettings, Queue},
        ranking::Ranking,
        run_times::Mean,
    },
    time::Nanos,
};
use std::collections::VecDeque;

/// A run costs so much at least: what it takes to hand it over. So lanes of tiny jobs take turns.
pub(crate) const LEAST_COST: Nanos = Nanos(1_000);

/// All lanes of a pool.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    queues: Vec<Queue>,
    /// The lanes whose turn comes, the least charged first. One that lost its startable jobs is dropped when its turn has come, not before.
    ring: VecDeque<LaneId>,
    /// What a lane had been charged that was served, the greatest of all: whoever has nothing to do saves up nothing.
    present: u64,
    /// What a run costs, for lanes that have run nothing yet.
    cost: Mean,
    /// Lanes that hold waiting jobs, for the clock.
    watched: Vec<LaneId>,
    waiting: usize,
    startable: usize,
    /// Lanes with at least one waiting job.
    with_waiting: usize,
    /// By waiting jobs.
    by_length: Ranking,
    /// By stale jobs.
    by_stale: Ranking,
}

impl Lanes {
    pub(crate) fn add(&mut self, settings: LaneSettings) -> LaneId {
        let id = LaneId(self.queues.len());
        let seed = (id.0 as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.queues.push(Queue::new(settings, seed));
        self.by_length.add();
        self.by_stale.add();
        id
    }

    pub(crate) fn get(&self, id: LaneId) -> &Queue {
        &self.queues[id.0]
    }

    /// For what changes neither the waiting jobs, nor their number, nor the lane's place in the ring.
    pub(crate) fn get_mut(&mut self, id: LaneId) -> &mut Queue {
        &mut self.queues[id.0]
    }

    /// How many waiting jobs start before a new one of this lane, lanes taking turns.
    pub(crate) fn ahead_of(&self, id: LaneId) -> usize {
        self.waiting.min(self.queues[id.0].waiting() * self.with_waiting)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Queue> {
        self.queues.iter()
    }

    /// Jobs that wait, whether they could start or not.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Waiting jobs that could start if threads were free.
    pub(crate) fn startable(&self) -> usize {
        self.startable
    }

    /// Puts a job at the end of its lane.
    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        let queue = &mut self.queues[id.0];
        if queue.is_idle() {
            queue.charged = queue.charged.max(self.present);
        }
        if !queue.is_watched {
            queue.is_watched = true;
            self.watched.push(id);
        }
        self.change(id, |queue| queue.push(jobs, key));
    }

    /// The oldest fresh job of a lane has waited for long.
    pub(crate) fn make_stale<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId) {
        self.change(id, |queue| queue.make_stale(jobs));
    }

    /// Takes a waiting job out of its lane, wherever it stands there.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        self.change(id, |queue| queue.remove(jobs, key));
    }

    /// The lane whose turn it is.
    pub(crate) fn turn(&mut self) -> Option<LaneId> {
        while let Some(id) = self.ring.front().copied() {
            if self.queues[id.0].startable() > 0 {
                return Some(id);
            }
            self.queues[id.0].is_in_ring = false;
            self.ring.pop_front();
        }
        None
    }

    /// Takes the next job of the lane whose turn it is. The lane counts it as running from now on, and is charged what its runs cost of
    /// late: the job, and that charge.
    pub(crate) fn take<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId) -> Option<(JobKey, Nanos)> {
        debug_assert_eq!(self.ring.front(), Some(&id));
        self.ring.pop_front();
        let queue = &mut self.queues[id.0];
        queue.is_in_ring = false;
        self.present = self.present.max(queue.charged);
        let known = if queue.cost.is_known() {
            &queue.cost
        } else {
            &self.cost
        };
        let charge = known.get().max(LEAST_COST);
        let mut key = None;
        self.change(id, |queue| {
            key = queue.take(jobs);
            queue.occupied += usize::from(key.is_some());
            queue.charge(Nanos(0), charge);
        });
        key.map(|key| (key, charge))
    }

    /// The job that has waited longest in the lane whose turn it is.
    pub(crate) fn next(&mut self) -> Option<JobKey> {
        let id = self.turn()?;
        self.queues[id.0].oldest()
    }

    /// A job of this lane runs that was not taken by turn.
    pub(crate) fn occupy(&mut self, id: LaneId) {
        self.change(id, |queue| queue.occupied += 1);
    }

    /// A job of this lane gave its thread back, and cost so much.
    pub(crate) fn release(&mut self, id: LaneId, charged: Nanos, cost: Nanos) {
        self.cost.add(cost);
        self.queues[id.0].cost.add(cost);
        self.correct(id, charged, cost);
        self.change(id, |queue| queue.occupied -= 1);
    }

    /// Corrects what a lane was charged for a run.
    pub(crate) fn correct(&mut self, id: LaneId, charged: Nanos, cost: Nanos) {
        if self.queues[id.0].is_in_ring {
            let place = self.place(id);
            debug_assert_eq!(self.ring.get(place), Some(&id));
            self.ring.remove(place);
            self.queues[id.0].is_in_ring = false;
        }
        self.change(id, |queue| queue.charge(charged, cost));
    }

    /// The lane with the most waiting jobs, or one with more than half as many.
    pub(crate) fn longest(&self) -> Option<&Queue> {
        let longest = self.by_length.longest(|id| self.queues[id.0].waiting())?;
        self.queues.get(longest.0)
    }

    /// The lane with the most stale jobs, or one with more than half as many.
    pub(crate) fn stalest(&self) -> Option<&Queue> {
        let stalest = self.by_stale.longest(|id| self.queues[id.0].stale().len())?;
        self.queues.get(stalest.0)
    }

    /// Among how many lanes the queue is shared, if `id` waits too.
    pub(crate) fn sharers_with(&self, id: LaneId) -> usize {
        self.with_waiting + usize::from(self.queues[id.0].waiting() == 0)
    }

    /// One of the lanes that hold waiting jobs, by a number that counts down; those that do not are dropped on the way.
    pub(crate) fn watched(&mut self, index: usize) -> Option<LaneId> {
        let id = *self.watched.get(index)?;
        if self.queues[id.0].waiting() == 0 {
            self.queues[id.0].is_watched = false;
            self.watched.swap_remove(index);
            return None;
        }
        Some(id)
    }

    pub(crate) fn watched_count(&self) -> usize {
        self.watched.len()
    }

    /// Where a lane stands in the ring, or belongs.
    fn place(&self, id: LaneId) -> usize {
        let rank = |id: LaneId| (self.queues[id.0].charged, id.0);
        let own = rank(id);
        self.ring.partition_point(|other| rank(*other) < own)
    }

    /// Changes one lane and keeps the sums and the ring true.
    fn change(&mut self, id: LaneId, change: impl FnOnce(&mut Queue)) {
        let queue = &mut self.queues[id.0];
        let (waiting, stale) = (queue.waiting(), queue.stale().len());
        self.startable -= queue.startable();
        self.waiting -= waiting;
        self.with_waiting -= usize::from(waiting > 0);
        change(queue);
        self.startable += queue.startable();
        self.waiting += queue.waiting();
        self.with_waiting += usize::from(queue.waiting() > 0);
        self.by_length.change(id, waiting, queue.waiting());
        self.by_stale.change(id, stale, queue.stale().len());
        if queue.startable() > 0 && !queue.is_in_ring {
            queue.is_in_ring = true;
            let place = self.place(id);
            self.ring.insert(place, id);
        }
    }
}
