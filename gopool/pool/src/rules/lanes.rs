//! All lanes. Of the most urgent jobs that could start, those of the lane are next that was charged least for its weight.

use crate::{
    keys::{JobKey, LaneId, LineId, ShareId},
    priority::Priority,
    rules::{
        admission::priorities::Priorities,
        jobs::Jobs,
        queue::{LaneSettings, Queue},
        ranking::Ranking,
        run_times::Mean,
        share::Share,
    },
    time::{Moment, Nanos},
};
use std::collections::VecDeque;

/// A run costs so much at least: what it takes to hand it over. So lanes of tiny jobs take turns.
pub(crate) const LEAST_COST: Nanos = Nanos(1_000);

/// So many shares of a priority are asked whether they may have a lent place: the lock is held meanwhile.
const COMPARED: usize = 8;

/// All lanes of a pool.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    queues: Vec<Queue>,
    priorities: Priorities,
    /// For each priority, the shares whose turn comes, the least charged first. One that lost its startable jobs is dropped when its turn
    /// has come, not before.
    rings: [VecDeque<ShareId>; Priority::ALL.len()],
    /// What a share of each priority had been charged that was served, the greatest of all: whoever has nothing to do saves up nothing.
    presents: [u64; Priority::ALL.len()],
    /// What a run costs, for lanes that have run nothing yet.
    cost: Mean,
    /// Lanes that hold waiting jobs, for the clock.
    watched: Vec<LaneId>,
    waiting: usize,
    startable: usize,
    /// Lanes with at least one waiting job.
    with_waiting: usize,
    /// For each priority, the shares by waiting jobs.
    by_length: [Ranking; Priority::ALL.len()],
    /// The same by stale jobs.
    by_stale: [Ranking; Priority::ALL.len()],
}

