//! What one server showed in one round.

use std::collections::BTreeMap;

use crate::bootstrap::{self, Interval};

pub(crate) const RATE: &str = "requests/s";
pub(crate) const P50: &str = "p50 ms";
pub(crate) const P99: &str = "p99 ms";
pub(crate) const P999: &str = "p99.9 ms";
pub(crate) const SERVER_CPU: &str = "server CPU %";
pub(crate) const GENERATOR_CPU: &str = "generator CPU %";
pub(crate) const SERVER_CPU_EACH: &str = "server CPU us/request";
pub(crate) const GENERATOR_CPU_EACH: &str = "generator CPU us/request";
pub(crate) const MEMORY: &str = "memory MB";
/// Of all the server's processes. Within a load none leaves, so it is also the most there were.
pub(crate) const THREADS: &str = "threads";
/// What was reached of what the cores can do.
pub(crate) const SHARE: &str = "share of capacity";

/// Figures by name; the name ends in the unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample(BTreeMap<&'static str, f64>);

impl Sample {
    pub(crate) fn with(mut self, name: &'static str, value: f64) -> Self {
        self.0.insert(name, value);
        self
    }

    /// Leaves out what there is nothing to say of.
    pub(crate) fn with_some(self, name: &'static str, value: Option<f64>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}

/// What all servers showed in one round, by their labels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Round(BTreeMap<String, Sample>);

impl Round {
    pub(crate) fn insert(&mut self, label: &str, sample: Sample) {
        self.0.insert(label.to_owned(), sample);
    }

    pub(crate) fn sample(&self, label: &str) -> Option<&Sample> {
        self.0.get(label)
    }

    pub(crate) fn get(&self, label: &str, name: &str) -> Option<f64> {
        self.sample(label)?.get(name)
    }

    /// One server's figure over another's, of the same round: the machine's own mood cancels out.
    pub(crate) fn ratio(&self, name: &str, one: &str, other: &str) -> Option<f64> {
        let ratio = self.get(one, name)? / self.get(other, name)?;
        ratio.is_finite().then_some(ratio)
    }
}

/// The middle and the ends of several rounds, and where the true middle lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
    /// Absent for too few rounds.
    pub(crate) interval: Option<Interval>,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (&least, &most) = (values.first()?, values.last()?);
        Some(Self {
            least,
            median: median_of_sorted(&values)?,
            most,
            interval: bootstrap::interval(&values),
        })
    }
}

/// Between the middle two when their number is even.
pub(crate) fn median_of_sorted(values: &[f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    Some(values[last / 2].midpoint(values[values.len() / 2]))
}

/// A number of things, as a figure.
#[allow(clippy::cast_precision_loss, reason = "nobody counts to 2^53 here")]
pub(crate) fn count(things: usize) -> f64 {
    things as f64
}

/// A number as a person reads it: three digits that count.
pub(crate) fn readable(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_rounds_lies_between_the_middle_two() {
        let spread = Spread::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 2.5, 4.0));
        assert!(Spread::of([]).is_none());
    }

    #[test]
    fn a_ratio_needs_both_servers() {
        let mut round = Round::default();
        round.insert("a", Sample::default().with(RATE, 3.0));
        assert_eq!(round.ratio(RATE, "a", "b"), None);
        round.insert("b", Sample::default().with(RATE, 2.0));
        assert_eq!(round.ratio(RATE, "a", "b"), Some(1.5));
    }
}
