//! All series of one name, and how they are put together.

use std::time::Duration;

use crate::monitor::{
    reading::{Reading, RouteReading},
    subject::{RouteLabels, Subject},
};
use gopool_pool::Histogram;

/// All series of one name.
#[derive(Debug)]
pub(crate) struct Family {
    /// Without the unit, and without a counter's `_total`.
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<Unit>,
    /// All of one kind.
    pub(crate) samples: Vec<(Labels, Value)>,
}

/// What a value is measured in; the end of its family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Bytes,
}

pub(crate) type Labels = Vec<(&'static str, String)>;

/// One sample.
#[derive(Debug)]
pub(crate) enum Value {
    Count(u64),
    /// A counter that is no whole number.
    Sum(f64),
    Gauge(f64),
    Times(Box<Histogram>),
}

/// What the system may leave untold: then there is no sample.
pub(super) fn told(name: &'static str, help: &'static str, value: Option<Value>) -> Family {
    let family = Family::new(name, help);
    match value {
        Some(value) => family.with(Labels::new(), value),
        None => family,
    }
}

pub(super) fn gauge(name: &'static str, help: &'static str, value: f64) -> Family {
    Family::new(name, help).with(Labels::new(), Value::Gauge(value))
}

pub(super) fn count(name: &'static str, help: &'static str, value: u64) -> Family {
    Family::new(name, help).with(Labels::new(), Value::Count(value))
}

impl Family {
    pub(super) fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            unit: None,
            samples: Vec::new(),
        }
    }

    pub(super) fn in_unit(self, unit: Unit) -> Self {
        Self {
            unit: Some(unit),
            ..self
        }
    }

    pub(super) fn with(mut self, labels: Labels, value: Value) -> Self {
        self.samples.push((labels, value));
        self
    }
}

impl RouteLabels {
    pub(super) fn labels(&self) -> Labels {
        vec![
            ("method", self.method.to_owned()),
            ("route", self.route.to_owned()),
        ]
    }

    pub(super) fn labels_and(&self, name: &'static str, value: &str) -> Labels {
        let mut labels = self.labels();
        labels.push((name, value.to_owned()));
        labels
    }
}

pub(super) fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// The rows that have such a part. Series begin with a row's first use, so a program with many idle routes stays small.
pub(super) fn rows<'a, T>(
    subject: &Subject,
    reading: &'a Reading,
    part: impl Fn(&'a RouteReading) -> Option<&'a T>,
) -> Vec<(RouteLabels, &'a T)> {
    let rows = subject.rows().zip(&reading.rows);
    rows.filter_map(|(row, now)| Some((row, part(now)?))).collect()
}

/// One sample for each row.
pub(super) fn each<T>(
    name: &'static str,
    help: &'static str,
    rows: &[(RouteLabels, &T)],
    value: impl Fn(&T) -> Value,
) -> Family {
    let family = Family::new(name, help);
    rows.iter().fold(family, |family, (row, part)| {
        family.with(row.labels(), value(part))
    })
}
