//! Lanes: first in, first out within one; among all that have a job to start, the one that was served longest ago is next.

use super::{
    jobs::{JobKey, Jobs, Links},
    run_times::RunTimes,
    stats::{Counters, Timings},
    time::Nanos,
};
use std::{collections::VecDeque, sync::Arc};

/// Names one lane of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneId(pub(super) usize);

/// One lane: its waiting jobs and its counts.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: Arc<str>,
    /// At most this many of its jobs hold a thread at once.
    pub(super) limit: usize,
    head: Option<JobKey>,
    tail: Option<JobKey>,
    pub(super) waiting: usize,
    /// Threads that run a job of this lane, overdue ones included.
    occupied: usize,
    /// Those of them that are overdue.
    pub(super) overdue: usize,
    /// How long the job waited that left the queue last.
    pub(super) recent_wait: Nanos,
    pub(super) run_times: RunTimes,
    /// The count of starts at the last start of one of its jobs.
    served: u64,
    /// The ring holds this lane.
    is_in_ring: bool,
    pub(super) counters: Counters,
    /// Made by the first job that starts: most lanes of a large program are idle.
    pub(super) timings: Option<Box<Timings>>,
}

impl Lane {
    /// How many of its waiting jobs could start if threads were free.
    fn startable(&self) -> usize {
        self.waiting.min(self.limit.saturating_sub(self.occupied))
    }
}

/// All lanes of a pool.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
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
    pub(super) fn add(&mut self, name: Arc<str>, limit: Option<usize>) -> LaneId {
        self.lanes.push(Lane {
            name,
            limit: limit.unwrap_or(usize::MAX),
            head: None,
            tail: None,
            waiting: 0,
            occupied: 0,
            overdue: 0,
            recent_wait: Nanos::default(),
            run_times: RunTimes::default(),
            served: 0,
            is_in_ring: false,
            counters: Counters::default(),
            timings: None,
        });
        LaneId(self.lanes.len() - 1)
    }

    pub(super) fn get(&self, id: LaneId) -> &Lane {
        &self.lanes[id.0]
    }

    pub(super) fn get_mut(&mut self, id: LaneId) -> &mut Lane {
        &mut self.lanes[id.0]
    }

    /// How many waiting jobs start before a new one of this lane, lanes taking turns.
    pub(super) fn ahead_of(&self, id: LaneId) -> usize {
        self.waiting.min(self.lanes[id.0].waiting * self.with_waiting)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter()
    }

    /// Jobs that wait, whether they could start or not.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Waiting jobs that could start if threads were free.
    pub(super) fn startable(&self) -> usize {
        self.startable
    }

    /// Whether one more job of `id` could start if a thread were free.
    pub(super) fn takes_more(&self, id: LaneId) -> bool {
        let lane = &self.lanes[id.0];
        lane.waiting + lane.occupied < lane.limit
    }

    /// Puts a job at the end of its lane.
    pub(super) fn push<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        let tail = self.lanes[id.0].tail;
        if let Some(links) = jobs.links(key) {
            links.earlier = tail;
        }
        match tail.and_then(|tail| jobs.links(tail)) {
            Some(last) => last.later = Some(key),
            None => self.lanes[id.0].head = Some(key),
        }
        self.change(id, |lane| {
            lane.tail = Some(key);
            lane.waiting += 1;
        });
    }

    /// Takes a waiting job out of its lane, wherever it stands there.
    pub(super) fn remove<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        self.unlink(jobs, id, key);
        self.change(id, |lane| lane.waiting -= 1);
    }

    /// Joins the neighbours of a waiting job; the counts are the caller's.
    fn unlink<J>(&mut self, jobs: &mut Jobs<J>, id: LaneId, key: JobKey) {
        let Some(Links { earlier, later }) = jobs.links(key).copied() else {
            return;
        };
        match earlier.and_then(|earlier| jobs.links(earlier)) {
            Some(earlier) => earlier.later = later,
            None => self.lanes[id.0].head = later,
        }
        match later.and_then(|later| jobs.links(later)) {
            Some(later) => later.earlier = earlier,
            None => self.lanes[id.0].tail = earlier,
        }
    }

    /// Takes the next job: the oldest of the lane whose turn it is. Its lane counts it as running from now on.
    pub(super) fn next<J>(&mut self, jobs: &mut Jobs<J>) -> Option<JobKey> {
        while let Some(id) = self.ring.pop_front() {
            self.lanes[id.0].is_in_ring = false;
            let Some(key) = self.lanes[id.0].head.filter(|_| self.lanes[id.0].startable() > 0) else {
                continue;
            };
            self.unlink(jobs, id, key);
            self.starts += 1;
            let served = self.starts;
            self.change(id, |lane| {
                lane.served = served;
                lane.waiting -= 1;
                lane.occupied += 1;
            });
            return Some(key);
        }
        None
    }

    /// The job that [`Lanes::next`] would take.
    pub(super) fn peek(&self) -> Option<JobKey> {
        self.ring
            .iter()
            .map(|id| &self.lanes[id.0])
            .find(|lane| lane.startable() > 0)?
            .head
    }

    /// A job of this lane gave its thread back.
    pub(super) fn release(&mut self, id: LaneId) {
        self.change(id, |lane| lane.occupied -= 1);
    }

    /// Rule 3: the newest job of the longest lane, if the arriving job's lane holds less than its fair share of `max_queue`.
    pub(super) fn displaceable(&self, arriving: LaneId, max_queue: usize) -> Option<JobKey> {
        let own = self.lanes[arriving.0].waiting;
        let sharers = self.with_waiting + usize::from(own == 0);
        if own >= max_queue / sharers.max(1) {
            return None;
        }
        let longest = self.lanes.iter().max_by_key(|lane| lane.waiting)?;
        longest.tail.filter(|_| longest.waiting > own)
    }

    /// Changes one lane and keeps the sums and the ring true.
    fn change(&mut self, id: LaneId, change: impl FnOnce(&mut Lane)) {
        let lane = &mut self.lanes[id.0];
        self.startable -= lane.startable();
        self.waiting -= lane.waiting;
        self.with_waiting -= usize::from(lane.waiting > 0);
        change(lane);
        self.startable += lane.startable();
        self.waiting += lane.waiting;
        self.with_waiting += usize::from(lane.waiting > 0);
        if lane.startable() > 0 && !lane.is_in_ring {
            lane.is_in_ring = true;
            let served = lane.served;
            let place = self
                .ring
                .partition_point(|other| self.lanes[other.0].served <= served);
            self.ring.insert(place, id);
        }
    }
}
