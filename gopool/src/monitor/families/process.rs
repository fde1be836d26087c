//! The metrics of the master's process and of its event loops.

use std::time::{SystemTime, UNIX_EPOCH};

use super::family::{Family, Labels, Unit, Value, count, gauge, seconds, told};
use crate::monitor::{health::Health, reading::Reading, subject::Subject};

pub(super) fn of(subject: &Subject, reading: &Reading, health: Health) -> Vec<Family> {
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

pub(super) fn event_loops(reading: &Reading) -> [Family; 3] {
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
            ("handshake", event_loop.handshake),
        ];
        for (why, cuts) in cuts {
            let labels = vec![("loop", index.to_string()), ("why", why.to_owned())];
            cut = cut.with(labels, Value::Count(cuts));
        }
    }
    [late, lag, cut]
}
