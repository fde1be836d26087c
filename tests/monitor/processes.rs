//! What is told of the processes of isolated routes.

use gopool_tests::{lab, until};
use serde_json::json;

use crate::watched::Watched;

#[test]
fn processes_are_counted_by_what_they_do_and_how_they_ended() {
    let watched = Watched::start(lab().args("--max-processes 1 --spare-processes 0"));
    for (path, status) in [("hello", 200), ("abort", 500), ("spin", 504), ("hello", 200)] {
        let answer = watched.server.get(&format!("/lab/isolated/{path}"));
        assert_eq!(answer.status, status, "{path}");
    }
    let metrics = until("both ends are counted", || {
        let metrics = watched.metrics();
        let ended = |why| metrics.sum("gopool_process_exits_total", &[why]);
        (ended("why=\"crash\"") == 1.0 && ended("why=\"timeout\"") == 1.0).then_some(metrics)
    });
    // The tasks of such routes are counted like those of others.
    let route = "route=\"/lab/isolated/hello\"";
    for name in [
        "gopool_tasks_submitted_total",
        "gopool_run_seconds_count",
        "gopool_queue_wait_seconds_count",
    ] {
        assert_eq!(metrics.sum(name, &[route]), 2.0, "{name}");
    }
    assert_eq!(metrics.sum("gopool_processes_limit", &[]), 1.0);
    assert!(metrics.sum("gopool_process_starts_total", &[]) >= 3.0);
    assert!(metrics.sum("gopool_process_boot_seconds", &[]) > 0.0);
    assert!(metrics.sum("gopool_process_peak_bytes", &[]) > 100_000.0);
}

#[test]
fn each_process_is_listed_with_its_call_and_its_memory() {
    let watched = Watched::start(lab().args("--max-processes 1 --spare-processes 0"));
    let mut connection = watched.server.connect();
    let request = "GET /lab/isolated/sleep/3600000 HTTP/1.1\r\nhost: localhost\r\nx-request-id: mine\r\n\r\n";
    connection.send(request).unwrap();
    let info = watched.until("it is busy", |info| info["processes"]["busy"] == 1);
    let processes = &info["processes"];
    assert_eq!(processes["max"], 1);
    let each = processes["each"].as_array().unwrap();
    let busy = each.iter().find(|one| one["state"] == "busy").unwrap();
    assert_eq!(
        (&busy["route"], &busy["request_id"]),
        (&json!("GET /lab/isolated/sleep/{ms}"), &json!("mine"))
    );
    assert!(busy["resident_bytes"].as_u64() > Some(100_000), "{busy}");
    assert_ne!(busy["pid"], info["pid"]);
}

#[test]
fn without_processes_nothing_is_told_of_them() {
    let watched = Watched::start(lab().args("--max-processes 0"));
    assert!(watched.info()["processes"].is_null());
    assert_eq!(watched.metrics().count("gopool_processes", &[]), 0);
}
