//! `/info`: how its schema is filled.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    children::Children,
    health::Health,
    history::{History, KEPT, Second, WINDOWS, Window, Windows, ratio},
    reading::Reading,
    schema::{
        ChildInfo, ExitInfo, HealthInfo, HistoryInfo, LogInfo, LoopInfo, PoolInfo, PriorityInfo, ProcessInfo,
        ProcessesInfo, QueueInfo, RequestInfo, RouteInfo, SCHEMA, Snapshot, TaskInfo, ThreadInfo, Times,
        UtilisationInfo, WindowInfo,
    },
    subject::Subject,
};
use crate::{error::Kind, meter::Requests};
use gopool_daemon::Exit;
use gopool_pool::{Counters, Histogram, Stats};

/// How many seconds of its rate a route shows.
const SPARK: usize = 60;

/// What `reading` and `history` say.
pub(super) fn of(subject: &Subject, history: &History, reading: &Reading, health: Health) -> Snapshot {
    let windows = history.windows();
    Snapshot {
        schema: SCHEMA,
        name: subject.name.clone(),
        version: subject.version.clone(),
        gopool_version: env!("CARGO_PKG_VERSION"),
        pid: std::process::id(),
        now_unix_seconds: unix_seconds(SystemTime::now()),
        started_unix_seconds: unix_seconds(subject.started_at),
        uptime_seconds: seconds(reading.at.saturating_duration_since(subject.started)),
        restarts: subject.restarts,
        restarts_by_cause: subject.restarts_by_cause.by_cause().collect(),
        health: HealthInfo {
            state: health,
            is_live: true,
            is_ready: health.is_ready(),
        },
        process: process(reading, history),
        log: LogInfo {
            lost_lines_total: reading.lost_lines,
        },
        event_loops: event_loops(reading, &windows),
        pool: (reading.pool.as_ref()).map(|stats| pool(subject, reading, stats, history)),
        processes: reading.children.as_ref().map(processes),
        requests: all_requests(reading, &windows),
        routes: routes(subject, reading, history, &windows),
        history: HistoryInfo::of(history),
        exits: subject.exits.iter().map(ExitInfo::of).collect(),
        options: subject.options.clone(),
    }
}

fn process(reading: &Reading, history: &History) -> ProcessInfo {
    let (process, throttling) = (reading.process, reading.throttling);
    ProcessInfo {
        cpu_seconds: seconds(process.cpu),
        cpu_cores: rounded(history.cores(10)),
        resident_bytes: process.resident_bytes,
        open_descriptors: process.open_descriptors,
        max_descriptors: process.max_descriptors,
        throttled_periods_total: throttling.map(|throttling| throttling.periods),
        throttled_seconds_total: throttling.map(|throttling| seconds(throttling.time)),
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

fn pool(subject: &Subject, reading: &Reading, stats: &Stats, history: &History) -> PoolInfo {
    let (limits, threads) = (subject.limits, stats.threads);
    let utilisation = |over| rounded(history.utilisation(over, limits.max_threads));
    PoolInfo {
        threads: ThreadInfo {
            starting: threads.starting,
            idle: threads.idle,
            busy: threads.busy,
            overdue: threads.overdue,
            stalled: threads.stalled,
            lent: threads.lent,
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
        priorities: priorities(reading),
        is_stuck: stats.is_stuck(),
    }
}

/// The sums over all lanes.
fn priorities(reading: &Reading) -> BTreeMap<&'static str, PriorityInfo> {
    let lanes = reading.rows.iter().filter_map(|row| row.lane.as_ref());
    let counted = lanes.flat_map(|lane| lane.priorities);
    let mut sums = BTreeMap::<_, PriorityInfo>::new();
    for (priority, counters) in counted.filter(|(_, counters)| counters.submitted > 0) {
        let sum = sums.entry(priority.as_str()).or_default();
        sum.submitted += counters.submitted;
        sum.refused += counters.refused;
        sum.displaced += counters.displaced;
    }
    sums
}

fn processes(children: &Children) -> ProcessesInfo {
    let stats = &children.stats;
    let each = children.each.iter().map(|child| ChildInfo {
        pid: child.pid,
        state: child.state,
        calls: child.calls,
        age_seconds: seconds(child.age),
        route: child.route.clone(),
        request_id: child.request_id.clone(),
        resident_bytes: child.resident_bytes,
    });
    ProcessesInfo {
        booting: stats.booting,
        idle: stats.idle,
        busy: stats.busy,
        stalled: stats.stalled,
        overdue: stats.overdue,
        leaving: stats.leaving,
        dying: stats.dying,
        max: children.max,
        started_total: stats.starts,
        ended_total: stats.exits.by_why().into_iter().collect(),
        last_boot_seconds: seconds(stats.last_boot),
        peak_bytes: stats.peak,
        each: each.collect(),
    }
}

fn all_requests(reading: &Reading, windows: &Windows) -> RequestInfo {
    let requests = reading.rows.iter().filter_map(|row| row.requests.clone());
    let all = requests.reduce(Requests::and).unwrap_or_default();
    RequestInfo::of(&all, Some(windows_info(&windows.all, windows)))
}

fn routes(subject: &Subject, reading: &Reading, history: &History, windows: &Windows) -> Vec<RouteInfo> {
    let silent = Default::default();
    let rows = subject.rows().zip(&reading.rows).enumerate();
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
                weight: now.lane.as_ref().map(|lane| lane.weight),
                lent_total: now.lane.as_ref().map_or(0, |lane| lane.lent),
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
        body: Times::of(&window.body),
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
