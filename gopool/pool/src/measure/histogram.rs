//! A histogram of durations that costs a few nanoseconds to fill.

use crate::time::Nanos;
use std::time::Duration;

/// Below 2^10 ns everything is one bucket; above, each doubling has four.
const FIRST_POWER: u32 = 10;
/// 2^37 ns are 137 s; everything above is one bucket.
const LAST_POWER: u32 = 36;
const PER_POWER: usize = 4;
pub(crate) const BUCKETS: usize = 2 + (LAST_POWER - FIRST_POWER + 1) as usize * PER_POWER;

/// Counts of durations in buckets whose bounds grow by about a fifth each, from 1 us to 137 s.
#[derive(Clone)]
pub struct Histogram {
    pub(crate) buckets: [u64; BUCKETS],
    pub(crate) count: u64,
    /// In nanoseconds, like all that follow.
    pub(crate) sum: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
}

/// What a [`Histogram`] says in seven numbers; all zero when nothing was recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Summary {
    pub count: u64,
    pub min: Duration,
    pub mean: Duration,
    pub p50: Duration,
    pub p99: Duration,
    pub p999: Duration,
    pub max: Duration,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: [0; BUCKETS],
            count: 0,
            sum: 0,
            min: u64::MAX,
            max: 0,
        }
    }
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.summary().fmt(f)
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, duration: Duration) {
        self.record_nanos(duration.into());
    }

    /// [`Histogram::record`] for the pool's own measure of time.
    pub(crate) fn record_nanos(&mut self, Nanos(nanos): Nanos) {
        self.buckets[bucket(nanos)] += 1;
        self.count += 1;
        self.sum = self.sum.saturating_add(nanos);
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (own, other) in self.buckets.iter_mut().zip(&other.buckets) {
            *own += other;
        }
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many durations were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all recorded durations.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// How many durations were at most `limit`, by whole buckets: one that `limit` cuts counts as above.
    pub fn at_most(&self, limit: Duration) -> u64 {
        let Nanos(limit) = limit.into();
        let below = self
            .buckets
            .iter()
            .enumerate()
            .take_while(|(index, _)| upper_bound(*index) <= limit);
        below.map(|(_, count)| count).sum()
    }

    /// The duration that the fraction `quantile` (0 to 1) of all stayed within; zero when nothing was recorded.
    pub fn quantile(&self, quantile: f64) -> Duration {
        let wanted = (quantile * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_nanos(upper_bound(index).clamp(self.min, self.max));
            }
        }
        Duration::from_nanos(self.max)
    }

    /// Count, extremes, mean and quantiles.
    pub fn summary(&self) -> Summary {
        if self.count == 0 {
            return Summary::default();
        }
        Summary {
            count: self.count,
            min: Duration::from_nanos(self.min),
            mean: Duration::from_nanos(self.sum / self.count),
            p50: self.quantile(0.5),
            p99: self.quantile(0.99),
            p999: self.quantile(0.999),
            max: Duration::from_nanos(self.max),
        }
    }
}

pub(crate) fn bucket(nanos: u64) -> usize {
    if nanos < 1 << FIRST_POWER {
        return 0;
    }
    let power = nanos.ilog2();
    if power > LAST_POWER {
        return BUCKETS - 1;
    }
    let quarter = (nanos >> (power - 2)) as usize & (PER_POWER - 1);
    1 + (power - FIRST_POWER) as usize * PER_POWER + quarter
}

/// The largest number of nanoseconds that falls into the bucket.
pub(crate) fn upper_bound(bucket: usize) -> u64 {
    if bucket == 0 {
        return (1 << FIRST_POWER) - 1;
    }
    if bucket == BUCKETS - 1 {
        return u64::MAX;
    }
    let (power, quarter) = ((bucket - 1) / PER_POWER, (bucket - 1) % PER_POWER);
    let step = 1 << (power + FIRST_POWER as usize - 2);
    (PER_POWER + quarter + 1) as u64 * step - 1
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_duration_falls_into_the_bucket_whose_bounds_hold_it() {
        for nanos in [
            0,
            1,
            1023,
            1024,
            1279,
            1280,
            1535,
            1_000_000,
            999_999_999,
            (1 << 37) - 1,
            1 << 37,
            u64::MAX,
        ] {
            let index = bucket(nanos);
            assert!(nanos <= upper_bound(index), "{nanos} is above bucket {index}");
            assert!(
                index == 0 || nanos > upper_bound(index - 1),
                "{nanos} is below bucket {index}"
            );
        }
    }

    #[test]
    fn quantiles_lie_in_order_between_the_extremes() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|micros| histogram.record(Duration::from_micros(micros)));
        let summary = histogram.summary();
        assert_eq!(
            (summary.min, summary.max),
            (Duration::from_micros(1), Duration::from_micros(1000))
        );
        assert!(summary.min <= summary.p50 && summary.p50 <= summary.p99 && summary.p99 <= summary.max);
        assert!((400..650).contains(&summary.p50.as_micros()), "{summary:?}");
        assert!((900..=1000).contains(&summary.p99.as_micros()), "{summary:?}");
    }

    #[test]
    fn merging_equals_recording_both() {
        let (mut left, mut right, mut both) =
            (Histogram::default(), Histogram::default(), Histogram::default());
        for millis in [1, 5, 9, 2000] {
            left.record(Duration::from_millis(millis));
            right.record(Duration::from_millis(millis * 3));
            both.record(Duration::from_millis(millis));
            both.record(Duration::from_millis(millis * 3));
        }
        left.merge(&right);
        assert_eq!(left.summary(), both.summary());
        assert_eq!(left.sum(), both.sum());
    }

    #[test]
    fn an_empty_histogram_is_all_zero() {
        assert_eq!(Histogram::default().summary(), Summary::default());
        assert_eq!(Histogram::default().at_most(Duration::MAX), 0);
    }

    #[test]
    fn counts_below_a_limit_grow_with_it() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|millis| histogram.record(Duration::from_millis(millis)));
        assert_eq!(histogram.at_most(Duration::from_micros(10)), 0);
        assert!((30..=50).contains(&histogram.at_most(Duration::from_millis(50))));
        assert_eq!(histogram.at_most(Duration::from_secs(1)), 100);
    }
}
