//! `/metrics`: all counts in the text format of Prometheus or of OpenMetrics.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use super::families::{Family, Labels, Unit, Value};
use gopool_pool::Histogram;

/// Where the buckets of all histograms end, in seconds. Finer buckets inside are counted whole: what `le` cuts counts as longer.
const BOUNDS: [f64; 18] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
    30.0, 60.0,
];

/// A text format that a scraper may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
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

    /// All families as text. One without a sample would be a header that says nothing, and is left out.
    pub(super) fn text(self, families: &[Family]) -> String {
        let mut text = String::new();
        for family in families.iter().filter(|family| !family.samples.is_empty()) {
            self.write_header(&mut text, family);
            write_samples(&mut text, family);
        }
        if self == Self::OpenMetrics {
            text += "# EOF\n";
        }
        text
    }

    /// OpenMetrics names a counter's family without `_total` and tells units; the older format does neither.
    fn write_header(self, text: &mut String, family: &Family) {
        let (name, kind) = (full_name(family), kind(family));
        let suffix = if self == Self::Prometheus && kind == "counter" {
            "_total"
        } else {
            ""
        };
        put(text, format_args!("# HELP {name}{suffix} {}\n", family.help));
        put(text, format_args!("# TYPE {name}{suffix} {kind}\n"));
        if let (Self::OpenMetrics, Some(unit)) = (self, family.unit) {
            put(text, format_args!("# UNIT {name} {}\n", unit.name()));
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
        }
    }
}

fn full_name(family: &Family) -> String {
    match family.unit {
        Some(unit) => format!("{}_{}", family.name, unit.name()),
        None => family.name.to_owned(),
    }
}

/// All samples of a family are of one kind.
fn kind(family: &Family) -> &'static str {
    match family.samples.first() {
        Some((_, Value::Count(_) | Value::Sum(_))) => "counter",
        Some((_, Value::Times(_))) => "histogram",
        Some((_, Value::Gauge(_))) | None => "gauge",
    }
}

fn write_samples(text: &mut String, family: &Family) {
    let name = full_name(family);
    for (labels, value) in &family.samples {
        let labels = labels_text(labels);
        match value {
            Value::Count(count) => sample(text, &name, "_total", &labels, count),
            Value::Sum(sum) => sample(text, &name, "_total", &labels, &Number(*sum)),
            Value::Gauge(value) => sample(text, &name, "", &labels, &Number(*value)),
            Value::Times(times) => write_histogram(text, &name, &labels, times),
        }
    }
}

fn write_histogram(text: &mut String, name: &str, labels: &str, times: &Histogram) {
    sample(text, name, "_sum", labels, &Number(times.sum().as_secs_f64()));
    sample(text, name, "_count", labels, &times.count());
    let mut bucket = |bound: &dyn fmt::Display, at_most: u64| {
        let comma = if labels.is_empty() { "" } else { "," };
        let labels = format!("le=\"{bound}\"{comma}{labels}");
        sample(text, name, "_bucket", &labels, &at_most);
    };
    for bound in BOUNDS {
        bucket(&Number(bound), times.at_most(Duration::from_secs_f64(bound)));
    }
    bucket(&"+Inf", times.count());
}

fn sample(text: &mut String, name: &str, suffix: &str, labels: &str, value: &dyn fmt::Display) {
    match labels {
        "" => put(text, format_args!("{name}{suffix} {value}\n")),
        labels => put(text, format_args!("{name}{suffix}{{{labels}}} {value}\n")),
    }
}

fn labels_text(labels: &Labels) -> String {
    let pairs = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    pairs.collect::<Vec<_>>().join(",")
}

/// A label's value between its quotation marks.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn put(text: &mut String, what: fmt::Arguments<'_>) {
    // Writing to memory does not fail.
    let _ = text.write_fmt(what);
}

/// A number that is seen to be no count, as in `2.0`.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_whole = self.0.fract() == 0.0;
        write!(f, "{}{}", self.0, if is_whole { ".0" } else { "" })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
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
        let text = Format::OpenMetrics.text(&families());
        assert!(text.contains("# TYPE x_requests counter\n"), "{text}");
        assert!(text.contains("x_requests_total{route=\"/a/{id}\"} 7\n"), "{text}");
        assert!(text.contains("# UNIT x_run_seconds seconds\n"), "{text}");
        assert!(text.ends_with("# EOF\n") && !text.contains("x_empty"), "{text}");
    }

    #[test]
    fn the_older_format_names_a_counter_as_its_samples_are_named() {
        let text = Format::Prometheus.text(&families());
        assert!(
            text.contains("# HELP x_requests_total What it is\n# TYPE x_requests_total counter\n"),
            "{text}"
        );
        assert!(text.contains("# TYPE x_run_seconds histogram\n"), "{text}");
        assert!(!text.contains("# UNIT") && !text.contains("# EOF"), "{text}");
    }

    #[test]
    fn buckets_are_cumulative_and_the_last_holds_all() {
        let text = Format::Prometheus.text(&families());
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

    #[test]
    fn what_a_label_holds_cannot_end_it() {
        let family = Family {
            name: "x",
            help: "What it is",
            unit: None,
            samples: vec![(vec![("route", "a\"b\\c\nd".to_owned())], Value::Gauge(0.000_012))],
        };
        let text = Format::Prometheus.text(&[family]);
        assert!(
            text.ends_with("x{route=\"a\\\"b\\\\c\\nd\"} 0.000012\n"),
            "{text}"
        );
    }
}
