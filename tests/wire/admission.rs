//! What is decided before a body is read.

use gopool_tests::{Server, Signal, lab, until};

use crate::{
    reply::{GET, POST, To, is_last},
    wire::{Wire, request, submitted},
};

/// The first answer to a request that offers a body of this length and waits to be asked for it.
fn offer(server: &Server, method: &'static str, target: &str, length: u64) -> gopool_tests::Answer {
    let headers = format!("expect: 100-continue\r\ncontent-length: {length}\r\n");
    let mut wire = Wire::with(server, request(method, target, &headers));
    wire.answer(crate::reply::to(method))
}

#[test]
fn a_body_beyond_the_limit_is_refused_and_not_asked_for() {
    let server = lab().start();
    let answer = offer(&server, "POST", "/lab/bytes", 3_000_000);
    assert_eq!(answer.failure(), (413, "too-large".to_owned()));
    assert!(is_last(&answer, POST));
}

#[test]
fn a_body_for_no_route_is_not_asked_for() {
    let server = lab().start();
    assert_eq!(
        offer(&server, "POST", "/nothing", 3).failure(),
        (404, "not-found".to_owned())
    );
    assert_eq!(
        offer(&server, "PUT", "/lab/bytes", 3).failure(),
        (405, "method-not-allowed".to_owned())
    );
    assert_eq!(
        offer(&server, "POST", "/lab/../x", 3).failure(),
        (400, "bad-path".to_owned())
    );
    let long = format!("/{}", "x".repeat(9000));
    assert_eq!(
        offer(&server, "POST", &long, 3).failure(),
        (414, "uri-too-long".to_owned())
    );
}

#[test]
fn a_body_for_a_full_pool_is_not_asked_for() {
    let server = lab().args("--max-threads 1 --max-queue 0").start();
    let busy = server.begin("/lab/polite/5000");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let answer = offer(&server, "POST", "/lab/bytes", 3);
    assert_eq!(answer.failure(), (503, "queue-full".to_owned()));
    assert!(is_last(&answer, POST));
    drop(busy);
}

#[test]
fn a_request_with_a_body_is_refused_once() {
    let server = lab().args("--max-threads 1 --max-queue 0").start();
    let busy = server.begin("/lab/polite/5000");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    let head = request("POST", "/lab/bytes", "content-length: 3\r\n");
    for (refused, (first, rest)) in [("", "abc"), ("ab", "c"), ("abc", "")].into_iter().enumerate() {
        let mut wire = Wire::with(&server, format!("{head}{first}"));
        let answer = wire.answer(POST);
        assert_eq!(answer.failure(), (503, "queue-full".to_owned()));
        assert!(!is_last(&answer, POST), "so little may come later");
        wire.send(rest);
        assert_eq!(wire.get("/lab/stats").json()["rejected"], refused + 1);
    }
    drop(busy);
}

#[test]
fn a_body_during_a_drain_is_not_asked_for() {
    let server = lab().start();
    let mut wire = Wire::open(&server);
    wire.get("/lab/inline");
    let mut busy = Wire::with(&server, request("GET", "/lab/sleep/1500", ""));
    server.until("it runs", |stats| stats["running"] == 1);
    server.signal(Signal::TERM);
    server.log().line("draining");
    wire.send(request(
        "POST",
        "/lab/bytes",
        "expect: 100-continue\r\ncontent-length: 3\r\n",
    ));
    assert_eq!(wire.answer(POST).failure(), (503, "shutting-down".to_owned()));
    assert_eq!(busy.answer(GET).status, 200);
}

#[test]
fn a_body_that_no_handler_reads_is_not_asked_for() {
    let server = lab().start();
    let answer = offer(&server, "GET", "/lab/hello?name=x", 3);
    assert_eq!(answer.json()["hello"], "x");
    assert!(
        is_last(&answer, GET),
        "the client may send it all the same: {answer:?}"
    );
}

#[test]
fn a_body_that_is_wanted_is_asked_for_once() {
    let server = lab().start();
    for expectation in [
        "100-continue",
        "100-Continue",
        "100-continue, 100-continue",
        ", 100-continue ,",
    ] {
        let headers = format!("expect: {expectation}\r\ncontent-length: 3\r\n");
        let mut wire = Wire::with(&server, request("POST", "/lab/text", &headers));
        assert_eq!(wire.answer(POST).status, 100);
        wire.send("abc");
        assert_eq!(wire.answer_and_go_on(POST).text(), "ABC");
    }
}

#[test]
fn a_chunked_body_that_is_wanted_is_asked_for_once() {
    let server = lab().start();
    let headers = "expect: 100-continue\r\ntransfer-encoding: chunked\r\n";
    let mut wire = Wire::with(&server, request("POST", "/lab/text", headers));
    assert_eq!(wire.answer(POST).status, 100);
    wire.send("3\r\nabc\r\n0\r\n\r\n");
    assert_eq!(wire.answer_and_go_on(POST).text(), "ABC");
}

#[test]
fn a_body_that_has_come_already_need_not_be_asked_for() {
    let server = lab().start();
    let headers = "expect: 100-continue\r\ncontent-length: 3\r\n";
    let mut wire = Wire::with(&server, format!("{}abc", request("POST", "/lab/text", headers)));
    assert_eq!(wire.answer_and_go_on(POST).text(), "ABC");
}

