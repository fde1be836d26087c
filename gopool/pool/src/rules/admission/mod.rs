//! What a submission leads to: wake, spawn, queue, displace or refuse, decided at one instant.
//!
//! Each policy is a file with one struct, which judges facts that it is given.

pub(crate) mod appointment;
pub(crate) mod freshness;
pub(crate) mod overload;
pub(crate) mod room;
pub(crate) mod terms;

use crate::{
    error::{Rejected, TaskError},
    keys::{JobKey, LaneId},
    rules::{
        admission::{
            overload::Sight,
            room::{Room, Verdict},
            terms::Terms,
        },
        effects::Effects,
        jobs::{Entry, Links, Stage},
        state::{Phase, State},
    },
    time::{Moment, Nanos},
};

impl<J: Clone> State<J> {
    /// Takes the job or says why not. On refusal the payload comes back, so that nothing is dropped under the lock.
    pub(crate) fn submit(
        &mut self,
        terms: Terms,
        payload: J,
        now: Moment,
    ) -> Result<(JobKey, Effects<J>), (J, Rejected)> {
        let sight = self.sight(terms.lane, now);
        self.lanes.get_mut(terms.lane).overload.arrive(sight);
        let displaced = match self.admit(terms, sight) {
            Ok(displaced) => displaced,
            Err(why) => {
                self.refuse(terms.lane);
                return Err((payload, why));
            }
        };
        let mut effects = Effects::default();
        if let Some(key) = displaced {
            self.withdraw(key, TaskError::Rejected(Rejected::QueueFull), &mut effects);
        }
        let key = self.enqueue(terms, payload, now, &mut effects);
        self.answer_stale(terms.lane, &mut effects);
        self.staff(&mut effects);
        if self.lanes.waiting() > self.coming().min(self.room()) {
            self.begin_watch(now, &mut effects);
        }
        if self.lanes.startable() > 0
            && let Some(at) = self.growth.request_reading(now)
        {
            self.clock_by(at, &mut effects);
        }
        self.check();
        self.check_lane(terms.lane);
        Ok((key, effects))
    }

    /// Whether such a job would be taken now; a refusal is counted.
    pub(crate) fn would_take(&mut self, terms: Terms, now: Moment) -> Result<(), Rejected> {
        let sight = self.sight(terms.lane, now);
        self.lanes.get_mut(terms.lane).overload.look(sight);
        let admitted = self.admit(terms, sight).map(drop);
        if admitted.is_err() {
            self.lanes.get_mut(terms.lane).overload.arrive(sight);
            self.refuse(terms.lane);
        }
        admitted
    }

    /// Counts a job that is refused.
    pub(crate) fn refuse(&mut self, lane: LaneId) {
        let counters = self.counters(lane);
        counters.submitted += 1;
        counters.rejected += 1;
    }

    /// `Ok` names the job that has to make room, if one has to.
    fn admit(&mut self, terms: Terms, sight: Sight) -> Result<Option<JobKey>, Rejected> {
        if self.phase != Phase::Open {
            return Err(Rejected::Closed);
        }
        self.resume_hiring(sight.now);
        if self.hires_again.is_some() && self.crew.live() == 0 {
            return Err(Rejected::NoThread);
        }
        if self.is_stuck() || self.lanes.get(terms.lane).is_stuck() {
            return Err(Rejected::Overdue);
        }
        let queue = self.lanes.get_mut(terms.lane);
        let fresh_for = queue.freshness().limit(terms.queue_timeout);
        if queue.overload.refuses(sight, fresh_for) {
            return Err(Rejected::Overloaded);
        }
        let room = Room {
            max_queue: self.settings.max_queue,
            free_threads: self.most_threads().saturating_sub(self.crew.running()),
        };
        match room.judge(&self.lanes, terms.lane) {
            Verdict::Enter => Ok(None),
            Verdict::EnterFor(key) => Ok(Some(key)),
            Verdict::Refuse => Err(Rejected::QueueFull),
        }
    }

    /// How long a caller that this lane refused is to stay away: a time of its own for each.
    pub(crate) fn appoint(&mut self, id: LaneId, now: Moment) -> Nanos {
        let width = self.width();
        let queue = self.lanes.get_mut(id);
        let mut pace = queue.overload.starts_per_second();
        // A lane that had little to do was measured at little; what it could do is told by its run times.
        if !queue.overload.is_overloaded() && queue.run_times.is_known() {
            let places = width.min(queue.concurrency) as f64;
            pace = pace.max(places * 1e9 / queue.run_times.get().0.max(1) as f64);
        }
        let chance = queue.overload.unit();
        queue.appointments.next(now, pace, chance)
    }

    /// How long all jobs that wait now will take, at the run times of late.
    pub(crate) fn estimated_wait(&self) -> Nanos {
        self.run_times.get() * self.lanes.waiting() / self.width().max(1)
    }

    /// How long a job of this lane would wait: until the lane's own jobs and those that take turns with them have had a thread each, and
    /// until the lane may have one more.
    pub(crate) fn estimated_wait_in(&self, id: LaneId) -> Nanos {
        let queue = self.lanes.get(id);
        let own = queue.run_times.get() * queue.waiting();
        let others = self.run_times.get() * (self.lanes.ahead_of(id) - queue.waiting());
        let for_a_thread = (own + others) / self.width().max(1);
        for_a_thread.max(own / queue.concurrency)
    }

    fn enqueue(&mut self, terms: Terms, payload: J, now: Moment, effects: &mut Effects<J>) -> JobKey {
        let deadline = now + terms.queue_timeout;
        let key = self.jobs.insert(Entry {
            payload,
            lane: terms.lane,
            stage: Stage::Waiting {
                submitted: now,
                deadline,
                timeout: terms.timeout,
                is_stale: false,
                links: Links::default(),
            },
            armed: Moment::NEVER,
        });
        self.lanes.push(&mut self.jobs, terms.lane, key);
        let counters = self.counters(terms.lane);
        counters.submitted += 1;
        counters.queued += 1;
        self.arm(key, deadline, effects);
        key
    }
}
