//! What happens to waiting jobs while time passes: they become stale, their lanes are judged, long runs are charged again.

use crate::{
    error::{Rejected, TaskError},
    keys::LaneId,
    rules::{admission::overload::Sight, effects::Effects, jobs::Stage, state::State},
    time::{Moment, Nanos},
};
use std::time::Duration;

/// How often the clock looks at lanes that hold waiting jobs.
const PERIOD: Duration = Duration::from_millis(100);
/// The same while one of them is overloaded: its stale jobs wait for an answer.
const PERIOD_UNDER_OVERLOAD: Duration = Duration::from_millis(20);
/// So many lanes are looked at while the lock is held once.
const LANES: usize = 32;
/// So many jobs of a lane are moved or answered at one look: the lock is held for it.
const BATCH: usize = 32;

impl<J: Clone> State<J> {
    /// Looks at some of the lanes that hold waiting jobs, if that is due. Gives the moment of the next look, or never; `None`: this round
    /// goes on as soon as the lock was free for others.
    pub(crate) fn watch(&mut self, now: Moment, effects: &mut Effects<J>) -> Option<Moment> {
        if self.rounds.left == 0 {
            if now < self.rounds.next {
                return Some(self.rounds.next);
            }
            self.charge_long_runs(now);
            self.rounds.left = self.lanes.watched_count();
            self.rounds.is_overloaded = false;
        }
        let end = self.rounds.left.saturating_sub(LANES);
        for index in (end..self.rounds.left).rev() {
            self.look_at(index, now, effects);
        }
        self.rounds.left = end;
        if end > 0 {
            return None;
        }
        self.rounds.next = match (self.lanes.watched_count(), self.rounds.is_overloaded) {
            (0, _) => Moment::NEVER,
            (_, true) => now + PERIOD_UNDER_OVERLOAD,
            (_, false) => now + PERIOD,
        };
        Some(self.rounds.next)
    }

    fn look_at(&mut self, index: usize, now: Moment, effects: &mut Effects<J>) {
        let Some(id) = self.lanes.watched(index) else {
            return;
        };
        let sight = self.sight(id, now);
        self.lanes.get_mut(id).overload.look(sight);
        self.age(id, now);
        self.answer_stale(id, effects);
        self.rounds.is_overloaded |= self.lanes.get(id).overload.is_overloaded();
    }

    /// A job waits: sees to it that the clock looks at the lanes.
    pub(crate) fn begin_watch(&mut self, now: Moment, effects: &mut Effects<J>) {
        if self.rounds.next == Moment::NEVER {
            self.rounds.next = now + PERIOD;
            self.clock_by(self.rounds.next, effects);
        }
    }

    /// What the watch over a lane has to know.
    pub(crate) fn sight(&self, id: LaneId, now: Moment) -> Sight {
        let queue = self.lanes.get(id);
        Sight {
            now,
            fresh: queue.fresh().len(),
            mean: queue.run_times.get(),
            width: self.width(),
        }
    }

    /// Moves the jobs of a lane that are fresh no longer.
    pub(crate) fn age(&mut self, id: LaneId, now: Moment) {
        let freshness = self.lanes.get(id).freshness();
        for _ in 0..BATCH {
            let head = self.lanes.get(id).fresh().first();
            let Some(Stage::Waiting {
                submitted, deadline, ..
            }) = head.and_then(|key| self.jobs.get(key)).map(|job| job.stage)
            else {
                return;
            };
            let queue_timeout = match deadline {
                Moment::NEVER => Nanos::FOREVER,
                deadline => deadline.since(submitted),
            };
            if now.since(submitted) <= freshness.limit(queue_timeout) {
                return;
            }
            self.lanes.make_stale(&mut self.jobs, id);
            if self.lanes.get(id).fresh().len() == 0 {
                self.lanes.get_mut(id).overload.cleared(now);
            }
        }
    }

    /// Under overload stale jobs are told so.
    pub(crate) fn answer_stale(&mut self, id: LaneId, effects: &mut Effects<J>) {
        for _ in 0..BATCH {
            let queue = self.lanes.get(id);
            let Some(key) = queue.stale().first().filter(|_| queue.overload.is_overloaded()) else {
                return;
            };
            self.withdraw(key, TaskError::Rejected(Rejected::Overloaded), effects);
        }
    }

    /// A run that outlasts what its lane was charged for it is charged as much again, so that a long one is not free until its end.
    fn charge_long_runs(&mut self, now: Moment) {
        for key in self.at_work.iter().copied().flatten() {
            let Some(job) = self.jobs.get_mut(key) else {
                continue;
            };
            let lane = job.lane;
            let Stage::Running { started, charged, .. } = &mut job.stage else {
                continue;
            };
            let before = *charged;
            if now.since(*started) > before {
                *charged = before * 2;
                self.lanes.correct(lane, before, before * 2);
            }
        }
    }
}
