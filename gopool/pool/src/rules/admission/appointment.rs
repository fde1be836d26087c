//! Appointments: whoever is refused is told a time of his own to come back.

use crate::time::{Moment, Nanos};

/// Those sent away come back at this part of the rate at which their lane starts jobs: the rest is for who comes for the first time.
const SHARE: f64 = 0.25;
/// Nobody is told to come back later than this.
const WITHIN: Nanos = Nanos(60_000_000_000);
const SECOND: Nanos = Nanos(1_000_000_000);

/// The row of those that are to come back to one lane.
#[derive(Debug)]
pub(crate) struct Appointments {
    last: Moment,
}

impl Appointments {
    pub(crate) fn new() -> Self {
        Self { last: Moment::START }
    }

    /// The next place in the row: how long to stay away, a second at least. When the row is full, any moment of it, by `chance` (0 to 1).
    pub(crate) fn next(&mut self, now: Moment, starts_per_second: f64, chance: f64) -> Nanos {
        let pace = SHARE * starts_per_second.max(1.0);
        self.last = self.last.max(now) + Nanos((1e9 / pace) as u64);
        if self.last > now + WITHIN {
            self.last = now + WITHIN;
            return SECOND.max(Nanos((WITHIN.0 as f64 * chance) as u64));
        }
        SECOND.max(self.last.since(now))
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_refused_come_back_at_a_quarter_of_the_pace() {
        let mut row = Appointments::new();
        let now = Moment::START + Duration::from_secs(100);
        let waits: Vec<_> = (0..1000).map(|_| row.next(now, 100.0, 0.5)).collect();
        assert_eq!(waits[0], SECOND, "at least a second");
        assert_eq!(waits[999], Nanos(40 * SECOND.0), "25 in a second");
        assert!(waits.is_sorted());
        let later = now + Duration::from_secs(60);
        assert_eq!(row.next(later, 100.0, 0.5), SECOND, "the row has gone by");
    }

    #[test]
    fn a_full_row_tells_any_moment_of_it() {
        let mut row = Appointments::new();
        let now = Moment::START;
        (0..1000).for_each(|_| _ = row.next(now, 1.0, 0.5));
        assert_eq!(row.next(now, 1.0, 0.5), Nanos(30 * SECOND.0));
        assert_eq!(row.next(now, 1.0, 0.0), SECOND);
    }
}
