//! `/info`: the schema, and how it is filled. Names carry their units; times are seconds, sizes bytes.
//!
//! The schema is documented in `docs/operating.md`. A field may be added at any time; a field that is removed, renamed or
//! changes its meaning raises [`SCHEMA`].

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;

use super::{
    Health, Monitor,
    history::{History, KEPT, Second, WINDOWS, Window, Windows, ratio},
    process::Process,
    reading::Reading,
    subject::OptionInForce,
};
use crate::{error::Kind, meter::Requests};
use gopool_daemon::Exit;
use gopool_pool::{Counters, Histogram, Stats};

/// The version of the schema.
pub(super) const SCHEMA: u32 = 1;
/// How many seconds of its rate a route shows.
const SPARK: usize = 60;

/// Everything, at one instant.
#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    schema: u32,
    name: String,
    version: String,
    gopool_version: &'static str,
    pid: u32,
    now_unix_seconds: f64,
    started_unix_seconds: f64,
    uptime_seconds: f64,
    restarts: u32,
    health: HealthInfo,
    process: ProcessInfo,
    event_loops: Vec<LoopInfo>,
    /// Absent in a program on one thread.
    pool: Option<PoolInfo>,
    requests: RequestInfo,
    routes: Vec<RouteInfo>,
    history: HistoryInfo,
    exits: Vec<ExitInfo>,
    options: Vec<OptionInForce>,
}

#[derive(Debug, Serialize)]
struct HealthInfo {
    state: Health,
    is_live: bool,
    is_ready: bool,
}

#[derive(Debug, Serialize)]
struct ProcessInfo {
    cpu_seconds: f64,
    /// Cores in use over the last 10 s.
    cpu_cores: f64,
    resident_bytes: u64,
    open_descriptors: u64,
    max_descriptors: u64,
}

#[derive(Debug, Serialize)]
struct LoopInfo {
    lag_seconds: f64,
    windows: BTreeMap<&'static str, Times>,
}

#[derive(Debug, Serialize)]
struct PoolInfo {
    threads: ThreadInfo,
    queue: QueueInfo,
    /// The share of `max` threads that was busy, from 0 to 1.
    utilisation: UtilisationInfo,
    tasks: TaskInfo,
    is_stuck: bool,
}

#[derive(Debug, Serialize)]
struct ThreadInfo {
    starting: usize,
    idle: usize,
    busy: usize,
    overdue: usize,
    width: usize,
    min: usize,
    max: usize,
    max_overdue: usize,
    started_total: u64,
    ended_total: u64,
    busy_seconds_total: f64,
}

#[derive(Debug, Serialize)]
struct QueueInfo {
    length: u64,
    limit: usize,
    estimated_wait_seconds: f64,
}

#[derive(Debug, Serialize)]
struct UtilisationInfo {
    #[serde(rename = "1s")]
    one: f64,
    #[serde(rename = "10s")]
    ten: f64,
    #[serde(rename = "60s")]
    sixty: f64,
}

/// Tasks of the pool. `submitted` is the sum of all others.
#[derive(Debug, Serialize)]
struct TaskInfo {
    submitted: u64,
    completed: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    rejected: u64,
    queue_timeouts: u64,
    timeouts: u64,
    queued: u64,
    running: u64,
}

/// Requests of one route, or of all.
#[derive(Debug, Default, Serialize)]
struct RequestInfo {
    answered_total: u64,
    by_class: BTreeMap<&'static str, u64>,
    abandoned_total: u64,
    in_flight: u64,
    /// Problems that gopool itself answered with, by the end of their `type`; only those that occurred.
    problems: BTreeMap<&'static str, u64>,
    /// Absent until the route's first request.
    windows: Option<BTreeMap<&'static str, WindowInfo>>,
}

