//! How jobs end other than by their worker: cancelled, out of time, refused for want of a thread, cut off by the close.

use crate::{
    error::{Rejected, TaskError},
    keys::JobKey,
    rules::{
        counters::Ending,
        crew::{Kind, Seat},
        effects::{Effects, Note, Tick},
        growth::PATIENCE,
        jobs::Stage,
        state::{ClockRest, End, Phase, State},
    },
    time::{Moment, Nanos},
};
use std::{sync::Arc, time::Duration};

/// So many deadlines are dealt with while the lock is held once.
const BATCH: usize = 64;

/// A system that refuses a thread is at its limit: to ask again with each job would only cost.
const HIRE_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What the caller of a job is told whose thread was lost.
pub(crate) const LOST: &str = "the pool's own code panicked";

impl<J: Clone> State<J> {
    /// Cancels a job that waits or runs; nothing follows if it has its answer already.
    pub(crate) fn cancel(&mut self, key: JobKey) -> Effects<J> {
        let mut effects = Effects::default();
        self.end(key, &TaskError::Cancelled, &mut effects);
        self.check();
        effects
    }

    /// Ends a job, whether it waits or runs, without a result.
    fn end(&mut self, key: JobKey, why: &TaskError, effects: &mut Effects<J>) {
        match self.job(key).map(|job| job.stage) {
            Some(Stage::Waiting { .. }) => self.withdraw(key, why.clone(), effects),
            Some(Stage::Running { .. }) => self.settle_running(key, why.clone(), effects),
            None => {}
        }
    }

    /// Takes a waiting job out of its lane and the books.
    pub(crate) fn withdraw(&mut self, key: JobKey, why: TaskError, effects: &mut Effects<J>) {
        let Some(line) = self.job(key).map(|job| job.line) else {
            return;
        };
        self.lanes.remove(&mut self.jobs, line, key);
        let Some(job) = self.jobs.remove(key) else { return };
        if job.armed != Moment::NEVER {
            self.deadlines.bury(&self.jobs);
        }
        self.counters(line.lane()).withdraw(&why);
        if matches!(why, TaskError::Rejected(_)) {
            self.lanes.share_mut(line.share).counters.displaced += 1;
        }
        self.check_lane(line.lane());
        effects.answer(job.payload, why);
    }

    /// Gives a running job its outcome while its body goes on; nothing happens if it has one already.
    pub(crate) fn settle_running(&mut self, key: JobKey, why: TaskError, effects: &mut Effects<J>) {
        let Some(job) = self.jobs.get_mut(key) else { return };
        let Stage::Running {
            is_settled: is_settled @ false,
            ..
        } = &mut job.stage
        else {
            return;
        };
        *is_settled = true;
        let (lane, payload) = (job.line.lane(), job.payload.clone());
        self.counters(lane).abandon(&why);
        self.check_lane(lane);
        effects.answer(payload, why);
    }

    /// The clock thread looks: `cpu` is the CPU time that the process has used so far.
    pub(crate) fn tick(&mut self, now: Moment, cpu: Duration) -> Tick<J> {
        self.clock_rest = ClockRest::Awake;
        let mut effects = Effects::default();
        let mut expired = 0;
        while expired < BATCH
            && let Some(key) = self.deadlines.due(&mut self.jobs, now)
        {
            self.expire(key, now, &mut effects);
            expired += 1;
        }
        self.resume_hiring(now);
        let next = self.grow(now, cpu);
        let watch = self.watch(now, &mut effects);
        self.staff(&mut effects);
        self.lend(now, &mut effects);
        self.check();
        let Some(watch) = watch.filter(|_| effects.is_none() && expired < BATCH) else {
            return Tick::Act(effects);
        };
        if self.phase == Phase::Closed || self.is_empty() {
            return Tick::Leave;
        }
        let hires = self.hires_again.unwrap_or(Moment::NEVER);
        let until = self.deadlines.next(&self.jobs).min(next).min(watch).min(hires);
        self.clock_rest = ClockRest::Until(until);
        Tick::Rest(until)
    }

