//! The metrics of requests.

use super::family::{Family, Unit, Value, each, rows};
use crate::{
    error::Kind,
    meter::Requests,
    monitor::{
        reading::Reading,
        snapshot::CLASSES,
        subject::{RouteLabels, Subject},
    },
};

pub(super) fn of(subject: &Subject, reading: &Reading) -> Vec<Family> {
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