#[derive(Debug, Serialize)]
struct RouteInfo {
    method: &'static str,
    route: &'static str,
    runs: &'static str,
    requests: RequestInfo,
    /// Absent for a route that has never used the pool.
    tasks: Option<TaskInfo>,
    overdue_threads: usize,
    /// Answers in each of the last 60 s, oldest first.
    rate_history_per_second: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct WindowInfo {
    rate_per_second: f64,
    errors_per_second: f64,
    /// From arrival to answer.
    request: Times,
    /// In the pool's queue.
    wait: Times,
    /// On a thread of the pool.
    run: Times,
}

/// Absent values mean that nothing was measured.
#[derive(Debug, Serialize)]
struct Times {
    p50_seconds: Option<f64>,
    p90_seconds: Option<f64>,
    p99_seconds: Option<f64>,
    max_seconds: Option<f64>,
}

/// The last five minutes, a second each, oldest first.
#[derive(Debug, Default, Serialize)]
struct HistoryInfo {
    requests_per_second: Vec<f64>,
    errors_per_second: Vec<f64>,
    rejected_per_second: Vec<f64>,
    timed_out_per_second: Vec<f64>,
    wait_p50_seconds: Vec<f64>,
    wait_p99_seconds: Vec<f64>,
    run_p50_seconds: Vec<f64>,
    run_p99_seconds: Vec<f64>,
    threads_idle: Vec<usize>,
    threads_busy: Vec<usize>,
    threads_overdue: Vec<usize>,
    queue_length: Vec<u64>,
    cpu_cores: Vec<f64>,
    resident_bytes: Vec<u64>,
    event_loop_lag_seconds: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct ExitInfo {
    at_unix_seconds: f64,
    how: String,
    reason: String,
    uptime_seconds: f64,
}

impl Snapshot {
    /// As text. Every value here has a JSON form, so the empty fallback is never taken.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What `reading` and `history` say.
pub(super) fn of(monitor: &Monitor, history: &History, reading: &Reading, health: Health) -> Snapshot {
    let (subject, windows) = (&monitor.subject, history.windows());
    Snapshot {
        schema: SCHEMA,
        name: subject.name.clone(),
        version: subject.version.clone(),
        gopool_version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        now_unix_seconds: unix_seconds(SystemTime::now()),
        started_unix_seconds: unix_seconds(monitor.started_at),
        uptime_seconds: seconds(reading.at.saturating_duration_since(monitor.started)),
        restarts: subject.restarts,
        health: HealthInfo {
            state: health,
            is_live: true,
            is_ready: health.is_ready(),
        },
        process: process(reading.process, history),
        event_loops: event_loops(reading, &windows),
        pool: reading.pool.as_ref().map(|stats| pool(monitor, stats, history)),
        requests: all_requests(reading, &windows),
        routes: routes(monitor, reading, history, &windows),
        history: HistoryInfo::of(history),
        exits: subject.exits.iter().map(ExitInfo::of).collect(),
        options: subject.options.clone(),
    }
}

fn process(process: Process, history: &History) -> ProcessInfo {
    ProcessInfo {
        cpu_seconds: seconds(process.cpu),
        cpu_cores: rounded(history.cores(10)),
        resident_bytes: process.resident_bytes,
        open_descriptors: process.open_descriptors,
        max_descriptors: process.max_descriptors,
    }
}

fn event_loops(reading: &Reading, windows: &Windows) -> Vec<LoopInfo> {
    let pairs = reading.loops.iter().zip(&windows.lags);
    pairs
        .map(|(now, lags)| LoopInfo {
            lag_seconds: seconds(now.lag),
            windows: named(lags.each_ref().map(Times::of)),
        })
        .collect()
}

fn pool(monitor: &Monitor, stats: &Stats, history: &History) -> PoolInfo {
    let (limits, threads) = (monitor.subject.limits, stats.threads);
    let utilisation = |over| rounded(history.utilisation(over, limits.max_threads));
    PoolInfo {
        threads: ThreadInfo {
            starting: threads.starting,
            idle: threads.idle,
            busy: threads.busy,
            overdue: threads.overdue,
            width: threads.width,
            min: limits.min_threads,
            max: limits.max_threads,
            max_overdue: limits.max_overdue,
            started_total: threads.started,
            ended_total: threads.ended,
            busy_seconds_total: seconds(stats.busy_time),
        },
        queue: QueueInfo {
            length: stats.counters.queued,
            limit: limits.max_queue,
            estimated_wait_seconds: seconds(stats.estimated_wait()),
        },
        utilisation: UtilisationInfo {
            one: utilisation(1),
            ten: utilisation(10),
            sixty: utilisation(60),
        },
        tasks: TaskInfo::of(&stats.counters),
        is_stuck: stats.is_stuck(),
    }
}

fn all_requests(reading: &Reading, windows: &Windows) -> RequestInfo {
    let requests = reading.rows.iter().filter_map(|row| row.requests.clone());
    let all = requests.reduce(Requests::and).unwrap_or_default();
    RequestInfo::of(&all, Some(windows_info(&windows.all, windows)))
}

fn routes(monitor: &Monitor, reading: &Reading, history: &History, windows: &Windows) -> Vec<RouteInfo> {
    let silent = Default::default();
    let rows = monitor.subject.rows().zip(&reading.rows).enumerate();
    let info = rows
        .filter(|(_, (row, now))| row.is_route() || now.is_used())
        .map(|(index, (row, now))| {
            let windows_of_row = windows.rows.get(&index).unwrap_or(&silent);
            let rates = history.last(SPARK).map(|second| {
                let answers = second.work(index).map_or(0, |work| work.answers);
                rounded(second.rate(answers))
            });
            let requests = now.requests.clone().unwrap_or_default();
            let windows = now.is_used().then(|| windows_info(windows_of_row, windows));
            RouteInfo {
                method: row.method,
                route: row.route,
                runs: row.runs,
                requests: RequestInfo::of(&requests, windows),
                tasks: now.lane.as_ref().map(|lane| TaskInfo::of(&lane.counters)),
                overdue_threads: now.lane.as_ref().map_or(0, |lane| lane.overdue),
                rate_history_per_second: if now.is_used() {
                    rates.collect()
                } else {
                    Vec::new()
                },
            }
        });
    info.collect()
}

impl RequestInfo {
    fn of(requests: &Requests, windows: Option<BTreeMap<&'static str, WindowInfo>>) -> Self {
        let problems = Kind::ALL.iter().map(|kind| kind.slug()).zip(requests.failures);
        Self {
            answered_total: requests.answers(),
            by_class: CLASSES.into_iter().zip(requests.answered).collect(),
            abandoned_total: requests.abandoned,
            in_flight: requests.in_flight,
            problems: problems.filter(|(_, count)| *count > 0).collect(),
            windows,
        }
    }
}

/// How the classes of statuses are called.
pub(super) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

impl TaskInfo {
    fn of(counters: &Counters) -> Self {
        Self {
            submitted: counters.submitted,
            completed: counters.completed,
            failed: counters.failed,
            panicked: counters.panicked,
            cancelled: counters.cancelled,
            rejected: counters.rejected,
            queue_timeouts: counters.queue_timeouts,
            timeouts: counters.timeouts,
            queued: counters.queued,
            running: counters.running,
        }
    }
}

fn windows_info(of: &[Window; 3], windows: &Windows) -> BTreeMap<&'static str, WindowInfo> {
    let lengths = windows.lengths.iter().map(Duration::as_secs_f64);
    let info = of.iter().zip(lengths).map(|(window, length)| WindowInfo {
        rate_per_second: rounded(ratio(window.answers as f64, length)),
        errors_per_second: rounded(ratio(window.errors as f64, length)),
        request: Times::of(&window.time),
        wait: Times::of(&window.wait),
        run: Times::of(&window.run),
    });
    named(info)
}

fn named<T>(of_windows: impl IntoIterator<Item = T>) -> BTreeMap<&'static str, T> {
    WINDOWS.iter().map(|(name, _)| *name).zip(of_windows).collect()
}

impl Times {
    fn of(histogram: &Histogram) -> Self {
        let some = |value: Duration| (histogram.count() > 0).then(|| seconds(value));
        Self {
            p50_seconds: some(histogram.quantile(0.5)),
            p90_seconds: some(histogram.quantile(0.9)),
            p99_seconds: some(histogram.quantile(0.99)),
            max_seconds: some(histogram.summary().max),
        }
    }
}

impl HistoryInfo {
    fn of(history: &History) -> Self {
        let mut info = Self::default();
        history.last(KEPT).for_each(|second| info.add(second));
        info
    }

