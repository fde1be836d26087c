//! How long jobs have run of late, from which the pool tells how long one more would wait.

use crate::time::Nanos;

/// Two moving means of the run times, over few jobs and over many. The longer one counts: that jobs have come to run longer is known at
/// once, that they run shorter is not believed before both say so.
#[derive(Debug, Default)]
pub(crate) struct RunTimes {
    over_few: Mean<16>,
    over_many: Mean<128>,
}

impl RunTimes {
    /// A job has run for so long.
    pub(crate) fn add(&mut self, run: Nanos) {
        self.over_few.add(run);
        self.over_many.add(run);
    }

    /// How long a job has to be expected to run.
    pub(crate) fn of_late(&self) -> Nanos {
        self.over_few.value.max(self.over_many.value)
    }
}

/// A mean in which each new value counts for one in `COUNT`; of fewer values, the plain mean.
#[derive(Debug, Default)]
struct Mean<const COUNT: u64> {
    value: Nanos,
    /// Values so far, up to `COUNT`.
    seen: u64,
}

impl<const COUNT: u64> Mean<COUNT> {
    fn add(&mut self, Nanos(new): Nanos) {
        let Nanos(before) = self.value;
        self.seen = COUNT.min(self.seen + 1);
        self.value = Nanos(before - before / self.seen + new / self.seen);
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    /// What is expected after so many jobs, each with its time.
    fn after(jobs: impl IntoIterator<Item = (u64, u64)>) -> u64 {
        let mut times = RunTimes::default();
        for (count, run) in jobs {
            (0..count).for_each(|_| times.add(Nanos(run)));
        }
        times.of_late().0
    }

    #[test]
    fn longer_runs_are_believed_at_once_and_shorter_ones_only_when_there_were_many() {
        let (short, long) = (1_000_000, 8_000_000);
        assert!(after([(1000, short), (32, long)]) > 7_000_000);
        assert!(after([(1000, long), (32, short)]) > 6_000_000);
        assert!(after([(1000, long), (512, short)]) < 1_200_000);
    }

    #[test]
    fn the_first_jobs_are_all_that_is_known() {
        assert_eq!(after([(1, 6_000_000)]), 6_000_000);
        assert_eq!(after([(1, 6_000_000), (2, 3_000_000)]), 4_000_000);
    }
}
