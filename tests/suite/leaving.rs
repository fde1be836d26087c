//! Clients that leave: what waits never runs, what runs is told.

use std::time::Instant;

use gopool_tests::{Server, lab};
use serde_json::json;

/// A server whose one thread is busy until the connection that comes with it is dropped.
fn busy_server(options: &str) -> (Server, gopool_tests::Connection) {
    let server = lab().args("--max-threads 1 --timeout 1h").args(options).start();
    let busy = server.begin("/lab/polite/3000000");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    (server, busy)
}

#[test]
fn a_waiting_request_whose_client_leaves_never_runs() {
    let (server, busy) = busy_server("");
    let leaving = server.begin("/lab/polite/0");
    server.until("it waits", |stats| stats["queued"] == 1);
    drop(leaving);
    let left = Instant::now();
    let stats = server.until("it waits no more", |stats| stats["queued"] == 0);
    println!("the queue knew after {:?}", left.elapsed());
    assert_eq!(
        (&stats["running"], &stats["cancelled"]),
        (&json!(1), &json!(1)),
        "while the thread was still busy"
    );
    drop(busy);
    server.until_quiet();
    assert_eq!(
        server.counter(),
        json!({ "finished": 0, "cancelled": 1 }),
        "only the busy one ever ran"
    );
}

#[test]
fn a_running_request_whose_client_leaves_is_told_to_stop() {
    let (server, busy) = busy_server("");
    drop(busy);
    let left = Instant::now();
    server.until_quiet();
    println!("the thread was free after {:?}", left.elapsed());
    assert_eq!(server.counter(), json!({ "finished": 0, "cancelled": 1 }));
}

#[test]
fn a_detached_request_runs_to_its_end_without_its_client() {
    let server = lab().args("--max-threads 1").start();
    let leaving = server.begin("/lab/detached/500");
    server.until("it runs", |stats| stats["running"] == 1);
    drop(leaving);
    let stats = server.until_quiet();
    assert_eq!((&stats["completed"], &stats["cancelled"]), (&json!(1), &json!(0)));
    assert_eq!(server.counter(), json!({ "finished": 1, "cancelled": 0 }));
}

#[test]
fn those_behind_a_client_that_left_move_up() {
    let (server, busy) = busy_server("");
    let mut waiting: Vec<_> = (0..3).map(|_| server.begin("/lab/polite/0")).collect();
    server.until("three wait", |stats| stats["queued"] == 3);
    // In reverse, so that the gaps come from the end.
    drop(waiting.remove(1));
    drop(waiting.remove(0));
    server.until("one waits", |stats| stats["queued"] == 1);
    drop(busy);
    assert_eq!(waiting.remove(0).answer().status, 200);
    assert_eq!(server.counter(), json!({ "finished": 1, "cancelled": 1 }));
}

#[test]
fn places_of_clients_that_left_are_free_at_once() {
    let (server, _busy) = busy_server("--max-queue 1");
    for _ in 0..20 {
        let waiting = server.begin("/lab/polite/0");
        server.until("it waits", |stats| stats["queued"] == 1);
        drop(waiting);
        server.until("its place is free", |stats| stats["queued"] == 0);
    }
    assert_eq!(server.stats()["rejected"], 0);
}

#[test]
fn a_client_that_closes_its_sending_side_has_left() {
    let (server, mut busy) = busy_server("");
    let mut waiting = server.begin("/lab/polite/0");
    server.until("it waits", |stats| stats["queued"] == 1);
    waiting.finish_sending();
    server.until("it waits no more", |stats| stats["queued"] == 0);
    assert!(waiting.is_closed());
    busy.finish_sending();
    server.until_quiet();
    assert!(busy.is_closed());
    assert_eq!(server.counter(), json!({ "finished": 0, "cancelled": 1 }));
}

#[test]
fn a_client_that_closes_its_sending_side_is_served_if_the_options_say_so() {
    let server = lab().args("--max-threads 1 --half-closed").start();
    let mut running = server.begin("/lab/polite/300");
    let mut waiting = server.begin("/lab/polite/0");
    running.finish_sending();
    waiting.finish_sending();
    assert_eq!((running.answer().status, waiting.answer().status), (200, 200));
    assert_eq!(server.counter(), json!({ "finished": 2, "cancelled": 0 }));
}

#[test]
fn the_cpu_part_of_an_async_handler_leaves_with_its_client() {
    let (server, _busy) = busy_server("");
    let leaving = server.begin("/lab/mixed/0/5");
    server.until("its CPU part waits", |stats| stats["queued"] == 1);
    drop(leaving);
    server.until("it waits no more", |stats| stats["queued"] == 0);
}

#[test]
fn a_thousand_clients_that_leave_leave_nothing_behind() {
    let (server, _busy) = busy_server("--max-queue 2000");
    let crowd: Vec<_> = (0..1000).map(|_| server.begin("/lab/polite/0")).collect();
    server.until("a thousand wait", |stats| stats["queued"] == 1000);
    drop(crowd);
    let stats = server.until("nobody waits", |stats| stats["queued"] == 0);
    assert_eq!(stats["cancelled"], 1000);
    assert_eq!(server.counter(), json!({ "finished": 0, "cancelled": 0 }));
}

#[test]
fn a_late_cancel_never_hits_the_next_request_of_the_thread() {
    let server = lab().args("--max-threads 1").start();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let leaving = server.begin("/lab/polite/1");
        // Before its start, while it runs and after its end.
        std::thread::sleep(std::time::Duration::from_micros(random.u64(..2500)));
        drop(leaving);
        assert_eq!(server.get("/lab/polite/1").status, 200);
    }
    let stats = server.until_quiet();
    assert!(
        stats["cancelled"].as_u64() > Some(0),
        "nobody was cancelled at all: {stats}"
    );
    assert_eq!(
        stats["failed"], 0,
        "a body that sees its token and ends at once is cancelled, not failed: {stats}"
    );
}