impl Lanes {
    pub(crate) fn add(&mut self, settings: LaneSettings) -> LaneId {
        let id = LaneId(self.queues.len());
        let seed = (id.0 as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.queues.push(Queue::new(settings, seed));
        id
    }

    pub(crate) fn get(&self, id: LaneId) -> &Queue {
        &self.queues[id.0]
    }

    /// For what changes neither the waiting jobs, nor their number, nor the lane's place in the ring.
    pub(crate) fn get_mut(&mut self, id: LaneId) -> &mut Queue {
        &mut self.queues[id.0]
    }

    pub(crate) fn share(&self, id: ShareId) -> Option<&Share> {
        self.get(id.lane).share(id.priority)
    }

    /// For what changes neither its waiting jobs, nor their number, nor its place in the ring.
    pub(crate) fn share_mut(&mut self, id: ShareId) -> &mut Share {
        self.get_mut(id.lane).share_mut(id.priority)
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

    /// Puts a job at the end of its line.
    pub(crate) fn push<J>(&mut self, jobs: &mut Jobs<J>, line: LineId, key: JobKey) {
        let priority = line.share.priority;
        if self.share_mut(line.share).is_idle() {
            self.leave_ring(line.share);
            let present = self.presents[priority as usize];
            let share = self.share_mut(line.share);
            share.charged = share.charged.max(present);
        }
        let queue = self.get_mut(line.lane());
        if !queue.is_watched {
            queue.is_watched = true;
            self.watched.push(line.lane());
        }
        self.change(line.share, |share| share.push(jobs, line.place, key));
    }

    /// What a run of this lane costs, as far as that is known.
    fn cost_in(&self, id: LaneId) -> Nanos {
        let queue = self.get(id);
        let known = if queue.cost.is_known() {
            &queue.cost
        } else {
            &self.cost
        };
        known.get().max(LEAST_COST)
    }

    /// The oldest fresh job of a line has waited for long.
    pub(crate) fn make_stale<J>(&mut self, jobs: &mut Jobs<J>, line: LineId) {
        self.change(line.share, |share| share.make_stale(jobs, line.place));
    }

    /// Takes a waiting job out of its line, wherever it stands there.
    pub(crate) fn remove<J>(&mut self, jobs: &mut Jobs<J>, line: LineId, key: JobKey) {
        self.change(line.share, |share| share.remove(jobs, line.place, key));
    }

    /// The line whose turn it is.
    pub(crate) fn turn(&mut self) -> Option<LineId> {
        let mut next = None;
        for priority in Priority::ALL {
            let Some(line) = self.turn_among(priority) else {
                continue;
            };
            next = Some(line);
            if self.priorities.is_owed(priority, self.cost_in(line.lane())) {
                break;
            }
        }
        next
    }

    /// The first shares by turn that could start a job, the most urgent priority first.
    pub(crate) fn turns(&self) -> impl Iterator<Item = ShareId> {
        let rings = self.rings.iter().rev();
        let first = rings.flat_map(|ring| ring.iter().take(COMPARED).copied());
        first.filter(|id| self.get(id.lane).startable_of(id.priority) > 0)
    }

    /// Whether what one share wants comes before what the other has: it is more urgent, or as urgent and not further ahead.
    pub(crate) fn is_before(&self, one: ShareId, other: ShareId) -> bool {
        let charged = |id| self.share(id).map_or(0, |share| share.charged);
        let own = || one == other || charged(one) <= charged(other);
        one.priority > other.priority || one.priority == other.priority && own()
    }

    /// A job of this share is served before those of the priorities below. As long as nothing is known of what the lane's runs cost, none
    /// of them counts: what others cost may be many times as much.
    fn pass_by(&mut self, id: ShareId) {
        self.priorities.serve(id.priority);
        let cost = self.get(id.lane).cost.get();
        for below in id.priority.below() {
            let is_passed_by = self.turn_among(below).is_some();
            self.priorities.pass_by(below, is_passed_by.then_some(cost));
        }
    }

    /// The line whose turn it is among those of one priority.
    fn turn_among(&mut self, priority: Priority) -> Option<LineId> {
        while let Some(id) = self.rings[priority as usize].front().copied() {
            if let Some(line) = self.turn_of(id) {
                return Some(line);
            }
            self.share_mut(id).is_in_ring = false;
            self.rings[priority as usize].pop_front();
        }
        None
    }

    /// The line whose turn it is among those of one share, if any of its jobs could start.
    pub(crate) fn turn_of(&self, id: ShareId) -> Option<LineId> {
        if self.get(id.lane).startable_of(id.priority) == 0 {
            return None;
        }
        let place = self.share(id)?.turn()?;
        Some(LineId { share: id, place })
    }

    /// Takes the next job of the line whose turn it is. The lane counts it as running from now on, and the line is charged what runs of
    /// the lane cost of late: the job, and that charge.
    pub(crate) fn take<J>(&mut self, jobs: &mut Jobs<J>, line: LineId) -> Option<(JobKey, Nanos)> {
        debug_assert_eq!(
            self.rings[line.share.priority as usize].front(),
            Some(&line.share)
        );
        self.pass_by(line.share);
        self.hand_out(jobs, line)
    }

    /// The same for a place that nobody else could have had: the job passes by none.
    pub(crate) fn take_beyond<J>(&mut self, jobs: &mut Jobs<J>, line: LineId) -> Option<(JobKey, Nanos)> {
        self.priorities.serve(line.share.priority);
        self.hand_out(jobs, line)
    }

    fn hand_out<J>(&mut self, jobs: &mut Jobs<J>, line: LineId) -> Option<(JobKey, Nanos)> {
        let charge = self.cost_in(line.lane());
        let priority = line.share.priority;
        self.leave_ring(line.share);
        let charged = self.share_mut(line.share).charged;
        let present = &mut self.presents[priority as usize];
        *present = charged.max(*present);
        let mut key = None;
        self.change_lane(line.share, |queue| {
            let share = queue.share_mut(priority);
            key = share.take(jobs, line.place);
            share.charge(line.place, Nanos(0), charge);
            share.occupied += usize::from(key.is_some());
            queue.occupied += usize::from(key.is_some());
        });
        key.map(|key| (key, charge))
    }

    /// The job that has waited longest in the line whose turn it is.
    pub(crate) fn next(&mut self) -> Option<JobKey> {
        let line = self.turn()?;
        self.share(line.share)?.line(line.place)?.oldest()
    }

    /// A job of this share runs that was not taken by turn.
    pub(crate) fn occupy(&mut self, id: ShareId) {
        self.change_lane(id, |queue| {
            queue.occupied += 1;
            queue.share_mut(id.priority).occupied += 1;
        });
    }

    /// A job of this line, which waited for so long, starts.
    pub(crate) fn count_start(&mut self, line: LineId, wait: Nanos, now: Moment) {
        let ShareId { lane, priority } = line.share;
        self.get_mut(lane).count_start(priority, wait, now);
        self.priorities.start(priority, now);
    }

    /// When the lane of a share last started a job, or something more urgent that passes the share by.
    pub(crate) fn last_start(&self, id: ShareId) -> Moment {
        let own = self.get(id.lane).last_start;
        match self.share(id) {
            Some(share) if share.occupied > 0 => own,
            _ => own.max(self.priorities.last_start_above(id.priority)),
        }
    }

    /// A job of this line gave its thread back, and cost so much.
    pub(crate) fn release(&mut self, line: LineId, charged: Nanos, cost: Nanos) {
        self.cost.add(cost);
        self.get_mut(line.lane()).cost.add(cost);
        self.leave_ring(line.share);
        self.change_lane(line.share, |queue| {
            queue.occupied -= 1;
            let share = queue.share_mut(line.share.priority);
            share.occupied -= 1;
            share.charge(line.place, charged, cost);
        });
    }

    /// Corrects what a line was charged for a run.
    pub(crate) fn correct(&mut self, line: LineId, charged: Nanos, cost: Nanos) {
        self.leave_ring(line.share);
        self.change(line.share, |share| share.charge(line.place, charged, cost));
    }

    /// The share with the most waiting jobs of this priority, or one with more than half as many.
    pub(crate) fn longest(&self, priority: Priority) -> Option<&Share> {
        let length = |lane| self.share(ShareId { lane, priority }).map_or(0, Share::waiting);
        let lane = self.by_length[priority as usize].longest(length)?;
        self.share(ShareId { lane, priority })
    }

    /// The share with the most stale jobs of this priority, or one with more than half as many.
    pub(crate) fn stalest(&self, priority: Priority) -> Option<&Share> {
        let length = |lane| self.share(ShareId { lane, priority }).map_or(0, Share::stale);
        let lane = self.by_stale[priority as usize].longest(length)?;
        self.share(ShareId { lane, priority })
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

    /// Where a share stands in its ring, or belongs.
    fn place(&self, id: ShareId) -> usize {
        let charged = |id| self.share(id).map_or(0, |share| share.charged);
        let rank = |id: ShareId| (charged(id), id.lane);
        let own = rank(id);
        self.rings[id.priority as usize].partition_point(|other| rank(*other) < own)
    }

    /// Takes a share out of its ring, if it is there: its charge is about to change, and with it its place.
    fn leave_ring(&mut self, id: ShareId) {
        if !self.share_mut(id).is_in_ring {
            return;
        }
        let place = match self.rings[id.priority as usize].front() == Some(&id) {
            true => 0,
            false => self.place(id),
        };
        let ring = &mut self.rings[id.priority as usize];
        debug_assert_eq!(ring.get(place), Some(&id));
        ring.remove(place);
        self.share_mut(id).is_in_ring = false;
    }

    /// Changes what waits in one share and keeps the sums and the ring true.
    fn change(&mut self, id: ShareId, change: impl FnOnce(&mut Share)) {
        self.change_lane(id, |queue| change(queue.share_mut(id.priority)));
    }

    /// The same for what waits and runs in a lane.
    fn change_lane(&mut self, id: ShareId, change: impl FnOnce(&mut Queue)) {
        let lengths = |queue: &Queue| {
            queue
                .share(id.priority)
                .map_or((0, 0), |share| (share.waiting(), share.stale()))
        };
        let queue = &mut self.queues[id.lane.0];
        let (waited, were_stale) = lengths(queue);
        self.startable -= queue.startable();
        self.waiting -= queue.waiting();
        self.with_waiting -= usize::from(queue.waiting() > 0);
        change(queue);
        self.startable += queue.startable();
        self.waiting += queue.waiting();
        self.with_waiting += usize::from(queue.waiting() > 0);
        let (waiting, stale) = lengths(queue);
        let is_startable = queue.startable() > 0;
        self.by_length[id.priority as usize].change(id.lane, waited, waiting);
        self.by_stale[id.priority as usize].change(id.lane, were_stale, stale);
        if is_startable {
            self.line_up(id.lane);
        }
    }

    /// Puts the shares of a lane into the ring that have jobs to start.
    fn line_up(&mut self, lane: LaneId) {
        for priority in Priority::ALL {
            let id = ShareId { lane, priority };
            let share = self.share(id).filter(|share| !share.is_in_ring);
            if share.is_none() || self.get(lane).startable_of(priority) == 0 {
                continue;
            }
            self.share_mut(id).is_in_ring = true;
            let place = self.place(id);
            self.rings[priority as usize].insert(place, id);
        }
    }
}
