//! What a submission leads to: wake, spawn, queue, displace or refuse, decided at one instant.
//!
//! Each policy is a file with one struct, which judges facts that it is given.

pub(crate) mod appointment;
pub(crate) mod callers;
pub(crate) mod freshness;
pub(crate) mod overload;
pub(crate) mod priorities;
pub(crate) mod room;
pub(crate) mod terms;

use crate::{
    error::{Rejected, TaskError},
    keys::{JobKey, LaneId, LineId},
    rules::{
        admission::{
            overload::{Door, Sight},
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
        let mut effects = Effects::default();
        let key = self.enter(terms, payload, now, &mut effects)?;
        self.attend_to(now, &mut effects);
        Ok((key, effects))
    }

    /// The same without the call for somebody who comes for the job: that is for [`State::attend`], before anything else is decided.
    pub(crate) fn enter(
        &mut self,
        terms: Terms,
        payload: J,
        now: Moment,
        effects: &mut Effects<J>,
    ) -> Result<JobKey, (J, Rejected)> {
        let line = self.line_for(terms);
        let sight = self.sight(line.share, now);
        self.lanes.share_mut(line.share).overload.arrive(sight);
        let displaced = match self.admit(terms, line, sight) {
            Ok(displaced) => displaced,
            Err(why) => {
                self.refuse(terms);
                return Err((payload, why));
            }
        };
        if let Some(key) = displaced {
            self.withdraw(key, TaskError::Rejected(Rejected::QueueFull), effects);
        }
        let key = self.enqueue((terms, line), payload, now, effects);
        self.answer_stale(line.share, effects);
        self.check_lane(terms.lane);
        Ok(key)
    }

    /// A job has been entered: sees to it that somebody comes for it, and that the clock looks at what waits.
    pub(crate) fn attend(&mut self, now: Moment) -> Effects<J> {
        let mut effects = Effects::default();
        self.attend_to(now, &mut effects);
        effects
    }

    fn attend_to(&mut self, now: Moment, effects: &mut Effects<J>) {
        self.staff(effects);
        self.lend(now, effects);
        if self.lanes.waiting() > self.coming().min(self.room()) {
            self.begin_watch(now, effects);
        }
        // Whoever has a thread on its way needs no wider pool.
        if self.lanes.startable() > self.coming().min(self.room())
            && let Some(at) = self.growth.request_reading(now)
        {
            self.clock_by(at, effects);
        }
        self.check();
    }

    /// Whether such a job would be taken now; a refusal is counted.
    pub(crate) fn would_take(&mut self, terms: Terms, now: Moment) -> Result<(), Rejected> {
        let line = self.line_for(terms);
        let sight = self.sight(line.share, now);
        self.lanes.share_mut(line.share).overload.look(sight);
        let admitted = self.admit(terms, line, sight).map(drop);
        if admitted.is_err() {
            self.lanes.share_mut(line.share).overload.arrive(sight);
            self.refuse(terms);
        }
        admitted
    }

    /// Counts a job that is refused.
    pub(crate) fn refuse(&mut self, terms: Terms) {
        let counters = self.counters(terms.lane);
        counters.submitted += 1;
        counters.rejected += 1;
        let share = self.line_for(terms).share;
        let counters = &mut self.lanes.share_mut(share).counters;
        counters.submitted += 1;
        counters.refused += 1;
    }

    /// `Ok` names the job that has to make room, if one has to.
    fn admit(&mut self, terms: Terms, line: LineId, sight: Sight) -> Result<Option<JobKey>, Rejected> {
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
        let door = self.door(terms, line, sight);
        if !terms.is_admitted && self.lanes.share_mut(line.share).overload.refuses(door) {
            return Err(Rejected::Overloaded);
        }
        let room = Room {
            max_queue: self.settings.max_queue,
            free_threads: self.most_threads().saturating_sub(self.crew.running()),
        };
        match room.judge(&self.lanes, line) {
            Verdict::Enter => Ok(None),
            Verdict::EnterFor(key) => Ok(Some(key)),
            Verdict::Refuse => Err(Rejected::QueueFull),
        }
    }

    /// The line that such a job is to stand in.
    fn line_for(&self, terms: Terms) -> LineId {
        let queue = self.lanes.get(terms.lane);
        queue.line_for(terms.lane, terms.priority, terms.caller)
    }

    fn door(&self, terms: Terms, line: LineId, sight: Sight) -> Door {
        let share = self.lanes.share(line.share);
        let freshness = self.lanes.get(terms.lane).freshness(line.share.priority);
        Door {
            fresh: share.map_or(0, |share| share.fresh_at(line.place)),
            fresh_for: freshness.limit(terms.queue_timeout.min(terms.within)),
            lines: share.map_or(1, |share| share.standing_with(line.place)),
            width: sight.width,
        }
    }

    /// How long a caller that was refused these terms is to stay away: a time of its own for each.
    pub(crate) fn appoint(&mut self, terms: Terms, now: Moment) -> Nanos {
        let width = self.width();
        let id = self.line_for(terms).share;
        let queue = self.lanes.get(id.lane);
        let could = match queue.run_times.is_known() {
            true => width.min(queue.concurrency) as f64 * 1e9 / queue.run_times.mean().0.max(1) as f64,
            false => 0.0,
        };
        let share = self.lanes.share_mut(id);
        let mut pace = share.overload.starts_per_second();
        // A share that had little to do was measured at little; what it could do is told by the run times.
        if !share.overload.is_overloaded() {
            pace = pace.max(could);
        }
        let chance = share.overload.unit();
        share.appointments.next(now, pace, chance)
    }

    /// How long all jobs that wait now will take, at the run times of late.
    pub(crate) fn estimated_wait(&self) -> Nanos {
        self.run_times.get() * self.lanes.waiting() / self.width().max(1)
    }

    /// How long a job of this lane would wait: until the lane's own jobs and those that take turns with them have had a thread each, and
    /// until the lane may have one more.
    pub(crate) fn estimated_wait_in(&self, id: LaneId) -> Nanos {
        let queue = self.lanes.get(id);
        let own = queue.run_times.mean() * queue.waiting();
        let others = self.run_times.get() * (self.lanes.ahead_of(id) - queue.waiting());
        let for_a_thread = (own + others) / self.width().max(1);
        for_a_thread.max(own / queue.concurrency)
    }

    fn enqueue(
        &mut self,
        (terms, line): (Terms, LineId),
        payload: J,
        now: Moment,
        effects: &mut Effects<J>,
    ) -> JobKey {
        let until = now + terms.within;
        let deadline = until.min(now + terms.queue_timeout);
        let key = self.jobs.insert(Entry {
            payload,
            line,
            stage: Stage::Waiting {
                submitted: now,
                deadline,
                timeout: terms.timeout,
                until,
                is_stale: false,
                links: Links::default(),
            },
            armed: Moment::NEVER,
        });
        self.lanes.push(&mut self.jobs, line, key);
        let counters = self.counters(terms.lane);
        counters.submitted += 1;
        counters.queued += 1;
        self.lanes.share_mut(line.share).counters.submitted += 1;
        self.arm(key, deadline, effects);
        key
    }
}
