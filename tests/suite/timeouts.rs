//! The two clocks: how long a request waits, and how long it runs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use gopool_tests::{Server, lab, until};
use serde_json::json;

// A handler that is asked for an hour ends within a test's patience only if it is told to, and one that is held only when the test
// lets go of it. So what comes before is early, on a machine of any speed.

#[test]
fn a_polite_handler_past_its_limit_is_answered_early_and_its_thread_is_free_right_after() {
    let server = lab().args("--max-threads 1").start();
    let answer = server.get("/lab/short/3600000");
    println!("504 after {:?}", answer.took);
    assert_eq!(answer.failure(), (504, "timeout".to_owned()));
    let stats = server.until_quiet();
    assert_eq!(server.counter(), json!({ "finished": 0, "cancelled": 1 }));
    assert_eq!((&stats["timeouts"], &stats["completed"]), (&json!(1), &json!(0)));
}

/// Keeps the pool busy until `seen` gives something.
fn under_load<T>(server: &Server, what: &str, seen: impl FnMut() -> Option<T>) -> T {
    let is_over = AtomicBool::new(false);
    let load = || {
        let client = server.new_client();
        while !is_over.load(Ordering::Relaxed) {
            client.get("/lab/sleep/20");
        }
    };
    thread::scope(|scope| {
        (0..4).for_each(|_| {
            scope.spawn(load);
        });
        let seen = catch_unwind(AssertUnwindSafe(|| until(what, seen)));
        is_over.store(true, Ordering::Relaxed);
        seen.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[test]
fn a_handler_that_never_stops_is_answered_early_replaced_and_accounted_for() {
    let server = lab().args("--max-threads 2 --timeout 200").start();
    let width = server.stats()["width"].clone();
    let answer = server.get("/lab/held");
    println!("504 after {:?}", answer.took);
    assert_eq!(answer.failure(), (504, "timeout".to_owned()));
    let stats = server.stats();
    assert_eq!(
        (&stats["overdue"], &stats["running"], &stats["timeouts"]),
        (&json!(1), &json!(0), &json!(1))
    );
    under_load(
        &server,
        "the pool works at full width beside the overdue thread",
        || {
            let stats = server.stats();
            assert_eq!(stats["overdue"], 1);
            (stats["busy"] == width).then_some(())
        },
    );
    server.release();
    let stats = server.until_quiet();
    assert_eq!(stats["overdue"], 0, "{stats}");
    server.log().line("overdue");
}

#[test]
fn when_all_threads_and_all_replacements_are_overdue_the_pool_sheds_and_recovers() {
    let server = lab()
        .args("--max-threads 2 --max-overdue 2 --timeout 200 --queue-timeout 30s")
        .start();
    let mut held: Vec<_> = (0..4).map(|_| server.begin("/lab/held")).collect();
    for connection in &mut held {
        assert_eq!(connection.answer().failure(), (504, "timeout".to_owned()));
    }
    assert_eq!(server.stats()["overdue"], 4);
    let shed = server.get("/lab/hello?name=x");
    assert_eq!(shed.failure(), (503, "queue-full".to_owned()));
    server.release();
    let stats = server.until_quiet();
    assert_eq!(
        (&stats["timeouts"], &stats["rejected"], &stats["completed"]),
        (&json!(4), &json!(1), &json!(0))
    );
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
}

#[test]
fn a_request_that_waits_too_long_is_refused_and_never_runs() {
    let server = lab().args("--max-threads 1").start();
    let mut busy = server.begin("/lab/held-within-its-limit");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let answer = server.get("/lab/impatient/1");
    println!("503 after {:?}", answer.took);
    assert_eq!(answer.failure(), (503, "queue-timeout".to_owned()));
    let stats = server.stats();
    assert_eq!(
        (&stats["running"], &stats["queued"], &stats["queue_timeouts"]),
        (&json!(1), &json!(0), &json!(1)),
        "answered while the thread was still busy"
    );
    server.release();
    assert_eq!(busy.answer().status, 204);
    assert_eq!(server.until_quiet()["completed"], 1);
    assert_eq!(server.counter(), json!({ "finished": 0, "cancelled": 0 }));
}

#[test]
fn the_wait_does_not_count_as_run_time() {
    let limit = Duration::from_secs(1);
    let server = lab()
        .args("--max-threads 1 --timeout 1s --queue-timeout 1h")
        .start();
    let mut busy = server.begin("/lab/held-within-its-limit");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let mut waiting = server.begin("/lab/hello?name=x");
    server.until("the other one waits", |stats| stats["queued"] == 1);
    // However much longer this takes, it has waited for longer than it may run.
    thread::sleep(limit);
    server.release();
    assert_eq!((busy.answer().status, waiting.answer().status), (204, 200));
}

#[test]
fn an_async_handler_past_its_limit_is_dropped() {
    let server = lab().args("--timeout 100").start();
    let answer = server.get("/lab/async-sleep/3600000");
    assert_eq!(answer.failure(), (504, "timeout".to_owned()));
}

#[test]
fn the_cpu_part_of_an_async_handler_shares_its_limit() {
    let server = lab().args("--timeout 300 --max-threads 1").start();
    // Would take minutes: the clock that the sleep has begun goes on during the CPU part.
    let answer = server.get("/lab/mixed/1/60");
    assert_eq!(answer.failure(), (504, "timeout".to_owned()));
    let stats = server.stats();
    assert_eq!(
        (&stats["running"], &stats["queued"]),
        (&json!(0), &json!(0)),
        "{stats}"
    );
}

#[test]
fn without_a_limit_in_the_attribute_the_options_decide() {
    let server = lab().args("--timeout 100ms").start();
    assert_eq!(
        server.get("/lab/polite/3600000").failure(),
        (504, "timeout".to_owned())
    );
    let server = lab().args("--timeout 1h").start();
    assert_eq!(
        server.get("/lab/short/3600000").failure(),
        (504, "timeout".to_owned()),
        "the attribute comes first"
    );
}
