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
}
