//! What a submission leads to: wake, spawn, queue, displace or refuse, decided at one instant.

use super::{
    error::{Rejected, TaskError},
    jobs::{Job, JobKey, Links, Stage},
    lanes::LaneId,
    state::{Orders, Phase, State},
    time::{Moment, Nanos},
};

/// So many jobs ahead correct an estimate soon, should it be wrong. In a flood they are there long before the first one has waited for long.
const MANY: usize = 16;

/// What a caller asks for, apart from the work itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    pub(super) lane: LaneId,
    /// From submission to start.
    pub(super) queue_timeout: Nanos,
    /// From start to end.
    pub(super) timeout: Nanos,
}

/// A job and the error that its caller is to be told, after the lock.
pub(super) type Answer<J> = (J, TaskError);

/// A job that was taken.
#[derive(Debug)]
pub(super) struct Accepted<J> {
    pub(super) key: JobKey,
    /// The job that made room for it.
    pub(super) displaced: Option<Answer<J>>,
    pub(super) orders: Orders,
}

impl<J: Clone> State<J> {
    /// Takes the job or says why not. On refusal the payload comes back, so that nothing is dropped under the lock.
    pub(super) fn submit(
        &mut self,
        order: Order,
        payload: J,
        now: Moment,
    ) -> Result<Accepted<J>, (J, Rejected)> {
        self.counters(order.lane).submitted += 1;
        let displaced = match self.admit(order) {
            Ok(displaced) => displaced,
            Err(why) => {
                self.counters(order.lane).rejected += 1;
                return Err((payload, why));
            }
        };
        let displaced = displaced
            .and_then(|key| self.withdraw(key, |counters| counters.rejected += 1))
            .map(|payload| (payload, TaskError::Rejected(Rejected::QueueFull)));
        let mut orders = Orders::default();
        let key = self.enqueue(order, payload, now, &mut orders);
        self.staff(&mut orders);
        if self.lanes.startable() > 0
            && let Some(at) = self.growth.request_reading(now)
        {
            self.clock_by(at, &mut orders);
        }
        Ok(Accepted {
            key,
            displaced,
            orders,
        })
    }

    /// Whether such a job would be taken now; a refusal is counted.
    pub(super) fn check(&mut self, order: Order) -> Result<(), Rejected> {
        let admitted = self.admit(order).map(drop);
        if admitted.is_err() {
            self.refuse(order.lane);
        }
        admitted
    }

    /// Counts a job that is refused for a reason outside this struct.
    pub(super) fn refuse(&mut self, lane: LaneId) {
        let counters = self.counters(lane);
        counters.submitted += 1;
        counters.rejected += 1;
    }

    /// Rule 3. `Ok` names the job that has to make room, if one has to.
    fn admit(&mut self, order: Order) -> Result<Option<JobKey>, Rejected> {
        let lane = order.lane;
        if self.phase != Phase::Open {
            return Err(Rejected::Closed);
        }
        if self.is_stuck() {
            return Err(Rejected::Overdue);
        }
        if self.would_be_late(lane, order.queue_timeout) {
            return Err(Rejected::WouldBeLate);
        }
        let more = usize::from(self.lanes.takes_more(lane));
        if self.backlog(self.lanes.waiting() + 1, self.lanes.startable() + more) <= self.limits.max_queue {
            return Ok(None);
        }
        // A waiting job that a free thread is about to take holds no place in the queue: to displace it would make no room.
        let is_about_to_start = self.lanes.startable() > 0 && self.free() >= self.lanes.startable();
        match self.lanes.displaceable(lane, self.limits.max_queue) {
            Some(key) if !is_about_to_start => Ok(Some(key)),
            _ => Err(Rejected::QueueFull),
        }
    }

    /// Whether a job of this lane would outlive its queue timeout in the queue. Its caller learns so at once instead of at the end of
    /// the wait, and the queue holds no job that nobody will run.
    ///
    /// The estimate alone could be wrong for long, after one slow job among quick ones, so the facts must agree: many are ahead of
    /// threads that will not be more, or the lane's jobs do wait. A quarter is kept in hand: of the jobs that should just make it, half would not.
    fn would_be_late(&self, id: LaneId, Nanos(limit): Nanos) -> bool {
        let lane = self.lanes.get(id);
        let may_have_more = self.growth.may_widen() && self.width() < lane.limit;
        let is_flood = self.lanes.ahead_of(id) >= MANY && !may_have_more;
        let is_plausible = is_flood || lane.recent_wait > Nanos(limit / 8);
        let in_good_time = Nanos(limit - limit / 4);
        is_plausible && self.estimated_wait_in(id) > in_good_time
    }

    /// How long all jobs that wait now will take, at the run times of late.
    pub(super) fn estimated_wait(&self) -> Nanos {
        self.run_times.of_late() * self.lanes.waiting() / self.width().max(1)
    }

    /// How long a job of this lane would wait: until the lane's own jobs and those that take turns with them have had a thread each, and
    /// until the lane may have one more.
    pub(super) fn estimated_wait_in(&self, id: LaneId) -> Nanos {
        let lane = self.lanes.get(id);
        let own = lane.run_times.of_late() * lane.waiting;
        let others = self.run_times.of_late() * (self.lanes.ahead_of(id) - lane.waiting);
        let for_a_thread = (own + others) / self.width().max(1);
        for_a_thread.max(own / lane.limit)
    }

    /// Jobs that would have to wait although every thread that may exist were there.
    fn backlog(&self, waiting: usize, startable: usize) -> usize {
        waiting - startable.min(self.free())
    }

    /// Threads that can be had for waiting jobs, existing or not.
    fn free(&self) -> usize {
        self.most_threads().saturating_sub(self.busy)
    }

    fn enqueue(&mut self, order: Order, payload: J, now: Moment, orders: &mut Orders) -> JobKey {
        let deadline = now + order.queue_timeout;
        let key = self.jobs.insert(Job {
            payload,
            lane: order.lane,
            stage: Stage::Waiting {
                submitted: now,
                deadline,
                timeout: order.timeout,
                links: Links::default(),
            },
            armed: Moment::NEVER,
        });
        self.lanes.push(&mut self.jobs, order.lane, key);
        self.counters(order.lane).queued += 1;
        self.arm(key, deadline, orders);
        key
    }
}
