//! What happens to waiting jobs while time passes: they become stale, their lanes are judged, long runs are charged again.

use crate::{
    error::{Rejected, TaskError},
    keys::{LaneId, LineId, ShareId},
    priority::Priority,
    rules::{
        admission::{callers::LINES, overload::Sight},
        crew::Seat,
        effects::Effects,
        jobs::Stage,
        share::Share,
        state::State,
    },
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
            self.measure_longest(now);
            self.rounds.left = self.lanes.watched_count();
            self.rounds.is_overloaded = false;
        }
        let end = self.rounds.left.saturating_sub(LANES);
        for index in (end..self.rounds.left).rev() {
            let Some(id) = self.lanes.watched(index) else {
                continue;
            };
            self.rounds.is_overloaded |= self.watch_lane(id, now, effects);
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

    /// Looks at one lane; tells whether it is overloaded.
    fn watch_lane(&mut self, lane: LaneId, now: Moment, effects: &mut Effects<J>) -> bool {
        let mut is_overloaded = false;
        for priority in Priority::ALL {
            let share = ShareId { lane, priority };
            if self.lanes.get(lane).waiting_of(priority) == 0 {
                continue;
            }
            let sight = self.sight(share, now);
            self.lanes.share_mut(share).overload.look(sight);
            self.age_all(share, now);
            self.answer_stale(share, effects);
            is_overloaded |= self.lanes.share_mut(share).overload.is_overloaded();
        }
        is_overloaded
    }

    /// A job waits: sees to it that the clock looks at the lanes.
    pub(crate) fn begin_watch(&mut self, now: Moment, effects: &mut Effects<J>) {
        if self.rounds.next == Moment::NEVER {
            self.rounds.next = now + PERIOD;
            self.clock_by(self.rounds.next, effects);
        }
    }

    /// What the watch over a share has to know.
    pub(crate) fn sight(&self, id: ShareId, now: Moment) -> Sight {
        let run_times = &self.lanes.get(id.lane).run_times;
        Sight {
            now,
            fresh: self.lanes.share(id).map_or(0, Share::fresh),
            last_start: self.lanes.last_start(id),
            mean: run_times.mean(),
            squares: run_times.squares(),
            width: self.width(),
        }
    }

    /// Moves the jobs of a share that are fresh no longer.
    fn age_all(&mut self, id: ShareId, now: Moment) {
        let mut left = BATCH;
        for index in 0..usize::from(LINES) {
            let place = self.lanes.share(id).and_then(|share| share.standing().get(index));
            let Some(place) = place.copied().filter(|_| left > 0) else {
                return;
            };
            left -= self.age_some(LineId { share: id, place }, left, now);
        }
    }

    /// Moves the jobs of a line that are fresh no longer.
    pub(crate) fn age(&mut self, line: LineId, now: Moment) {
        self.age_some(line, BATCH, now);
    }

    /// At most so many of them; tells how many these were.
    fn age_some(&mut self, line: LineId, most: usize, now: Moment) -> usize {
        let freshness = self.lanes.get(line.lane()).freshness(line.share.priority);
        let mut moved = 0;
        while moved < most {
            let share = self.lanes.share(line.share);
            let of_line = share.and_then(|share| share.line(line.place));
            let head = of_line.and_then(|line| line.fresh().first());
            let Some(Stage::Waiting {
                submitted, deadline, ..
            }) = head.and_then(|key| self.jobs.get(key)).map(|job| job.stage)
            else {
                break;
            };
            let queue_timeout = match deadline {
                Moment::NEVER => Nanos::FOREVER,
                deadline => deadline.since(submitted),
            };
            if now.since(submitted) <= freshness.limit(queue_timeout) {
                break;
            }
            self.lanes.make_stale(&mut self.jobs, line);
            moved += 1;
        }
        let share = self.lanes.share_mut(line.share);
        if moved > 0 && share.fresh() == 0 {
            share.overload.cleared(now);
        }
        moved
    }

    /// Under overload stale jobs are told so.
    pub(crate) fn answer_stale(&mut self, id: ShareId, effects: &mut Effects<J>) {
        for _ in 0..BATCH {
            let share = self.lanes.share(id);
            let share = share.filter(|share| share.overload.is_overloaded());
            let Some(key) = share.and_then(Share::any_stale) else {
                return;
            };
            self.withdraw(key, TaskError::Rejected(Rejected::Overloaded), effects);
        }
    }

    /// A run that outlasts what its lane was charged for it is charged what it took, at least twice as much, so that a long one is not free
    /// until its end.
    fn charge_long_runs(&mut self, now: Moment) {
        for key in self.at_work.iter().copied().flatten() {
            let Some(job) = self.jobs.get_mut(key) else {
                continue;
            };
            let line = job.line;
            let Stage::Running {
                seat,
                started,
                charged,
                ..
            } = &mut job.stage
            else {
                continue;
            };
            if self.crew.seat(*seat) == Seat::Stalled {
                continue;
            }
            let (before, run) = (*charged, now.since(*started));
            if run > before {
                *charged = run.max(before * 2);
                let after = *charged;
                self.lanes.correct(line, before, after);
            }
        }
    }
}
