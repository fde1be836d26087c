//! Overload: a share of a lane whose fresh jobs stand without a break, while more arrive than are started.
//!
//! A burst is no overload: it is over before it is judged. Nor is a stall: while nothing is started, nothing is known about the load.

use crate::time::{Moment, Nanos};

/// A slot of the watch: this, or two starts of each core.
const SLOT: Nanos = Nanos(100_000_000);
/// So many slots are looked at.
const SLOTS: usize = 10;
/// So many standard deviations more than were started have to have arrived: of what chance brings, and of what uneven runs let start.
const MARGIN: f64 = 3.0;
/// Without a start for so many mean runs, the lane is stalled.
const STALL: usize = 4;

/// The watch over one share of a lane.
#[derive(Debug)]
pub(crate) struct Overload {
    slots: [Slot; SLOTS],
    /// Which slot is the oldest.
    oldest: usize,
    /// The slot that has not ended.
    open: Slot,
    began: Moment,
    /// The last moment at which no fresh job waited, or the lane was stalled.
    standing_since: Moment,
    is_overloaded: bool,
    /// xorshift; never zero.
    chance: u64,
}

/// What one slot saw.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    /// Refused ones included.
    arrivals: u32,
    starts: u32,
    length: Nanos,
}

/// What the watch has to be told about its share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight {
    pub(crate) now: Moment,
    pub(crate) fresh: usize,
    /// When the lane, or what passes this share by, was last started: as long as anything is, it is no stall.
    pub(crate) last_start: Moment,
    /// How long the lane's jobs run.
    pub(crate) mean: Nanos,
    /// The mean of the squares of that, in square nanoseconds.
    pub(crate) squares: f64,
    /// How many jobs may run at once.
    pub(crate) width: usize,
}

impl Sight {
    /// How much the number of starts varies, in times of what it does when all runs are of one length: 1 plus the squared coefficient of
    /// variation of the run times.
    fn unevenness(self) -> f64 {
        let mean = self.mean.0 as f64;
        (self.squares / (mean * mean).max(1.0)).max(1.0)
    }
}

/// The line that a job is to stand in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Door {
    /// Its fresh jobs.
    pub(crate) fresh: usize,
    /// For how long the job would be one of them.
    pub(crate) fresh_for: Nanos,
    /// How many lines share what is started, this one included.
    pub(crate) lines: usize,
    /// How many jobs may run at once.
    pub(crate) width: usize,
}

impl Overload {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            slots: [Slot::default(); SLOTS],
            oldest: 0,
            open: Slot::default(),
            began: Moment::START,
            standing_since: Moment::START,
            is_overloaded: false,
            chance: seed | 1,
        }
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.is_overloaded
    }

    /// A job arrives, whether it is taken or not.
    pub(crate) fn arrive(&mut self, sight: Sight) {
        if sight.fresh == 0 {
            self.standing_since = sight.now;
        }
        self.look(sight);
        self.open.arrivals = self.open.arrivals.saturating_add(1);
    }

    pub(crate) fn start(&mut self) {
        self.open.starts = self.open.starts.saturating_add(1);
    }

    /// Whether a job that arrives is refused: the fuller its line, the more likely, from half of its room on. Whoever is inside has
    /// then no better chance than who comes back.
    pub(crate) fn refuses(&mut self, door: Door) -> bool {
        if !self.is_overloaded {
            return false;
        }
        let seconds = door.fresh_for.0 as f64 / 1e9;
        let part = self.starts_per_second() * seconds / door.lines.max(1) as f64;
        let room = part.max(2.0 * door.width as f64);
        2.0 * door.fresh as f64 / room - 1.0 >= self.unit()
    }

    /// Ends the slot if it is over, and judges the lane.
    pub(crate) fn look(&mut self, sight: Sight) {
        let slot = SLOT.max(sight.mean * 2 / sight.width.max(1));
        let length = sight.now.since(self.began);
        if length < slot {
            return;
        }
        if length > slot * SLOTS {
            // Nobody looked for so long because nothing was there.
            self.slots = [Slot::default(); SLOTS];
        }
        self.slots[self.oldest] = Slot { length, ..self.open };
        self.oldest = (self.oldest + 1) % SLOTS;
        self.open = Slot::default();
        self.began = sight.now;
        let is_stalled = sight.fresh > 0 && sight.now.since(sight.last_start) > SLOT.max(sight.mean * STALL);
        if is_stalled || sight.fresh == 0 {
            self.standing_since = sight.now;
        }
        self.judge(sight, slot);
    }

    fn judge(&mut self, sight: Sight, slot: Nanos) {
        let sum =
            |part: fn(&Slot) -> u32| f64::from(self.slots.iter().map(part).fold(0, u32::saturating_add));
        let (arrivals, starts) = (sum(|slot| slot.arrivals), sum(|slot| slot.starts));
        self.is_overloaded = if self.is_overloaded {
            arrivals > starts
        } else {
            let has_stood = sight.now.since(self.standing_since) > slot * (SLOTS + 1);
            has_stood && arrivals > starts + MARGIN * (starts * sight.unevenness()).sqrt()
        };
    }

    /// No fresh job is left in the share.
    pub(crate) fn cleared(&mut self, now: Moment) {
        self.standing_since = now;
    }

    /// How many jobs the share starts in a second.
    pub(crate) fn starts_per_second(&self) -> f64 {
        let starts: f64 = self.slots.iter().map(|slot| f64::from(slot.starts)).sum();
        let length = self.slots.iter().fold(Nanos(0), |sum, slot| sum + slot.length);
        starts * 1e9 / length.max(SLOT).0 as f64
    }

    /// Any number from 0 up to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    const MS: u64 = 1_000_000;

    /// A lane that stands for two seconds, in each slot so many arrivals beside ten starts.
    fn is_overloaded(arrivals: u32, mean: u64, squares: f64) -> bool {
        let mut overload = Overload::new(1);
        for slot in 0..20 {
            let now = Moment::START + Duration::from_millis(100 * slot);
            let sight = Sight {
                now,
                fresh: usize::from(slot > 0),
                last_start: now,
                mean: Nanos(mean),
                squares,
                width: 2,
            };
            (0..arrivals).for_each(|_| overload.arrive(sight));
            (0..10).for_each(|_| overload.start());
            overload.look(sight);
        }
        overload.is_overloaded()
    }

    #[test]
    fn more_than_chance_brings_is_overload_and_uneven_runs_leave_more_to_chance() {
        let even = (5 * MS * 5 * MS) as f64;
        let table = [
            // (arrivals in each slot, squares, is overloaded); there are a hundred starts in ten slots
            (10, even, false),
            (12, even, false),
            (14, even, true),
            // A coefficient of variation of 2.
            (14, 5.0 * even, false),
            (16, 5.0 * even, false),
            (18, 5.0 * even, true),
            // Nothing has ended: nothing is known.
            (14, 0.0, true),
        ];
        for (arrivals, squares, expected) in table {
            assert_eq!(
                is_overloaded(arrivals, 5 * MS, squares),
                expected,
                "{arrivals} {squares}"
            );
        }
    }
}
