//! The metrics of the processes of isolated routes.

use super::family::{Family, Unit, Value, count, gauge, seconds, told};
use crate::monitor::children::Children;

pub(super) fn of(children: &Children) -> Vec<Family> {
    let stats = &children.stats;
    let states = [
        ("booting", stats.booting),
        ("idle", stats.idle),
        ("busy", stats.busy),
        ("stalled", stats.stalled),
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
