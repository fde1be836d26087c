//! The end: what was accepted is finished, the rest is refused.

use std::time::{Duration, Instant};

use gopool_tests::{Connection, Signal, lab};

/// After this long without a request, a connection ends by itself.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

#[test]
fn a_drain_finishes_what_runs_and_what_waits_and_exits_with_0() {
    let server = lab().args("--max-threads 1").start();
    let mut accepted: Vec<_> = (0..3).map(|_| server.begin("/lab/sleep/400")).collect();
    server.until("one runs and two wait", |stats| {
        stats["running"] == 1 && stats["queued"] == 2
    });
    server.signal(Signal::TERM);
    for connection in &mut accepted {
        assert_eq!(connection.answer().status, 200);
    }
    drop(accepted);
    let ended = server.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("drained"), "{}", ended.stderr);
}

#[test]
fn while_it_drains_nobody_new_is_served() {
    let server = lab().start();
    let mut running = server.begin("/lab/sleep/1500");
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::TERM);
    server.log().line("draining");
    // Without a daemon, which would keep the socket for the next master, the system may still take connections; nobody reads them.
    let late = Connection::open(server.address()).map(|mut connection| {
        let _ = connection.send("GET /lab/inline HTTP/1.1\r\nhost: x\r\n\r\n");
        connection
    });
    assert_eq!(running.answer().status, 200, "accepted before");
    drop(running);
    let address = server.address();
    assert_eq!(server.ended().code, Some(0));
    // Taken in the last moment, it is told so.
    if let Ok(answer) = late.and_then(|mut late| late.try_answer(false)) {
        assert_eq!(answer.failure(), (503, "shutting-down".to_owned()));
    }
    assert!(Connection::open(address).is_err());
}

#[test]
fn a_request_that_arrives_on_a_kept_alive_connection_while_it_drains_is_refused() {
    let server = lab().start();
    let mut kept = server.connect();
    kept.get("/lab/inline");
    assert_eq!(kept.answer().status, 200);
    let mut running = server.begin("/lab/sleep/1500");
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::TERM);
    server.log().line("draining");
    kept.get("/lab/inline");
    let answer = kept.answer();
    assert_eq!(answer.failure(), (503, "shutting-down".to_owned()));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(kept.is_closed());
    assert_eq!(running.answer().status, 200);
    drop(running);
    assert_eq!(server.ended().code, Some(0));
}

#[test]
fn kept_alive_connections_do_not_hold_up_the_end() {
    let server = lab().start();
    let mut kept: Vec<_> = (0..10).map(|_| server.begin("/lab/inline")).collect();
    assert!(
        kept.iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
    let answered = Instant::now();
    server.signal(Signal::TERM);
    assert!(kept.iter_mut().all(gopool_tests::Connection::is_closed));
    assert_eq!(server.ended().code, Some(0));
    assert!(answered.elapsed() < KEEP_ALIVE, "nobody told them to end");
}

#[test]
fn both_signals_drain() {
    for signal in [Signal::TERM, Signal::INT] {
        let server = lab().start();
        assert_eq!(server.get("/lab/hello?name=x").status, 200);
        server.signal(signal);
        assert_eq!(server.ended().code, Some(0));
    }
}

#[test]
fn a_second_interrupt_ends_it_at_once() {
    let server = lab().start();
    let _running = server.begin("/lab/sleep/5000");
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::INT);
    server.log().line("draining");
    server.signal(Signal::INT);
    assert_eq!(server.ended().code, Some(130));
}

#[test]
fn at_the_drain_limit_the_rest_is_told_to_stop() {
    let server = lab().args("--shutdown-timeout 300 --timeout 1h").start();
    let mut running = server.begin("/lab/polite/3000000");
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::TERM);
    // An answer or a closed connection, but nothing that lasts as long as the handler would.
    let _ = running.try_answer(false);
    let ended = server.ended();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("limit"), "{}", ended.stderr);
}

#[test]
fn a_full_queue_does_not_hold_up_the_end() {
    let server = lab()
        .args("--max-threads 1 --max-queue 10 --shutdown-timeout 300 --timeout 1h")
        .start();
    let _crowd: Vec<_> = (0..11).map(|_| server.begin("/lab/polite/3000000")).collect();
    server.until("the queue is full", |stats| stats["queued"] == 10);
    server.signal(Signal::TERM);
    assert_eq!(server.ended().code, Some(0));
}

#[test]
fn a_server_that_never_ran_a_task_ends() {
    let started = std::time::Instant::now();
    assert_eq!(lab().start().stop().code, Some(0));
    // Far below the drain limit of 30 s: nothing was waited for.
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn told_twice_to_end_it_still_drains() {
    let server = lab().start();
    let mut running = server.begin("/lab/sleep/500");
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::TERM);
    server.log().line("draining");
    server.signal(Signal::TERM);
    assert_eq!(running.answer().status, 200);
    drop(running);
    assert_eq!(server.ended().code, Some(0));
}
