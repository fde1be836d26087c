//! How much the threads were used.

use crate::time::{Moment, Nanos};

/// How long threads were busy.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    busy_time: Nanos,
    /// `None` before the first job.
    counted_to: Option<Moment>,
}

impl Usage {
    /// Adds the time since the last call, in which `busy` threads were busy. Called whenever that number is about to change.
    pub(crate) fn count(&mut self, busy: usize, now: Moment) {
        self.busy_time = self.busy_time_at(busy, now);
        self.counted_to = self.counted_to.max(Some(now));
    }

    /// How long all threads together were busy until `now`.
    pub(crate) fn busy_time_at(&self, busy: usize, now: Moment) -> Nanos {
        let Nanos(since) = self.counted_to.map_or(Nanos::default(), |then| now.since(then));
        Nanos(self.busy_time.0.saturating_add(since.saturating_mul(busy as u64)))
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;
    use crate::sync;
    use std::time::Duration;

    #[test]
    fn busy_time_is_the_number_of_busy_threads_times_how_long_they_were() {
        let start = sync::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut usage = Usage::default();
        usage.count(0, at(0));
        usage.count(1, at(2));
        usage.count(3, at(3));
        assert_eq!(
            usage.busy_time_at(2, at(4)),
            Duration::from_secs(2 + 3 + 2).into()
        );
    }

    #[test]
    fn a_clock_reading_from_before_the_last_one_adds_nothing() {
        let start = sync::now();
        let mut usage = Usage::default();
        usage.count(1, start + Duration::from_secs(1));
        usage.count(1, start);
        assert_eq!(usage.busy_time_at(1, start + Duration::from_secs(1)), Nanos(0));
    }
}