    fn add(&mut self, second: &Second) {
        let sum = second.sum();
        let rate = |count| rounded(second.rate(count));
        self.requests_per_second.push(rate(sum.answers));
        self.errors_per_second.push(rate(sum.errors));
        self.rejected_per_second.push(rate(second.rejected));
        self.timed_out_per_second.push(rate(second.timed_out));
        self.wait_p50_seconds.push(seconds(sum.wait.quantile(0.5)));
        self.wait_p99_seconds.push(seconds(sum.wait.quantile(0.99)));
        self.run_p50_seconds.push(seconds(sum.run.quantile(0.5)));
        self.run_p99_seconds.push(seconds(sum.run.quantile(0.99)));
        self.threads_idle.push(second.idle_threads);
        self.threads_busy.push(second.busy_threads);
        self.threads_overdue.push(second.overdue_threads);
        self.queue_length.push(second.queued);
        self.cpu_cores.push(rounded(ratio(
            second.cpu.as_secs_f64(),
            second.length.as_secs_f64(),
        )));
        self.resident_bytes.push(second.resident_bytes);
        self.event_loop_lag_seconds.push(seconds(second.lag));
    }
}

impl ExitInfo {
    fn of(exit: &Exit) -> Self {
        Self {
            at_unix_seconds: unix_seconds(exit.at),
            how: exit.how.to_string(),
            reason: exit.reason.clone(),
            uptime_seconds: seconds(exit.uptime),
        }
    }
}

/// To the microsecond: what is finer only makes the text longer.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e6
}

fn unix_seconds(time: SystemTime) -> f64 {
    rounded(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64())
}

/// To a thousandth.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
