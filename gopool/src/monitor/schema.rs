//! `/info`: its schema. Names carry their units; times are seconds, sizes bytes.
//!
//! It is documented in `docs/operating.md`. A field may be added at any time; a field that is removed, renamed or changes its
//! meaning raises [`SCHEMA`].

use std::collections::BTreeMap;

use serde::Serialize;

use super::{health::Health, subject::OptionInForce};

/// The version of the schema.
pub(super) const SCHEMA: u32 = 1;

/// Everything, at one instant.
#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    pub(super) schema: u32,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) gopool_version: &'static str,
    pub(super) pid: u32,
    pub(super) now_unix_seconds: f64,
    pub(super) started_unix_seconds: f64,
    pub(super) uptime_seconds: f64,
    pub(super) restarts: u32,
    pub(super) restarts_by_cause: BTreeMap<&'static str, u32>,
    pub(super) health: HealthInfo,
    pub(super) process: ProcessInfo,
    pub(super) log: LogInfo,
    pub(super) event_loops: Vec<LoopInfo>,
    /// Absent in a program on one thread.
    pub(super) pool: Option<PoolInfo>,
    /// Absent where no route has processes of its own.
    pub(super) processes: Option<ProcessesInfo>,
    pub(super) requests: RequestInfo,
    pub(super) routes: Vec<RouteInfo>,
    pub(super) history: HistoryInfo,
    pub(super) exits: Vec<ExitInfo>,
    pub(super) options: Vec<OptionInForce>,
}

