//! The metrics: their names, what they mean, and their samples. Only sums since the start: rates are Prometheus's business.

mod family;
mod pool;
mod process;
mod processes;
mod requests;

use super::{health::Health, reading::Reading, subject::Subject};
pub(super) use family::{Family, Labels, Unit, Value};

/// Everything that the monitor knows as sums since the start, and how it stands now.
pub(super) fn of(subject: &Subject, reading: &Reading, health: Health) -> Vec<Family> {
    let mut families = process::of(subject, reading, health);
    families.extend(process::event_loops(reading));
    families.extend(requests::of(subject, reading));
    if let Some(stats) = &reading.pool {
        families.extend(pool::of(subject, stats));
        families.extend(pool::tasks(subject, reading));
    }
    families.extend(reading.children.iter().flat_map(processes::of));
    families
}
