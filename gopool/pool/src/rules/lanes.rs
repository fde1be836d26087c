//! All lanes: first in, first out within one; among all that have a job to start, the one that was served longest ago is next.

use crate::{
    keys::{JobKey, LaneId},
    rules::{jobs::Jobs, queue::Queue},
};
use std::{collections::VecDeque, sync::Arc};

/// All lanes of a pool.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    queues: Vec<Queue>,
    /// The lanes whose turn comes, the one that was served longest ago first: one that was empty meanwhile does not have to wait
    /// for those that were served. One that lost its startable jobs is dropped when its turn has come, not before.
    ring: VecDeque<LaneId>,
    /// Jobs that were started.
    starts: u64,
    waiting: usize,
    startable: usize,
    /// Lanes with at least one waiting job.
    with_waiting: usize,
}

impl Lanes {
    pub(crate) fn add(&mut self, name: Arc<str>, concurrency: Option<usize>) -> LaneId {
        self.queues.push(Queue::new(name, concurrency));
        LaneId(self.queues.len() - 1)
    }

    pub(crate) fn get(&self, id: LaneId) -> &Queue {
        &self.queues[id.0]
    }

    pub(crate) fn get_mut(&mut self, id: LaneId) -> &mut Queue {
        &mut self.queues[id.0]
    }

    /// How many waiting jobs start before a new one of this lane, lanes taking turns.
    pub(crate) fn ahead_of(&self, id: LaneId) -> usize {
        self.waiting
            .min(self.queues[id.0].waiting.len() * self.with_waiting)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Queue> {
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
        self.change(id, |queue| queue.waiting.push(jobs, key));
    }

    /// Takes a waiting job out of its lane, wherever it stands there.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        self.change(id, |queue| queue.waiting.remove(jobs, key));
    }

    /// Takes the next job: the oldest of the lane whose turn it is. Its lane counts it as running from now on.
    pub(crate) fn next<J>(&mut self, jobs: &mut Jobs<J>) -> Option<JobKey> {
        while let Some(id) = self.ring.pop_front() {
            let queue = &mut self.queues[id.0];
            queue.is_in_ring = false;
            let Some(key) = queue.waiting.first().filter(|_| queue.startable() > 0) else {
                continue;
            };
            self.starts += 1;
            let served = self.starts;
            self.change(id, |queue| {
                queue.waiting.remove(jobs, key);
                queue.served = served;
                queue.occupied += 1;
            });
            return Some(key);
        }
        None
    }

    /// The job that [`Lanes::next`] would take.
    pub(crate) fn peek(&self) -> Option<JobKey> {
        let mut queues = self.ring.iter().map(|id| &self.queues[id.0]);
        queues.find(|queue| queue.startable() > 0)?.waiting.first()
    }

    /// A job of this lane gave its thread back.
    pub(crate) fn release(&mut self, id: LaneId) {
        self.change(id, |queue| queue.occupied -= 1);
    }

    /// The lane with the most waiting jobs, for displacement only: linear in the number of lanes.
    pub(crate) fn longest(&self) -> Option<&Queue> {
        self.queues.iter().max_by_key(|queue| queue.waiting.len())
    }

    /// Among how many lanes the queue is shared, if `id` waits too.
    pub(crate) fn sharers_with(&self, id: LaneId) -> usize {
        self.with_waiting + usize::from(self.queues[id.0].waiting.len() == 0)
    }

    /// Changes one lane and keeps the sums and the ring true.
    fn change(&mut self, id: LaneId, change: impl FnOnce(&mut Queue)) {
        let queue = &mut self.queues[id.0];
        self.startable -= queue.startable();
        self.waiting -= queue.waiting.len();
        self.with_waiting -= usize::from(queue.waiting.len() > 0);
        change(queue);
        self.startable += queue.startable();
        self.waiting += queue.waiting.len();
        self.with_waiting += usize::from(queue.waiting.len() > 0);
        if queue.startable() > 0 && !queue.is_in_ring {
            queue.is_in_ring = true;
            let served = queue.served;
            let place = self
                .ring
                .partition_point(|other| self.queues[other.0].served <= served);
            self.ring.insert(place, id);
        }
    }
}
