//! One route's backlog is its own business, and heavy work gives way.

use std::{thread, time::Duration};

use gopool_tests::{lab, niceness, until};
use serde_json::json;

#[test]
fn with_a_thousand_of_one_route_waiting_another_routes_request_is_next() {
    let server = lab()
        .args("--max-threads 1 --max-queue 2000 --queue-timeout 10m")
        .start();
    let _crowd: Vec<_> = (0..1001).map(|_| server.begin("/lab/polite/200")).collect();
    let before = server.until("a thousand wait", |stats| stats["queued"].as_u64() >= Some(990));
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    let after = server.stats();
    let passed = after["completed"].as_u64().unwrap() - before["completed"].as_u64().unwrap();
    // Itself, the one that ran when it came, and those that ended between the counts and the requests beside them.
    assert!(passed <= 5, "{passed} ended before it, {after}");
}

#[test]
fn a_route_with_its_share_of_a_full_queue_makes_room_for_another() {
    let server = lab().args("--max-threads 1 --max-queue 4").start();
    // A route whose runs take half a second lets none of its requests become stale within the time that this test takes.
    assert_eq!(server.get("/lab/sleep/500").status, 200);
    let mut busy = server.begin("/lab/polite/1500");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let mut waiting = Vec::new();
    for queued in 1..=4 {
        waiting.push(server.begin("/lab/sleep/1"));
        server.until("one more waits", |stats| stats["queued"] == queued);
    }
    assert_eq!(
        server.get("/lab/sleep/1").failure(),
        (503, "queue-full".to_owned()),
        "it has all of the queue"
    );
    let mut other = server.begin("/lab/hello?name=x");
    let mut newest = waiting.pop().unwrap();
    assert_eq!(
        newest.answer().failure(),
        (503, "queue-full".to_owned()),
        "the newest of the longest makes room"
    );
    assert_eq!(server.stats()["queued"], 4);
    assert_eq!((busy.answer().status, other.answer().status), (200, 200));
    assert!(
        waiting
            .iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
    let stats = server.until_quiet();
    assert_eq!((&stats["completed"], &stats["rejected"]), (&json!(6), &json!(2)));
}

#[test]
fn requests_of_one_route_start_in_the_order_they_came() {
    let server = lab().args("--max-threads 1").start();
    let busy = server.begin("/lab/polite/3000000");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let mut waiting = Vec::new();
    for queued in 1..=8 {
        let mut connection = server.connect();
        // Its line in the log is written by the pool's one thread, so lines stand in the order of execution.
        let head = format!("GET /lab/panic HTTP/1.1\r\nhost: x\r\nx-request-id: number-{queued}\r\n\r\n");
        connection.send(head).unwrap();
        waiting.push(connection);
        server.until("one more waits", |stats| stats["queued"] == queued);
    }
    // On a slow machine the first have waited for so long by now that later ones are served before them: let all have waited as long.
    thread::sleep(Duration::from_millis(600));
    drop(busy);
    for connection in &mut waiting {
        assert_eq!(connection.answer().failure(), (500, "panic".to_owned()));
    }
    server.log().line("number-8");
    let log = server.log().text();
    let order: Vec<_> = (1..=8)
        .map(|number| log.find(&format!("number-{number}")).unwrap())
        .collect();
    assert!(order.is_sorted(), "{log}");
}

#[test]
fn a_route_with_a_limit_of_one_runs_one_at_a_time_and_lets_others_pass() {
    one_at_a_time_and_others_pass("/lab/single-file/400");
}

/// That two wait in the queue shows that nothing held their handlers back: these are past what runs on the event loop.
#[test]
fn the_limit_of_an_async_route_is_for_its_parts_on_the_pool() {
    one_at_a_time_and_others_pass("/lab/async-single-file/400");
}

fn one_at_a_time_and_others_pass(target: &str) {
    let server = lab().args("--max-threads 4 --min-threads 4").start();
    let mut files: Vec<_> = (0..3).map(|_| server.begin(target)).collect();
    server.until("one runs and two wait", |stats| {
        stats["running"] == 1 && stats["queued"] == 2
    });
    let passing = server.get("/lab/hello?name=x");
    assert_eq!(passing.status, 200);
    let stats = server.stats();
    assert!(
        stats["queued"].as_u64() >= Some(1),
        "it passed those that wait: {stats}"
    );
    server.until("all three have run", |stats| {
        assert!(stats["running"].as_u64() <= Some(1), "{stats}");
        stats["completed"] == 4
    });
    assert!(
        files
            .iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
}

#[test]
fn pool_threads_give_way_once_requests_were_heavy() {
    let server = lab().args("--max-threads 1 --nice 7").start();
    until("the thread is nice", || {
        assert_eq!(server.get("/lab/fib/30").status, 200);
        (niceness(server.pid(), "gopool-1") == [7]).then_some(())
    });
}

#[test]
fn threads_that_share_a_requests_work_give_way() {
    let server = lab().args("--nice 7").start();
    assert_eq!(server.get("/lab/par/1001").status, 200);
    let cores = thread::available_parallelism().unwrap().get();
    // The first of them may have answered before the others have begun.
    until("one thread for each core is nice", || {
        let levels = niceness(server.pid(), "gopool-par-");
        (levels.iter().filter(|level| **level == 7).count() >= cores).then_some(())
    });
}
