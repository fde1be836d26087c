//! What a histogram gained between two readings.

use crate::measure::histogram::{Histogram, upper_bound};

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
    use crate::measure::Recorder;
    use std::time::Duration;

    const MS: Duration = Duration::from_millis(1);

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
