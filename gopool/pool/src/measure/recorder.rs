//! A histogram that is filled without a lock.

use crate::{
    measure::histogram::{BUCKETS, Histogram, bucket},
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
}
