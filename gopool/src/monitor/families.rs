//! The metrics: their names, what they mean, and their samples. Only sums since the start: rates are Prometheus's business.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{
    children::Children,
    health::Health,
    reading::{Reading, RouteReading},
    snapshot::CLASSES,
    subject::{RouteLabels, Subject},
};
use crate::{error::Kind, meter::Requests};
use gopool_pool::{Counters, Histogram, LaneStats, PriorityCounters, Stats};

/// All series of one name.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the unit, and without a counter's `_total`.
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) unit: Option<Unit>,
    /// All of one kind.
    pub(super) samples: Vec<(Labels, Value)>,
}

/// What a value is measured in; the end of its family's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Bytes,
}

pub(super) type Labels = Vec<(&'static str, String)>;

/// One sample.
#[derive(Debug)]
pub(super) enum Value {
    Count(u64),
    /// A counter that is no whole number.
    Sum(f64),
    Gauge(f64),
    Times(Box<Histogram>),
}

/// Everything that the monitor knows as sums since the start, and how it stands now.
pub(super) fn of(subject: &Subject, reading: &Reading, health: Health) -> Vec<Family> {
    let mut families = process(subject, reading, health);
    families.extend(event_loops(reading));
    families.extend(requests(subject, reading));
    if let Some(stats) = &reading.pool {
        families.extend(pool(subject, stats));
        families.extend(tasks(subject, reading));
    }
    families.extend(reading.children.iter().flat_map(processes));
    families
}

/// Those of isolated routes.
fn processes(children: &Children) -> Vec<Family> {
    let stats = &children.stats;
    let states = [
        ("booting", stats.booting),
        ("idle", stats.idle),
        ("busy", stats.busy),
        ("overdue", stats.overdue),
        ("leaving", stats.leaving),
        ("dying", stats.dying),
    ];
    let by_state = Family::new("gopool_processes", "Processes of isolated routes by what they do");
    let by_state = states.into_iter().fold(by_state, |family, (state, count)| {
        family.with(vec![("state", state.to_owned())], Value::Gauge(count as f64))
    });
    let exits = Family::new(
        "gopool_process_exits",
        "Processes of isolated routes that ended, by why",
    );
    let exits = stats
        .exits
        .by_why()
        .into_iter()
        .fold(exits, |family, (why, count)| {
            family.with(vec![("why", why.to_owned())], Value::Count(count))
        });
    // Where one cannot be told, the sum is absent.
    let memory = children.each.iter().map(|child| child.resident_bytes);
    let memory = memory
        .sum::<Option<u64>>()
        .map(|bytes| Value::Gauge(bytes as f64));
    vec![
        by_state,
        gauge(
            "gopool_processes_limit",
            "Most processes that work at once",
            children.max as f64,
        ),
        count(
            "gopool_process_starts",
            "Processes of isolated routes started",
            stats.starts,
        ),
        exits,
        gauge(
            "gopool_process_boot",
            "How long the last one took to be ready",
            seconds(stats.last_boot),
        )
        .in_unit(Unit::Seconds),
        told(
            "gopool_process_resident_memory",
            "Resident memory of all of them",
            memory,
        )
        .in_unit(Unit::Bytes),
        gauge(
            "gopool_process_peak",
            "The most memory that any of them has had",
            stats.peak as f64,
        )
        .in_unit(Unit::Bytes),
    ]
}

fn process(subject: &Subject, reading: &Reading, health: Health) -> Vec<Family> {
    let process = reading.process;
    let build = vec![
        ("name", subject.name.clone()),
        ("version", subject.version.clone()),
        ("gopool_version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let started = subject.started_at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let uptime = SystemTime::now()
        .duration_since(subject.started_at)
        .unwrap_or_default();
    let is_ready = f64::from(u8::from(health.is_ready()));
    vec![
        Family::new("gopool_build_info", "Always 1; the labels say what runs").with(build, Value::Gauge(1.0)),
        gauge(
            "gopool_ready",
            "1 while the process takes requests, 0 while it starts, drains or is stuck",
            is_ready,
        ),
        restarts(subject),
        gauge("gopool_uptime", "Time since the master started", seconds(uptime)).in_unit(Unit::Seconds),
        gauge(
            "process_start_time",
            "When the process started, since the Unix epoch",
            seconds(started),
        )
        .in_unit(Unit::Seconds),
        Family::new("process_cpu", "User and system CPU time")
            .with(Labels::new(), Value::Sum(seconds(process.cpu)))
            .in_unit(Unit::Seconds),
        told(
            "process_resident_memory",
            "Resident memory",
            process.resident_bytes.map(|bytes| Value::Gauge(bytes as f64)),
        )
        .in_unit(Unit::Bytes),
        told(
            "process_open_fds",
            "Open file descriptors",
            process.open_descriptors.map(|open| Value::Gauge(open as f64)),
        ),
        told(
            "process_max_fds",
            "Most file descriptors that may be open",
            process.max_descriptors.map(|most| Value::Gauge(most as f64)),
        ),
        told(
            "gopool_cpu_throttled_periods",
            "Periods in which the quota of the cgroup was used up",
            reading.throttling.map(|sums| Value::Count(sums.periods)),
        ),
        told(
            "gopool_cpu_throttled",
            "How long the quota of the cgroup kept threads from the CPU, all together",
            reading.throttling.map(|sums| Value::Sum(seconds(sums.time))),
        )
        .in_unit(Unit::Seconds),
        count(
            "gopool_log_lines_lost",
            "Log lines that nobody took in time, or that could not be written",
            reading.lost_lines,
        ),
    ]
}

fn restarts(subject: &Subject) -> Family {
    let all = Family::new(
        "gopool_restarts",
        "Masters that the daemon started after its first one, by what led to it",
    );
    let of_cause = |family: Family, (cause, count): (&'static str, u32)| {
        family.with(vec![("cause", cause.to_owned())], Value::Count(u64::from(count)))
    };
    subject.restarts_by_cause.by_cause().fold(all, of_cause)
}

fn event_loops(reading: &Reading) -> [Family; 3] {
    let mut late =
        Family::new("gopool_event_loop_late", "How late an event loop is by now").in_unit(Unit::Seconds);
    let mut lag = Family::new(
        "gopool_event_loop_lag",
        "How late an event loop ran a timer that is due every second",
    )
    .in_unit(Unit::Seconds);
    let mut cut = Family::new(
        "gopool_connections_cut",
        "Connections that were cut off because their client took too little of an answer, or whose handshake failed",
    );
    for (index, event_loop) in reading.loops.iter().enumerate() {
        let labels = || vec![("loop", index.to_string())];
        late = late.with(labels(), Value::Gauge(seconds(event_loop.lag)));
        lag = lag.with(labels(), Value::Times(Box::new(event_loop.lags.clone())));
        let cuts = [
            ("stalled", event_loop.stalled),
            ("slow", event_loop.slow),
            ("memory", event_loop.memory),
            ("handshake", event_loop.handshake),
        ];
        for (why, cuts) in cuts {
            let labels = vec![("loop", index.to_string()), ("why", why.to_owned())];
            cut = cut.with(labels, Value::Count(cuts));
        }
    }
    [late, lag, cut]
}

fn requests(subject: &Subject, reading: &Reading) -> Vec<Family> {
    let rows: Vec<(RouteLabels, &Requests)> = rows(subject, reading, |row| row.requests.as_ref());
    let mut answered = Family::new(
        "gopool_requests",
        "Answered requests by the class of their status",
    );
    let mut problems = Family::new(
        "gopool_problems",
        "Requests that gopool itself refused or failed, by the problem's type",
    );
    for (row, requests) in &rows {
        for (class, count) in CLASSES.iter().zip(requests.answered).skip(1) {
            answered = answered.with(row.labels_and("class", class), Value::Count(count));
        }
        let failures = Kind::ALL.iter().zip(requests.failures);
        for (kind, count) in failures.filter(|(_, count)| *count > 0) {
            problems = problems.with(row.labels_and("problem", kind.slug()), Value::Count(count));
        }
    }
    vec![
        answered,
        problems,
        each(
            "gopool_requests_abandoned",
            "Requests whose client left before the answer",
            &rows,
            |requests| Value::Count(requests.abandoned),
        ),
        each(
            "gopool_requests_in_flight",
            "Requests being served",
            &rows,
            |requests| Value::Gauge(requests.in_flight as f64),
        ),
        each(
            "gopool_request",
            "From the arrival of a request to its answer",
            &rows,
            |requests| Value::Times(Box::new(requests.time.clone())),
        )
        .in_unit(Unit::Seconds),
        bodies(&rows),
    ]
}

/// Of those routes that ever had one.
fn bodies(rows: &[(RouteLabels, &Requests)]) -> Family {
    let rows: Vec<_> = rows
        .iter()
        .filter_map(|(row, requests)| Some((*row, requests.bodies.as_deref()?)))
        .collect();
    let family = each(
        "gopool_body",
        "From the head of a request to the end of its body, of those that arrived as a whole",
        &rows,
        |bodies| Value::Times(Box::new(bodies.clone())),
    );
    family.in_unit(Unit::Seconds)
}

fn pool(subject: &Subject, stats: &Stats) -> Vec<Family> {
    let (limits, threads) = (subject.limits, stats.threads);
    let states = [
        ("starting", threads.starting),
        ("idle", threads.idle),
        ("busy", threads.busy),
        ("overdue", threads.overdue),
        ("stalled", threads.stalled),
        ("lent", threads.lent),
    ];
    let by_state = Family::new("gopool_threads", "Threads of the pool by what they do");
    let by_state = states.into_iter().fold(by_state, |family, (state, count)| {
        family.with(vec![("state", state.to_owned())], Value::Gauge(count as f64))
    });
    vec![
        by_state,
        gauge(
            "gopool_threads_limit",
            "Most threads, overdue ones not counted",
            limits.max_threads as f64,
        ),
        gauge(
            "gopool_threads_width",
            "Threads that may run a task at once now",
            threads.width as f64,
        ),
        count("gopool_threads_started", "Threads started", threads.started),
        count("gopool_threads_ended", "Threads ended", threads.ended),
        Family::new("gopool_threads_busy", "How long threads were busy, all together")
            .with(Labels::new(), Value::Sum(seconds(stats.busy_time)))
            .in_unit(Unit::Seconds),
        gauge(
            "gopool_queue_length",
            "Waiting tasks",
            stats.counters.queued as f64,
        ),
        gauge(
            "gopool_queue_limit",
            "Most waiting tasks",
            limits.max_queue as f64,
        ),
        gauge(
            "gopool_estimated_wait",
            "How long the tasks that wait now will take",
            seconds(stats.estimated_wait()),
        )
        .in_unit(Unit::Seconds),
    ]
}

fn tasks(subject: &Subject, reading: &Reading) -> Vec<Family> {
    let rows: Vec<(RouteLabels, &LaneStats)> = rows(subject, reading, |row| row.lane.as_ref());
    let mut tasks = Family::new("gopool_tasks", "Tasks by what became of them");
    for (row, lane) in &rows {
        for (outcome, count) in outcomes(&lane.counters) {
            tasks = tasks.with(row.labels_and("outcome", outcome), Value::Count(count));
        }
    }
    let mut families = by_priority(&rows);
    families.extend([
        tasks,
        each(
            "gopool_tasks_lent",
            "Tasks started beside far longer ones although all threads ran",
            &rows,
            |lane| Value::Count(lane.lent),
        ),
        each(
            "gopool_lane_weight",
            "The part of the CPU time, beside that of others that wait",
            &rows,
            |lane| Value::Gauge(lane.weight as f64),
        ),
        each(
            "gopool_tasks_submitted",
            "All tasks ever given to the pool",
            &rows,
            |lane| Value::Count(lane.counters.submitted),
        ),
        each("gopool_tasks_queued", "Tasks that wait", &rows, |lane| {
            Value::Gauge(lane.counters.queued as f64)
        }),
        each(
            "gopool_tasks_running",
            "Tasks that run and whose caller waits",
            &rows,
            |lane| Value::Gauge(lane.counters.running as f64),
        ),
        each(
            "gopool_overdue_threads",
            "Threads that run a task past its timeout",
            &rows,
            |lane| Value::Gauge(lane.overdue as f64),
        ),
        each(
            "gopool_queue_wait",
            "From the submission of a task to its start",
            &rows,
            |lane| Value::Times(Box::new(lane.wait.clone())),
        )
        .in_unit(Unit::Seconds),
        each(
            "gopool_run",
            "From the start of a task to its end",
            &rows,
            |lane| Value::Times(Box::new(lane.run.clone())),
        )
        .in_unit(Unit::Seconds),
    ]);
    families
}

/// One of the counts of a priority.
type Part = fn(PriorityCounters) -> u64;

/// Of those that ever came.
fn by_priority(rows: &[(RouteLabels, &LaneStats)]) -> Vec<Family> {
    let parts: [(&str, &str, Part); 3] = [
        (
            "gopool_priority_submitted",
            "All tasks ever given to the pool, by priority",
            |of| of.submitted,
        ),
        ("gopool_priority_refused", "Tasks refused when they came", |of| {
            of.refused
        }),
        (
            "gopool_priority_displaced",
            "Tasks refused after they had waited",
            |of| of.displaced,
        ),
    ];
    let family = |(name, help, part): (_, _, Part)| {
        let used = rows.iter().flat_map(|(row, lane)| {
            let used = lane
                .priorities
                .iter()
                .filter(|(_, counters)| counters.submitted > 0);
            used.map(move |(priority, counters)| (row, priority, *counters))
        });
        used.fold(Family::new(name, help), |family, (row, priority, counters)| {
            family.with(
                row.labels_and("priority", priority.as_str()),
                Value::Count(part(counters)),
            )
        })
    };
    parts.map(family).into()
}

fn outcomes(counters: &Counters) -> [(&'static str, u64); 7] {
    [
        ("completed", counters.completed),
        ("failed", counters.failed),
        ("panicked", counters.panicked),
        ("cancelled", counters.cancelled),
        ("rejected", counters.rejected),
        ("queue_timeout", counters.queue_timeouts),
        ("timeout", counters.timeouts),
    ]
}

/// The rows that have such a part. Series begin with a row's first use, so a program with many idle routes stays small.
fn rows<'a, T>(
    subject: &Subject,
    reading: &'a Reading,
    part: impl Fn(&'a RouteReading) -> Option<&'a T>,
) -> Vec<(RouteLabels, &'a T)> {
    let rows = subject.rows().zip(&reading.rows);
    rows.filter_map(|(row, now)| Some((row, part(now)?))).collect()
}

/// One sample for each row.
fn each<T>(
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

/// What the system may leave untold: then there is no sample.
fn told(name: &'static str, help: &'static str, value: Option<Value>) -> Family {
    let family = Family::new(name, help);
    match value {
        Some(value) => family.with(Labels::new(), value),
        None => family,
    }
}

fn gauge(name: &'static str, help: &'static str, value: f64) -> Family {
    Family::new(name, help).with(Labels::new(), Value::Gauge(value))
}

fn count(name: &'static str, help: &'static str, value: u64) -> Family {
    Family::new(name, help).with(Labels::new(), Value::Count(value))
}

impl Family {
    fn new(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            help,
            unit: None,
            samples: Vec::new(),
        }
    }

    fn in_unit(self, unit: Unit) -> Self {
        Self {
            unit: Some(unit),
            ..self
        }
    }

    fn with(mut self, labels: Labels, value: Value) -> Self {
        self.samples.push((labels, value));
        self
    }
}

impl RouteLabels {
    fn labels(&self) -> Labels {
        vec![
            ("method", self.method.to_owned()),
            ("route", self.route.to_owned()),
        ]
    }

    fn labels_and(&self, name: &'static str, value: &str) -> Labels {
        let mut labels = self.labels();
        labels.push((name, value.to_owned()));
        labels
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}
