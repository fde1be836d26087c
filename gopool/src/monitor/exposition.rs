//! `/metrics`: all counts in the text format of Prometheus or of OpenMetrics.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    metrics::MetricType,
    registry::Registry,
};

use super::families::{Family, Labels, Value};
use gopool_pool::Histogram;

/// Where the buckets of all histograms end, in seconds. Finer buckets inside are counted whole: what `le` cuts counts as longer.
const BOUNDS: [f64; 18] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0,
];

/// A text format that a scraper may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Prometheus,
    OpenMetrics,
}

impl Format {
    /// The format that a client with this `Accept` header gets.
    pub(super) fn of(accept: Option<&str>) -> Self {
        // What a client that takes both prefers makes no difference to it: the two say the same.
        if accept.is_some_and(|accept| accept.contains("application/openmetrics-text")) {
            Self::OpenMetrics
        } else {
            Self::Prometheus
        }
    }

    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// All families as text.
    ///
    /// # Errors
    /// None that we know of: writing to memory does not fail.
    pub(super) fn write(self, families: Vec<Family>) -> Result<String, fmt::Error> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Families(families)));
        let mut open_metrics = String::new();
        text::encode(&mut open_metrics, &registry)?;
        Ok(match self {
            Self::OpenMetrics => open_metrics,
            Self::Prometheus => as_prometheus(&open_metrics),
        })
    }
}

#[derive(Debug)]
struct Families(Vec<Family>);

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        // A family without a sample would be a header that says nothing.
        for family in self.0.iter().filter(|family| !family.samples.is_empty()) {
            let kind = match family.samples[0].1 {
                Value::Count(_) | Value::Sum(_) => MetricType::Counter,
                Value::Gauge(_) => MetricType::Gauge,
                Value::Times(_) => MetricType::Histogram,
            };
            let mut metric =
                encoder.encode_descriptor(family.name, family.help, family.unit.as_ref(), kind)?;
            for (labels, value) in &family.samples {
                encode(&mut metric, labels, value)?;
            }
        }
        Ok(())
    }
}

fn encode(metric: &mut MetricEncoder<'_>, labels: &Labels, value: &Value) -> fmt::Result {
    if labels.is_empty() {
        return encode_value(metric, value);
    }
    encode_value(&mut metric.encode_family(labels)?, value)
}

fn encode_value(metric: &mut MetricEncoder<'_>, value: &Value) -> fmt::Result {
    match value {
        Value::Count(count) => metric.encode_counter::<NoLabelSet, _, u64>(count, None),
        Value::Sum(sum) => metric.encode_counter::<NoLabelSet, _, f64>(sum, None),
        Value::Gauge(value) => metric.encode_gauge(value),
        Value::Times(times) => {
            let buckets = buckets(times);
            metric.encode_histogram::<NoLabelSet>(times.sum().as_secs_f64(), times.count(), &buckets, None)
        }
    }
}

/// How many durations fall between each bound and the one before; the last bucket takes the rest.
fn buckets(times: &Histogram) -> Vec<(f64, u64)> {
    let mut below = 0;
    let mut bucket = |bound: f64, so_far: u64| {
        let count = so_far.saturating_sub(below);
        below = so_far;
        (bound, count)
    };
    let mut buckets: Vec<_> = BOUNDS
        .iter()
        .map(|bound| bucket(*bound, times.at_most(std::time::Duration::from_secs_f64(*bound))))
        .collect();
    buckets.push(bucket(f64::INFINITY, times.count()));
    buckets
}

/// OpenMetrics names a counter's family without `_total`, tells units and ends with a mark; the older format does none of it.
fn as_prometheus(open_metrics: &str) -> String {
    let type_of = |line: &'_ str| {
        line.strip_prefix("# TYPE ")?
            .strip_suffix(" counter")
            .map(str::to_owned)
    };
    let counters: std::collections::HashSet<String> = open_metrics.lines().filter_map(type_of).collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics
        .lines()
        .filter(|line| *line != "# EOF" && !line.starts_with("# UNIT "))
    {
        let header = line
            .strip_prefix("# HELP ")
            .or_else(|| line.strip_prefix("# TYPE "));
        match header.and_then(|header| header.split_once(' ')) {
            Some((name, rest)) if counters.contains(name) => {
                text.push_str(&line[..7]);
                text.push_str(name);
                text.push_str("_total ");
                text.push_str(rest);
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::time::Duration;

    use prometheus_client::registry::Unit;

    use super::*;

    fn families() -> Vec<Family> {
        let mut times = Histogram::default();
        for millis in [1, 20, 20, 90_000] {
            times.record(Duration::from_millis(millis));
        }
        let route = || vec![("route", "/a/{id}".to_owned())];
        let family = |name, unit, value| Family {
            name,
            help: "What it is",
            unit,
            samples: vec![(route(), value)],
        };
        vec![
            family("x_requests", None, Value::Count(7)),
            family("x_run", Some(Unit::Seconds), Value::Times(Box::new(times))),
            Family {
                name: "x_empty",
                help: "Nothing",
                unit: None,
                samples: Vec::new(),
            },
        ]
    }

    #[test]
    fn open_metrics_names_units_and_ends_with_its_mark() {
        let text = Format::OpenMetrics.write(families()).unwrap();
        assert!(text.contains("# TYPE x_requests counter\n"), "{text}");
        assert!(text.contains("x_requests_total{route=\"/a/{id}\"} 7\n"), "{text}");
        assert!(text.contains("# UNIT x_run_seconds seconds\n"), "{text}");
        assert!(text.ends_with("# EOF\n") && !text.contains("x_empty"), "{text}");
    }

    #[test]
    fn the_older_format_names_a_counter_as_its_samples_are_named() {
        let text = Format::Prometheus.write(families()).unwrap();
        assert!(
            text.contains("# HELP x_requests_total What it is\n# TYPE x_requests_total counter\n"),
            "{text}"
        );
        assert!(text.contains("# TYPE x_run_seconds histogram\n"), "{text}");
        assert!(!text.contains("# UNIT") && !text.contains("# EOF"), "{text}");
    }

    #[test]
    fn buckets_are_cumulative_and_the_last_holds_all() {
        let text = Format::Prometheus.write(families()).unwrap();
        for (bound, count) in [
            ("0.0005", 0),
            ("0.0025", 1),
            ("0.025", 3),
            ("60.0", 3),
            ("+Inf", 4),
        ] {
            let line = format!("x_run_seconds_bucket{{le=\"{bound}\",route=\"/a/{{id}}\"}} {count}\n");
            assert!(text.contains(&line), "no {line} in {text}");
        }
        assert!(
            text.contains("x_run_seconds_count{route=\"/a/{id}\"} 4\n"),
            "{text}"
        );
    }

    #[test]
    fn the_format_follows_the_accept_header() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2";
        assert_eq!(Format::of(Some(prometheus)), Format::OpenMetrics);
        assert_eq!(Format::of(Some("text/html,*/*")), Format::Prometheus);
        assert_eq!(Format::of(None), Format::Prometheus);
    }
}
