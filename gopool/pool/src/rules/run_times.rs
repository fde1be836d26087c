//! How long jobs have run of late.

use crate::time::Nanos;

/// A mean in which each new value counts for one in so many; of fewer values, the plain mean.
const COUNT: u64 = 64;

/// A moving mean.
#[derive(Debug, Default)]
pub(crate) struct Mean {
    value: Nanos,
    /// Values so far, up to `COUNT`.
    seen: u64,
}

impl Mean {
    pub(crate) fn add(&mut self, Nanos(new): Nanos) {
        let Nanos(before) = self.value;
        // Most values come when many have: then the divisor is a constant, so nothing is divided under the lock.
        if self.seen == COUNT {
            self.value = Nanos(before - before / COUNT + new / COUNT);
            return;
        }
        self.seen += 1;
        self.value = Nanos(before - before / self.seen + new / self.seen);
    }

    /// Zero before the first value.
    pub(crate) fn get(&self) -> Nanos {
        self.value
    }

    pub(crate) fn is_known(&self) -> bool {
        self.seen > 0
    }
}

/// Of this many values on, each new one moves a median by one in so many.
const STEPS: u64 = 20;

/// What is typical: a moving median, which one run in a hundred that takes a thousand times as long does not move.
#[derive(Debug, Default)]
pub(crate) struct Median {
    value: Nanos,
    /// Values so far, up to `STEPS`.
    seen: u64,
}

impl Median {
    /// The first value is it; each other one moves it by a part, up or down.
    pub(crate) fn add(&mut self, new: Nanos) {
        let Nanos(before) = self.value;
        self.seen = STEPS.min(self.seen + 1);
        let part = (before / self.seen).max(1);
        self.value = match self.seen {
            1 => new,
            _ if new > self.value => Nanos(before.saturating_add(part)),
            _ => Nanos(before.saturating_sub(part)),
        };
    }

    /// `None` before the first value.
    pub(crate) fn get(&self) -> Option<Nanos> {
        (self.seen > 0).then_some(self.value)
    }
}

/// How long the runs of a lane are.
#[derive(Debug, Default)]
pub(crate) struct RunTimes {
    mean: Mean,
    /// The mean of the squares, in square nanoseconds.
    squares: f64,
    typical: Median,
}

impl RunTimes {
    pub(crate) fn add(&mut self, run: Nanos) {
        self.mean.add(run);
        let square = run.0 as f64 * run.0 as f64;
        self.squares += (square - self.squares) / self.mean.seen as f64;
        self.typical.add(run);
    }

    pub(crate) fn is_known(&self) -> bool {
        self.mean.is_known()
    }

    /// Zero before the first run.
    pub(crate) fn mean(&self) -> Nanos {
        self.mean.get()
    }

    pub(crate) fn squares(&self) -> f64 {
        self.squares
    }

    /// `None` before the first run.
    pub(crate) fn typical(&self) -> Option<Nanos> {
        self.typical.get()
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    /// The mean after so many jobs, each with its time.
    fn after(jobs: impl IntoIterator<Item = (u64, u64)>) -> u64 {
        let mut mean = Mean::default();
        for (count, run) in jobs {
            (0..count).for_each(|_| mean.add(Nanos(run)));
        }
        mean.get().0
    }

    #[test]
    fn the_first_jobs_are_all_that_is_known_and_later_ones_count_for_their_part() {
        assert_eq!(after([(1, 6_000_000)]), 6_000_000);
        assert_eq!(after([(1, 6_000_000), (2, 3_000_000)]), 4_000_000);
        assert!((1_000_000..1_200_000).contains(&after([(1000, 8_000_000), (256, 1_000_000)])));
    }

    #[test]
    fn what_is_typical_is_not_moved_by_the_few_that_take_a_thousand_times_as_long() {
        let mut median = Median::default();
        assert_eq!(median.get(), None);
        for n in 0..1000 {
            median.add(Nanos(if n % 100 == 99 { 2_000_000_000 } else { 2_000_000 }));
        }
        let typical = median.get().unwrap_or_default().0;
        assert!((1_800_000..2_300_000).contains(&typical), "{typical}");
        (0..200).for_each(|_| median.add(Nanos(50_000_000)));
        let typical = median.get().unwrap_or_default().0;
        assert!((45_000_000..55_000_000).contains(&typical), "{typical}");
    }

    #[test]
    fn a_lazy_first_run_is_soon_no_longer_typical() {
        let mut median = Median::default();
        median.add(Nanos(1_000_000_000));
        (0..200).for_each(|_| median.add(Nanos(1_000)));
        let typical = median.get().unwrap_or_default().0;
        assert!(typical < 200_000, "{typical}");
    }
}
