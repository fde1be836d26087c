//! The metrics of the pool and its tasks.

use super::family::{Family, Labels, Unit, Value, count, each, gauge, rows, seconds};
use crate::monitor::{
    reading::Reading,
    subject::{RouteLabels, Subject},
};
use gopool_pool::{Counters, LaneStats, PriorityCounters, Stats};

pub(super) fn of(subject: &Subject, stats: &Stats) -> Vec<Family> {
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

pub(super) fn tasks(subject: &Subject, reading: &Reading) -> Vec<Family> {
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
