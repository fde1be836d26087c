//! Histograms that are filled without a lock, and what a histogram gained between two readings.

use super::{
    histogram::{BUCKETS, Histogram, bucket, upper_bound},
    time::Nanos,
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// A [`Histogram`] that threads fill without a lock. Each event loop has its own, so that no two write to one cache line.
#[derive(Debug)]
pub struct Recorder {
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| AtomicU64::new(0)),
            sum: AtomicU64::new(0),
            min: AtomicU64::new(u64::MAX),
            max: AtomicU64::new(0),
        }
    }
}

impl Recorder {
    /// Counts one duration.
    pub fn record(&self, duration: Duration) {
        let Nanos(nanos) = duration.into();
        self.buckets[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(nanos, Ordering::Relaxed);
        // Nearly always they hold already, and reading is cheaper than writing.
        if nanos < self.min.load(Ordering::Relaxed) {
            self.min.fetch_min(nanos, Ordering::Relaxed);
        }
        if nanos > self.max.load(Ordering::Relaxed) {
            self.max.fetch_max(nanos, Ordering::Relaxed);
        }
    }

    /// What was counted so far. The count is that of the buckets, so the two never disagree.
    pub fn read(&self) -> Histogram {
        let buckets = std::array::from_fn(|index| self.buckets[index].load(Ordering::Relaxed));
        Histogram {
            count: buckets.iter().sum(),
            buckets,
            sum: self.sum.load(Ordering::Relaxed),
            min: self.min.load(Ordering::Relaxed),
            max: self.max.load(Ordering::Relaxed),
        }
    }
}

/// What a histogram gained between two readings: only the buckets that changed, so a second of one route is small.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gain {
    buckets: Box<[(u8, u32)]>,
    sum: u64,
    /// At most; exact when the longest of all falls into this gain.
    max: u64,
}

impl Gain {
    /// What `now` has more than `before`, which is an earlier reading of the same histogram.
    pub fn between(before: &Histogram, now: &Histogram) -> Self {
        // Most histograms of a large program are at rest.
        if before.count == now.count {
            return Self::default();
        }
        let pairs = before.buckets.iter().zip(&now.buckets).zip(0_u8..);
        let gains = pairs.map(|((before, now), index)| {
            let gain = u32::try_from(now.saturating_sub(*before)).unwrap_or(u32::MAX);
            (index, gain)
        });
        let buckets: Box<[_]> = gains.filter(|(_, gain)| *gain > 0).collect();
        let longest = buckets
            .last()
            .map_or(0, |(index, _)| upper_bound(usize::from(*index)));
        Self {
            buckets,
            sum: now.sum.saturating_sub(before.sum),
            max: longest.min(now.max),
        }
    }

    /// How many durations it holds.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, gain)| u64::from(*gain)).sum()
    }

    /// Adds it to `sum`, whose extremes are then those of its buckets.
    pub fn add_to(&self, sum: &mut Histogram) {
        for (index, gain) in &self.buckets {
            sum.buckets[usize::from(*index)] += u64::from(*gain);
        }
        let Some((first, _)) = self.buckets.first() else {
            return;
        };
        let shortest = usize::from(*first).checked_sub(1).map_or(0, upper_bound);
        sum.count += self.count();
        sum.sum = sum.sum.saturating_add(self.sum);
        sum.min = sum.min.min(shortest);
        sum.max = sum.max.max(self.max);
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_recorder_reads_as_the_histogram_of_what_it_was_given() {
        let (recorder, mut histogram) = (Recorder::default(), Histogram::default());
        for times in [1, 7, 7, 4000] {
            recorder.record(MS * times);
            histogram.record(MS * times);
        }
        assert_eq!(recorder.read().summary(), histogram.summary());
        assert_eq!(
            Recorder::default().read().summary(),
            Histogram::default().summary()
        );
    }

    #[test]
    fn the_gains_of_all_seconds_add_up_to_the_whole() {
        let (recorder, mut sum) = (Recorder::default(), Histogram::default());
        let mut before = recorder.read();
        for times in [1, 90, 3, 700] {
            recorder.record(MS * times);
            recorder.record(MS * 2);
            let now = recorder.read();
            Gain::between(&before, &now).add_to(&mut sum);
            before = now;
        }
        let (whole, sum) = (before.summary(), sum.summary());
        assert_eq!(
            (sum.count, sum.mean, sum.p50, sum.max),
            (whole.count, whole.mean, whole.p50, whole.max)
        );
    }

    #[test]
    fn a_second_without_durations_gains_nothing() {
        let recorder = Recorder::default();
        recorder.record(MS);
        let reading = recorder.read();
        assert_eq!(Gain::between(&reading, &reading), Gain::default());
        assert_eq!(Gain::default().count(), 0);
    }

    #[test]
    fn the_longest_of_a_gain_is_not_the_longest_ever() {
        let recorder = Recorder::default();
        recorder.record(MS * 5000);
        let before = recorder.read();
        recorder.record(MS);
        let mut sum = Histogram::default();
        Gain::between(&before, &recorder.read()).add_to(&mut sum);
        assert!(sum.summary().max < MS * 2, "{:?}", sum.summary());
    }
}
