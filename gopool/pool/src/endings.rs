//! How jobs end other than by their worker: cancelled, out of time, refused for want of a thread, cut off by the close.

use super::{
    admission::Answer,
    error::{Rejected, TaskError},
    growth::PATIENCE,
    jobs::{JobKey, Stage},
    state::{ClockRest, Orders, Phase, Seat, State},
    stats::Counters,
    time::Moment,
};
use std::{sync::Arc, time::Duration};

/// What the clock thread does next.
#[derive(Debug)]
pub(super) enum Tick<J> {
    /// Carry this out, then look again.
    Act(Due<J>),
    /// Sleep until this moment.
    Rest(Moment),
    /// The pool is over.
    Leave,
}

/// What has become due.
#[derive(Debug)]
pub(super) struct Due<J> {
    pub(super) answers: Vec<Answer<J>>,
    /// The lanes of threads that are overdue from now on, for the log.
    pub(super) overdue: Vec<Arc<str>>,
    pub(super) orders: Orders,
}

impl<J: Clone> State<J> {
    /// Cancels a job that waits or runs. `None` if it has its answer already.
    pub(super) fn cancel(&mut self, key: JobKey) -> Option<J> {
        match self.jobs.get(key)?.stage {
            Stage::Waiting { .. } => self.withdraw(key, |counters| counters.cancelled += 1),
            Stage::Running { .. } => self.settle_running(key, |counters| counters.cancelled += 1),
        }
    }

    /// Takes a waiting job out of its lane and the books; `count` says as what.
    pub(super) fn withdraw(&mut self, key: JobKey, count: impl FnOnce(&mut Counters)) -> Option<J> {
        let lane = self.jobs.get(key)?.lane;
        self.lanes.remove(&mut self.jobs, lane, key);
        let job = self.jobs.remove(key)?;
        if job.armed != Moment::NEVER {
            self.deadlines.bury(&self.jobs);
        }
        let counters = self.counters(lane);
        counters.queued -= 1;
        count(counters);
        Some(job.payload)
    }

    /// Gives a running job its outcome while its body goes on; `count` says as what. `None` if it has one already.
    fn settle_running(&mut self, key: JobKey, count: impl FnOnce(&mut Counters)) -> Option<J> {
        let job = self.jobs.get_mut(key)?;
        let Stage::Running {
            is_settled: is_settled @ false,
            ..
        } = &mut job.stage
        else {
            return None;
        };
        *is_settled = true;
        let (lane, payload) = (job.lane, job.payload.clone());
        let counters = self.counters(lane);
        counters.running -= 1;
        count(counters);
        Some(payload)
    }

    /// The clock thread looks: `cpu` is the CPU time that the process has used so far.
    pub(super) fn tick(&mut self, now: Moment, cpu: Duration) -> Tick<J> {
        self.clock = ClockRest::Awake;
        let mut due = Due {
            answers: Vec::new(),
            overdue: Vec::new(),
            orders: Orders::default(),
        };
        while let Some(key) = self.deadlines.due(&mut self.jobs, now) {
            self.expire(key, now, &mut due);
        }
        let growth = self.grow(now, cpu);
        self.staff(&mut due.orders);
        if !due.answers.is_empty() || !due.overdue.is_empty() || due.orders != Orders::default() {
            return Tick::Act(due);
        }
        if self.phase == Phase::Closed || self.phase == Phase::Closing && self.threads() == 0 {
            return Tick::Leave;
        }
        let until = self.deadlines.next(&self.jobs).min(growth);
        self.clock = ClockRest::Until(until);
        Tick::Rest(until)
    }

    /// An entry of the deadline heap came up for this job: its time is over, or it is looked at again later.
    fn expire(&mut self, key: JobKey, now: Moment, due: &mut Due<J>) {
        let Some(job) = self.jobs.get(key) else { return };
        match job.stage {
            Stage::Waiting {
                submitted, deadline, ..
            } if deadline <= now => {
                let waited = now.since(submitted);
                self.lanes.get_mut(job.lane).recent_wait = waited;
                let payload = self.withdraw(key, |counters| counters.queue_timeouts += 1);
                due.answers
                    .extend(payload.map(|payload| (payload, TaskError::QueueTimeout)));
            }
            Stage::Running { deadline, seat, .. } if deadline <= now => {
                let lane = self.lanes.get_mut(job.lane);
                lane.overdue += 1;
                due.overdue.push(Arc::clone(&lane.name));
                self.seats[seat] = Seat::Overdue;
                self.usage.count(self.busy, now);
                self.busy -= 1;
                self.overdue += 1;
                let payload = self.settle_running(key, |counters| counters.timeouts += 1);
                due.answers
                    .extend(payload.map(|payload| (payload, TaskError::Timeout)));
            }
            Stage::Waiting { deadline, .. } | Stage::Running { deadline, .. } => {
                self.arm(key, deadline, &mut due.orders);
            }
        }
    }

    /// Rule 6: reads the CPU clock while jobs wait; gives the moment of the next reading, or never.
    fn grow(&mut self, now: Moment, cpu: Duration) -> Moment {
        let at = self.growth.next_reading();
        if now < at {
            return at;
        }
        let next = self.lanes.peek().and_then(|key| self.jobs.get(key));
        let Some(Stage::Waiting { submitted, .. }) = next.map(|job| job.stage) else {
            self.growth.rest();
            return Moment::NEVER;
        };
        let has_waited = now.since(submitted) >= PATIENCE.into();
        let is_wanted = has_waited && self.busy >= self.width();
        self.growth.observe(now, cpu, is_wanted)
    }

    /// The system refused a thread. With no thread left to serve them, the jobs that could have started are refused.
    pub(super) fn spawn_failed(&mut self, seat: usize) -> (Vec<Answer<J>>, Orders) {
        self.starting -= 1;
        self.vacate(seat);
        let mut refused = Vec::new();
        while self.live() == 0
            && let Some(key) = self.lanes.peek()
        {
            let payload = self.withdraw(key, |counters| counters.rejected += 1);
            refused.extend(payload.map(|payload| (payload, TaskError::Rejected(Rejected::NoThread))));
        }
        let is_empty = self.phase != Phase::Open && self.threads() == 0;
        (
            refused,
            Orders {
                is_empty,
                ..Orders::default()
            },
        )
    }

    /// Takes no more jobs and lets threads go once nothing is left to start.
    pub(super) fn begin_close(&mut self) -> Orders {
        let mut orders = Orders::default();
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
        }
        self.staff(&mut orders);
        orders.is_empty = self.threads() == 0;
        orders
    }

    /// The close has waited long enough: every job that waits or runs gets its answer now.
    pub(super) fn cut_off(&mut self) -> (Vec<Answer<J>>, Orders) {
        self.phase = Phase::Closed;
        let mut answers = Vec::new();
        for key in self.jobs.keys() {
            let payload = match self.jobs.get(key).map(|job| job.stage) {
                Some(Stage::Waiting { .. }) => self.withdraw(key, |counters| counters.rejected += 1),
                _ => self.settle_running(key, |counters| counters.cancelled += 1),
            };
            answers.extend(payload.map(|payload| (payload, TaskError::Closed)));
        }
        let mut orders = Orders {
            wake_clock: true,
            ..Orders::default()
        };
        self.staff(&mut orders);
        (answers, orders)
    }
}