#[test]
fn an_expectation_that_we_do_not_know_is_a_417() {
    let server = lab().start();
    for expectation in ["200-ok", "100-continue, something"] {
        let headers = format!("expect: {expectation}\r\ncontent-length: 3\r\n");
        let mut wire = Wire::with(&server, request("POST", "/lab/text", &headers));
        assert_eq!(wire.answer(POST).failure().0, 417, "{expectation}");
    }
    assert_eq!(submitted(&server), 0);
    let empty = request("POST", "/lab/text", "expect:\r\ncontent-length: 3\r\n");
    let mut wire = Wire::with(&server, format!("{empty}abc"));
    assert_eq!(wire.answer_and_go_on(POST).text(), "ABC", "an empty list");
}

#[test]
fn an_old_client_is_never_asked() {
    let server = lab().start();
    let head = "POST /lab/text HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    let mut wire = Wire::with(&server, head);
    wire.send("abc");
    let to = To {
        method: "POST",
        minor: 0,
    };
    assert_eq!(wire.last_answer(to).text(), "ABC");
}

/// Keeps the one thread of this server busy, so that bodies wait.
fn busy_server(options: &str) -> (Server, gopool_tests::Connection) {
    let server = lab()
        .args("--max-threads 1 --timeout 1h --queue-timeout 1h")
        .args(options)
        .start();
    let busy = server.begin("/lab/polite/3000000");
    server.until("the thread is busy", |stats| stats["running"] == 1);
    (server, busy)
}

#[test]
fn bodies_beyond_the_budget_are_refused_before_they_are_read() {
    let (server, busy) = busy_server("--max-body-memory 3MB");
    let post = request("POST", "/lab/bytes", "content-length: 1000000\r\n");
    let body = vec![b'x'; 1_000_000];
    let mut taken: Vec<_> = (0..3)
        .map(|_| Wire::with(&server, [post.as_bytes(), &body].concat()))
        .collect();
    server.until("three wait", |stats| stats["queued"] == 3);
    let answer = offer(&server, "POST", "/lab/bytes", 1_000_000);
    assert_eq!(answer.failure(), (503, "memory-full".to_owned()));
    assert!(is_last(&answer, POST));
    drop(busy);
    for wire in &mut taken {
        assert_eq!(wire.answer(POST).json()["len"], 1_000_000);
    }
    assert_eq!(
        offer(&server, "POST", "/lab/bytes", 1_000_000).status,
        100,
        "there is room again"
    );
}

#[test]
fn what_has_come_of_a_chunked_body_counts_in_the_budget() {
    let (server, _busy) = busy_server("--max-body-memory 1MB");
    let post = request("POST", "/lab/bytes", "content-length: 900000\r\n");
    let _taken = Wire::with(&server, [post.as_bytes(), &vec![b'x'; 900_000]].concat());
    server.until("it waits", |stats| stats["queued"] == 1);
    let mut wire = Wire::with(
        &server,
        request("POST", "/lab/bytes", "transfer-encoding: chunked\r\n"),
    );
    let chunk = format!("{:x}\r\n{}\r\n", 200_000, "x".repeat(200_000));
    let _ = wire.try_send(chunk);
    assert_eq!(wire.answer(POST).failure(), (503, "memory-full".to_owned()));
}

#[test]
fn the_budget_comes_back_from_clients_that_leave_in_the_middle_of_their_body() {
    let server = lab().args("--max-body-memory 1MB").start();
    let head = request("POST", "/lab/bytes", "content-length: 900000\r\n");
    for _ in 0..20 {
        let wire = Wire::with(&server, format!("{head}half"));
        until("it is taken", || {
            (offer(&server, "POST", "/lab/bytes", 900_000).status == 503).then_some(())
        });
        drop(wire);
        until("there is room", || {
            (offer(&server, "POST", "/lab/bytes", 900_000).status == 100).then_some(())
        });
    }
}

#[test]
fn four_hundred_bodies_at_a_busy_pool_stay_within_the_budget() {
    let budget = 64_000_000;
    let (server, _busy) = busy_server("--max-body-memory 64MB");
    // The first body brings what stays: buffers, arenas of the allocator.
    let before = server.memory();
    let head = request("POST", "/lab/bytes", "content-length: 2000000\r\n");
    let body = vec![b'x'; 2_000_000];
    let mut wires: Vec<_> = (0..400).map(|_| Wire::with(&server, &head)).collect();
    let mut refused = 0;
    for wire in &mut wires {
        if wire.try_send(&body).is_err() {
            refused += 1;
        }
    }
    server.until("the budget is in use", |stats| stats["queued"] == 32);
    let grown = server.memory().saturating_sub(before);
    println!("{refused} saw it while they sent; grown by {grown} bytes");
    assert!(grown <= budget + budget / 10, "{grown}");
    let mut refused = 0;
    for wire in &mut wires {
        if wire.has_come() {
            assert_eq!(wire.answer(POST).failure(), (503, "memory-full".to_owned()));
            refused += 1;
        }
    }
    assert_eq!(refused, 368);
}