    /// An entry of the deadline heap came up for this job: its time is over, or it is looked at again later.
    fn expire(&mut self, key: JobKey, now: Moment, effects: &mut Effects<J>) {
        let Some(job) = self.job(key) else { return };
        match job.stage {
            Stage::Waiting { deadline, .. } if deadline <= now => {
                self.withdraw(key, TaskError::QueueTimeout, effects);
            }
            Stage::Running { deadline, seat, .. } if deadline <= now => {
                let queue = self.lanes.get_mut(job.line.lane());
                queue.overdue += 1;
                let lane = Arc::clone(&queue.name);
                effects.note(Note::Overdue { lane, key, seat });
                self.usage.count(self.crew.busy(), now);
                self.crew.set(seat, Seat::Overdue);
                self.settle_running(key, TaskError::Timeout, effects);
            }
            Stage::Waiting { deadline, .. } | Stage::Running { deadline, .. } => {
                self.arm(key, deadline, effects);
            }
        }
    }

    /// Reads the CPU clock while jobs wait; gives the moment of the next reading, or never.
    fn grow(&mut self, now: Moment, cpu: Duration) -> Moment {
        let at = self.growth.next_reading();
        if now < at {
            return at;
        }
        let next = self.lanes.next().and_then(|key| self.job(key));
        let Some(Stage::Waiting { submitted, .. }) = next.map(|job| job.stage) else {
            self.growth.rest(now);
            return Moment::NEVER;
        };
        let has_waited = now.since(submitted) >= PATIENCE.into();
        let is_wanted = has_waited && self.crew.busy() >= self.width();
        self.growth.observe(now, cpu, is_wanted)
    }

    /// The system refused a thread. A parked one comes instead; with none left, the jobs that could have started are refused.
    /// None is asked for again for a while.
    pub(crate) fn spawn_failed(&mut self, seat: usize, now: Moment) -> Effects<J> {
        // Whoever waits for a lent place has the threads of the width to wait for.
        let is_own = self.crew.kind(seat) == Kind::Own;
        self.crew.vacate(seat);
        let mut effects = Effects::default();
        let again = now + HIRE_AGAIN_AFTER;
        self.hires_again = Some(again);
        self.clock_by(again, &mut effects);
        while is_own
            && self.crew.live() == 0
            && let Some(key) = self.lanes.next()
        {
            self.withdraw(key, TaskError::Rejected(Rejected::NoThread), &mut effects);
        }
        if self.crew.parked() > 0 {
            self.staff(&mut effects);
        }
        effects.is_empty = self.is_empty();
        self.check();
        effects
    }

    /// The thread of a seat has died of a panic that no task is to blame for. Its place is free, and its job has an answer.
    pub(crate) fn lose(&mut self, seat: usize, now: Moment) -> Effects<J> {
        let mut effects = Effects::default();
        match self.crew.seat(seat) {
            // It had left the books already.
            Seat::Vacant => return effects,
            Seat::Parked => self.crew.rise(seat),
            was => {
                self.usage.count(self.crew.busy(), now);
                if let Some(key) = self.at_work[seat].take() {
                    let end = End {
                        now,
                        used: Nanos(0),
                        is_cleared: true,
                    };
                    let (finished, _) = self.conclude(key, Ending::Panicked, was == Seat::Overdue, end);
                    if let Some(job) = finished.payload.filter(|_| finished.is_first) {
                        effects.answer(job, TaskError::Panicked(LOST.to_owned()));
                    }
                }
                self.crew.set(seat, Seat::Deciding);
            }
        }
        let mut turn = self.leave(seat);
        turn.effects.tell_also(effects.take_told());
        turn.effects
    }

    /// Asks for threads again if the system refused one long enough ago.
    pub(crate) fn resume_hiring(&mut self, now: Moment) {
        self.hires_again = self.hires_again.filter(|again| now < *again);
    }

    /// Takes no more jobs and lets threads go once nothing is left to start.
    pub(crate) fn begin_close(&mut self) -> Effects<J> {
        let mut effects = Effects::default();
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
        }
        self.staff(&mut effects);
        effects.is_empty = self.is_empty();
        self.check();
        effects
    }

    /// The close has waited long enough: every job that waits or runs gets its answer now.
    pub(crate) fn cut_off(&mut self) -> Effects<J> {
        self.phase = Phase::Closed;
        let mut effects = Effects::default();
        for key in self.jobs.keys() {
            self.end(key, &TaskError::Closed, &mut effects);
        }
        effects.wake_clock = true;
        self.staff(&mut effects);
        self.check();
        effects
    }
}
