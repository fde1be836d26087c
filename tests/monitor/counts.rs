//! What is counted adds up.

use std::{thread, time::Duration};

use gopool_tests::{Client, OUTCOMES, Signal, lab, until};
use serde_json::Value;

use crate::{metrics::Metrics, watched::Watched};

#[test]
fn histograms_count_every_request_once() {
    let watched = Watched::start(lab());
    for _ in 0..50 {
        assert_eq!(watched.server.get("/lab/hello?name=x").status, 200);
    }
    let metrics = watched.metrics();
    let route = &["route=\"/lab/hello\"", "method=\"GET\""];
    for histogram in [
        "gopool_request_seconds",
        "gopool_queue_wait_seconds",
        "gopool_run_seconds",
    ] {
        assert_eq!(
            metrics.sum(&format!("{histogram}_count"), route),
            50.0,
            "{histogram}"
        );
        let all = &[route[0], "le=\"+Inf\""];
        assert_eq!(
            metrics.sum(&format!("{histogram}_bucket"), all),
            50.0,
            "{histogram}"
        );
    }
    assert_eq!(
        metrics.sum("gopool_requests_total", &[route[0], "class=\"2xx\""]),
        50.0
    );
    assert_eq!(metrics.sum("gopool_requests_in_flight", route), 0.0);
}

#[test]
fn inline_and_async_routes_are_counted_too() {
    let watched = Watched::start(lab());
    for path in ["/lab/inline", "/lab/async-sleep/20", "/lab/error/404"] {
        watched.server.get(path);
    }
    let metrics = watched.metrics();
    let answered = |route, class| metrics.sum("gopool_requests_total", &[route, class]);
    assert_eq!(answered("route=\"/lab/inline\"", "class=\"2xx\""), 1.0);
    assert_eq!(answered("route=\"/lab/async-sleep/{ms}\"", "class=\"2xx\""), 1.0);
    assert_eq!(answered("route=\"/lab/error/{status}\"", "class=\"4xx\""), 1.0);
    assert_eq!(
        metrics.sum("gopool_request_seconds_count", &["route=\"/lab/inline\""]),
        1.0
    );
}

#[test]
fn a_hundred_thousand_random_paths_are_one_series() {
    const PATHS: u32 = 100_000;
    const CLIENTS: u32 = 4;
    let watched = Watched::start(lab());
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let client = watched.server.new_client();
            scope.spawn(move || {
                for _ in 0..PATHS / CLIENTS {
                    let path = format!("/{:x}/{:x}", fastrand::u64(..), fastrand::u32(..));
                    assert_eq!(client.get(&path).status, 404);
                }
            });
        }
    });
    let metrics = watched.metrics();
    let unmatched = &["route=\"unmatched\""];
    assert_eq!(metrics.sum("gopool_requests_total", unmatched), f64::from(PATHS));
    assert_eq!(
        metrics.count("gopool_requests_total", &[unmatched[0], "class=\"4xx\""]),
        1
    );
    assert_eq!(metrics.count("gopool_request_seconds_count", unmatched), 1);
    assert_eq!(
        metrics.count("gopool_request_seconds_count", &[]),
        1,
        "nothing else was asked for"
    );
}

/// The sum rule of the pool, for every route and at whatever instant the scrape took place.
fn assert_tasks_add_up(metrics: &Metrics) {
    for labels in metrics.labels("gopool_tasks_submitted_total") {
        let route = labels
            .split(',')
            .find(|label| label.starts_with("route="))
            .unwrap();
        let of = |name| metrics.sum(name, &[route]);
        let parts = of("gopool_tasks_total") + of("gopool_tasks_queued") + of("gopool_tasks_running");
        assert_eq!(of("gopool_tasks_submitted_total"), parts, "{labels}");
    }
}

/// Panics, failures, timeouts of both kinds, refusals and clients that leave, all at once.
fn chaos(watched: &Watched) {
    let paths = [
        "/lab/panic",
        "/lab/error/500",
        "/lab/short/400",
        "/lab/impatient/30",
        "/lab/sleep/20",
        "/lab/polite/50",
        "/lab/hello?name=x",
        "/lab/mixed/5/20",
        "/lab/nothing",
    ];
    thread::scope(|scope| {
        for (index, path) in paths.into_iter().enumerate() {
            for _ in 0..4 {
                scope.spawn(move || ask_often(watched.server.new_client(), path));
            }
            scope.spawn(move || {
                for _ in 0..10 {
                    // A client that leaves without its answer.
                    drop(
                        watched
                            .server
                            .begin(["/lab/polite/2000", "/lab/async-sleep/2000"][index % 2]),
                    );
                    assert_tasks_add_up(&watched.metrics());
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
}

fn ask_often(client: Client, path: &str) {
    (0..15).for_each(|_| drop(client.get(path)));
}

/// Nothing waits, runs or is being answered.
fn is_quiet(info: &Value) -> bool {
    let (tasks, threads) = (&info["pool"]["tasks"], &info["pool"]["threads"]);
    tasks["queued"] == 0
        && tasks["running"] == 0
        && threads["overdue"] == 0
        && info["requests"]["in_flight"] == 0
}

#[test]
fn after_chaos_and_a_restart_the_counters_add_up() {
    let options = "--max-threads 3 --max-queue 8 --event-loops 2";
    let watched = Watched::start_with_daemon(lab().args(options));
    for restarts in 0..2 {
        // Which of them happen in one round is a matter of chance.
        let info = until("each outcome has been seen", || {
            chaos(&watched);
            let info = watched.until("nothing is left", is_quiet);
            let tasks = &info["pool"]["tasks"];
            let is_seen = |outcome: &&str| tasks[*outcome].as_u64() > Some(0);
            OUTCOMES.iter().all(is_seen).then_some(info.clone())
        });
        assert_eq!(info["restarts"], restarts);
        assert_eq!(info["restarts_by_cause"]["crash"], restarts);
        assert_eq!(info["restarts_by_cause"]["reload"], 0);
        assert!(
            info["requests"]["abandoned_total"].as_u64() > Some(0),
            "{}",
            info["requests"]
        );
        let metrics = watched.metrics();
        assert_tasks_add_up(&metrics);
        let answered = metrics.sum("gopool_requests_total", &[]);
        assert_eq!(
            metrics.sum("gopool_request_seconds_count", &[]),
            answered,
            "each answer is in a histogram"
        );
        kill_master(&watched, &info);
    }
}

/// Kills the master and waits for the next one.
pub(crate) fn kill_master(watched: &Watched, info: &Value) {
    let pid = i32::try_from(info["pid"].as_i64().unwrap()).unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    until("a new master serves", || {
        let answer = watched.monitor.try_get("/ready").ok()?;
        let next = watched.monitor.try_get("/info").ok()?.json();
        (answer.status == 200 && next["pid"] != info["pid"]).then_some(())
    });
}