#[derive(Debug, Serialize)]
pub(super) struct HealthInfo {
    pub(super) state: Health,
    pub(super) is_live: bool,
    pub(super) is_ready: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ProcessInfo {
    pub(super) cpu_seconds: f64,
    /// Cores in use over the last 10 s.
    pub(super) cpu_cores: f64,
    pub(super) resident_bytes: Option<u64>,
    pub(super) open_descriptors: Option<u64>,
    pub(super) max_descriptors: Option<u64>,
    pub(super) throttled_periods_total: Option<u64>,
    pub(super) throttled_seconds_total: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct LogInfo {
    pub(super) lost_lines_total: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct LoopInfo {
    pub(super) lag_seconds: f64,
    pub(super) windows: BTreeMap<&'static str, Times>,
}

#[derive(Debug, Serialize)]
pub(super) struct PoolInfo {
    pub(super) threads: ThreadInfo,
    pub(super) queue: QueueInfo,
    /// The share of `max` threads that was busy, from 0 to 1.
    pub(super) utilisation: UtilisationInfo,
    pub(super) tasks: TaskInfo,
    /// Only those that were used.
    pub(super) priorities: BTreeMap<&'static str, PriorityInfo>,
    pub(super) is_stuck: bool,
}

/// Processes of isolated routes.
#[derive(Debug, Serialize)]
pub(super) struct ProcessesInfo {
    pub(super) booting: usize,
    pub(super) idle: usize,
    pub(super) busy: usize,
    pub(super) stalled: usize,
    pub(super) overdue: usize,
    pub(super) leaving: usize,
    pub(super) dying: usize,
    /// The most that work at once.
    pub(super) max: usize,
    pub(super) started_total: u64,
    pub(super) ended_total: BTreeMap<&'static str, u64>,
    pub(super) last_boot_seconds: f64,
    pub(super) peak_bytes: u64,
    pub(super) each: Vec<ChildInfo>,
}

#[derive(Debug, Serialize)]
pub(super) struct ChildInfo {
    pub(super) pid: i32,
    pub(super) state: &'static str,
    /// Calls that it had.
    pub(super) calls: usize,
    pub(super) age_seconds: f64,
    pub(super) route: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) resident_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
pub(super) struct ThreadInfo {
    pub(super) starting: usize,
    pub(super) idle: usize,
    pub(super) busy: usize,
    pub(super) overdue: usize,
    pub(super) stalled: usize,
    pub(super) lent: usize,
    pub(super) width: usize,
    pub(super) min: usize,
    pub(super) max: usize,
    pub(super) max_overdue: usize,
    pub(super) started_total: u64,
    pub(super) ended_total: u64,
    pub(super) busy_seconds_total: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct QueueInfo {
    pub(super) length: u64,
    pub(super) limit: usize,
    pub(super) estimated_wait_seconds: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct UtilisationInfo {
    #[serde(rename = "1s")]
    pub(super) one: f64,
    #[serde(rename = "10s")]
    pub(super) ten: f64,
    #[serde(rename = "60s")]
    pub(super) sixty: f64,
}

/// Tasks of the pool. `submitted` is the sum of all others.
#[derive(Debug, Serialize)]
pub(super) struct TaskInfo {
    pub(super) submitted: u64,
    pub(super) completed: u64,
    pub(super) failed: u64,
    pub(super) panicked: u64,
    pub(super) cancelled: u64,
    pub(super) rejected: u64,
    pub(super) queue_timeouts: u64,
    pub(super) timeouts: u64,
    pub(super) queued: u64,
    pub(super) running: u64,
}

/// Tasks of one priority.
#[derive(Debug, Default, Serialize)]
pub(super) struct PriorityInfo {
    pub(super) submitted: u64,
    /// When they came.
    pub(super) refused: u64,
    /// After they had waited.
    pub(super) displaced: u64,
}

/// Requests of one route, or of all.
#[derive(Debug, Default, Serialize)]
pub(super) struct RequestInfo {
    pub(super) answered_total: u64,
    pub(super) by_class: BTreeMap<&'static str, u64>,
    pub(super) abandoned_total: u64,
    pub(super) in_flight: u64,
    /// Problems that gopool itself answered with, by the end of their `type`; only those that occurred.
    pub(super) problems: BTreeMap<&'static str, u64>,
    /// Absent until the route's first request.
    pub(super) windows: Option<BTreeMap<&'static str, WindowInfo>>,
}

#[derive(Debug, Serialize)]
pub(super) struct RouteInfo {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    pub(super) runs: &'static str,
    pub(super) requests: RequestInfo,
    /// Absent for a route that has never used the pool.
    pub(super) tasks: Option<TaskInfo>,
    pub(super) overdue_threads: usize,
    /// Its part of the CPU time, beside that of others; absent with `tasks`.
    pub(super) weight: Option<u64>,
    /// Tasks started beside far longer ones although all threads ran.
    pub(super) lent_total: u64,
    /// Answers in each of the last 60 s, oldest first.
    pub(super) rate_history_per_second: Vec<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct WindowInfo {
    pub(super) rate_per_second: f64,
    pub(super) errors_per_second: f64,
    /// From arrival to answer.
    pub(super) request: Times,
    /// From the head to the end of the body.
    pub(super) body: Times,
    /// In the pool's queue.
    pub(super) wait: Times,
    /// On a thread of the pool.
    pub(super) run: Times,
}

/// Absent values mean that nothing was measured.
#[derive(Debug, Serialize)]
pub(super) struct Times {
    pub(super) p50_seconds: Option<f64>,
    pub(super) p90_seconds: Option<f64>,
    pub(super) p99_seconds: Option<f64>,
    pub(super) max_seconds: Option<f64>,
}

/// The last five minutes, a second each, oldest first.
#[derive(Debug, Default, Serialize)]
pub(super) struct HistoryInfo {
    pub(super) requests_per_second: Vec<f64>,
    pub(super) errors_per_second: Vec<f64>,
    pub(super) rejected_per_second: Vec<f64>,
    pub(super) timed_out_per_second: Vec<f64>,
    pub(super) wait_p50_seconds: Vec<f64>,
    pub(super) wait_p99_seconds: Vec<f64>,
    pub(super) run_p50_seconds: Vec<f64>,
    pub(super) run_p99_seconds: Vec<f64>,
    pub(super) threads_idle: Vec<usize>,
    pub(super) threads_busy: Vec<usize>,
    pub(super) threads_overdue: Vec<usize>,
    pub(super) queue_length: Vec<u64>,
    pub(super) cpu_cores: Vec<f64>,
    pub(super) resident_bytes: Vec<Option<u64>>,
    pub(super) event_loop_lag_seconds: Vec<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct ExitInfo {
    pub(super) at_unix_seconds: f64,
    pub(super) how: String,
    pub(super) reason: String,
    pub(super) uptime_seconds: f64,
}

impl Snapshot {
    /// As text. Every value here has a JSON form, so the empty fallback is never taken.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
