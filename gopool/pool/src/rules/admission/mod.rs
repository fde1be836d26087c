//! What a submission leads to: wake, spawn, queue, displace or refuse, decided at one instant.
//!
//! Each policy is a file with one struct, which judges facts that it is given.

pub(crate) mod lateness;
pub(crate) mod room;
pub(crate) mod terms;

use crate::{
    error::{Rejected, TaskError},
    keys::{JobKey, LaneId},
    rules::{
        admission::{
            lateness::Lateness,
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
        self.counters(terms.lane).submitted += 1;
        let displaced = match self.admit(terms) {
            Ok(displaced) => displaced,
            Err(why) => {
                self.counters(terms.lane).rejected += 1;
                return Err((payload, why));
            }
        };
        let mut effects = Effects::default();
        if let Some(key) = displaced {
            self.withdraw(key, TaskError::Rejected(Rejected::QueueFull), &mut effects);
        }
        let key = self.enqueue(terms, payload, now, &mut effects);
        self.staff(&mut effects);
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
    pub(crate) fn would_take(&mut self, terms: Terms) -> Result<(), Rejected> {
        let admitted = self.admit(terms).map(drop);
        if admitted.is_err() {
            self.refuse(terms.lane);
        }
        admitted
    }

    /// Counts a job that is refused for a reason outside this struct.
    pub(crate) fn refuse(&mut self, lane: LaneId) {
        let counters = self.counters(lane);
        counters.submitted += 1;
        counters.rejected += 1;
    }

    /// `Ok` names the job that has to make room, if one has to.
    fn admit(&self, terms: Terms) -> Result<Option<JobKey>, Rejected> {
        if self.phase != Phase::Open {
            return Err(Rejected::Closed);
        }
        if self.is_stuck() {
            return Err(Rejected::Overdue);
        }
        if self.lateness(terms.lane).is_certain(terms.queue_timeout) {
            return Err(Rejected::WouldBeLate);
        }
        let room = Room {
            max_queue: self.settings.max_queue,
            free_threads: self.most_threads().saturating_sub(self.crew.busy()),
        };
        match room.judge(&self.lanes, terms.lane) {
            Verdict::Enter => Ok(None),
            Verdict::EnterFor(key) => Ok(Some(key)),
            Verdict::Refuse => Err(Rejected::QueueFull),
        }
    }

    fn lateness(&self, id: LaneId) -> Lateness<'_> {
        Lateness {
            lane: self.lanes.get(id),
            run_times: &self.run_times,
            ahead: self.lanes.ahead_of(id),
            width: self.width(),
            may_widen: self.growth.may_widen(),
        }
    }

    /// How long all jobs that wait now will take, at the run times of late.
    pub(crate) fn estimated_wait(&self) -> Nanos {
        self.run_times.of_late() * self.lanes.waiting() / self.width().max(1)
    }

    /// How long a job of this lane would wait.
    pub(crate) fn estimated_wait_in(&self, id: LaneId) -> Nanos {
        self.lateness(id).estimate()
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
                links: Links::default(),
            },
            armed: Moment::NEVER,
        });
        self.lanes.push(&mut self.jobs, terms.lane, key);
        self.counters(terms.lane).queued += 1;
        self.arm(key, deadline, effects);
        key
    }
}
