//! Lent places: a short run does not wait for the end of long ones.
//!
//! Who waits for a thread waits for the shortest rest of what runs. Where that is a hundred times as long as the job itself, its thread
//! runs beside the long ones, beyond the width: they are slower by as much as it takes, and that is little. One place is lent for each
//! core, and only to a lane that is behind its share, so this is no way round fairness.

use crate::{
    keys::{JobKey, LineId, ShareId},
    rules::{
        crew::{Kind, Seat},
        effects::{Effects, Turn},
        jobs::Stage,
        state::{Phase, State},
    },
    time::{Moment, Nanos},
};

/// A run is long for a lane that it lasts as long as so many of the lane's own.
const RUNS: usize = 8;
/// And so long at least: to wait for less takes no longer than what a thread more costs.
const LEAST: Nanos = Nanos(1_000_000);

impl<J: Clone> State<J> {
    /// Sends a thread to a lent place if a job may have one, unless somebody is on the way. That one sends the next.
    pub(crate) fn lend(&mut self, now: Moment, effects: &mut Effects<J>) {
        if self.crew.coming_to_lent() > 0 || !self.could_lend() || self.borrower(now).is_none() {
            return;
        }
        match self.crew.wake(Kind::Express) {
            Some(seat) => effects.wake = Some(seat),
            None => effects.spawn = self.crew.hire(Kind::Express),
        }
    }

    /// Whether jobs wait for threads although the width is used, and one more could be had.
    fn could_lend(&self) -> bool {
        let is_short = self.lanes.startable() > 0 && self.room() == 0;
        let has_thread = self.crew.parked_for_lent() > 0 || self.hires_again.is_none();
        is_short && has_thread && self.phase == Phase::Open && self.crew.lent() < self.settings.lent_places()
    }

    /// The next step of the thread of a lent place; `is_back`: it comes from a job.
    pub(crate) fn proceed_express(&mut self, seat: usize, now: Moment, is_back: bool) -> Turn<J> {
        if self.phase != Phase::Open {
            return self.leave(seat);
        }
        if self.lanes.startable() > 0
            && self.room() == 0
            && let Some(line) = self.borrower(now).and_then(|share| self.lanes.turn_of(share))
            && let Some(turn) = self.start_lent(seat, line, now)
        {
            return turn;
        }
        let mut effects = Effects::default();
        if is_back {
            // That job may have left a place of its lane to somebody else.
            self.staff(&mut effects);
        }
        Turn {
            effects,
            ..self.park(seat, now)
        }
    }

    fn start_lent(&mut self, seat: usize, line: LineId, now: Moment) -> Option<Turn<J>> {
        self.age(line, now);
        let (key, charge) = self.lanes.take_beyond(&mut self.jobs, line)?;
        self.lanes.get_mut(line.lane()).lent += 1;
        self.start(seat, key, charge, now)
    }

    /// The first share by urgency and turn that may have a lent place.
    fn borrower(&self, now: Moment) -> Option<ShareId> {
        self.lanes.turns().find(|share| self.may_borrow(*share, now))
    }

    /// Whether more runs lend their places to this share than have lent theirs.
    fn may_borrow(&self, share: ShareId, now: Moment) -> bool {
        let Some(typical) = self.lanes.get(share.lane).run_times.typical() else {
            return false;
        };
        let long = LEAST.max(typical * RUNS);
        if self.longest < long {
            return false;
        }
        let beyond = (self.crew.busy() + self.crew.lent()).saturating_sub(self.width());
        let keys = self.at_work.iter().copied().flatten();
        keys.filter(|key| self.lends(*key, share, long, now))
            .nth(beyond)
            .is_some()
    }

    /// Whether a job is long enough, and the other share comes before its own.
    fn lends(&self, key: JobKey, to: ShareId, long: Nanos, now: Moment) -> bool {
        let Some(job) = self.job(key) else { return false };
        let Stage::Running { seat, started, .. } = job.stage else {
            return false;
        };
        self.crew.seat(seat) == Seat::Busy
            && self.length(job.line, started, now) >= long
            && self.lanes.is_before(to, job.line.share)
    }

    /// How long a run of this line takes: what is typical, unless it has lasted longer.
    fn length(&self, line: LineId, started: Moment, now: Moment) -> Nanos {
        let typical = self.lanes.get(line.lane()).run_times.typical();
        now.since(started).max(typical.unwrap_or_default())
    }

    /// A run of this line starts.
    pub(crate) fn note_length(&mut self, line: LineId) {
        let typical = self.lanes.get(line.lane()).run_times.typical();
        self.longest = self.longest.max(typical.unwrap_or_default());
    }

    /// Looks how long the longest of all runs is, which may have surprised.
    pub(crate) fn measure_longest(&mut self, now: Moment) {
        let jobs = self
            .at_work
            .iter()
            .copied()
            .flatten()
            .filter_map(|key| self.job(key));
        let lengths = jobs.filter_map(|job| match job.stage {
            Stage::Running { started, .. } => Some(self.length(job.line, started, now)),
            Stage::Waiting { .. } => None,
        });
        self.longest = lengths.max().unwrap_or_default();
    }
}
