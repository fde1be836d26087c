//! What the log tells of an overdue thread.

use gopool_tests::{Server, lab, until};

/// Begins a request of this id, waits until the log tells what its overdue thread does, and gives that line.
fn told(server: &Server, target: &str) -> String {
    let mut connection = server.connect();
    let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nx-request-id: stuck-one\r\n\r\n");
    connection.send(request).unwrap();
    assert_eq!(connection.answer().status, 504);
    server.log().line("what an overdue thread does")
}

#[test]
fn a_thread_that_works_on_is_told_with_its_stack_and_once() {
    let server = lab()
        .args("--timeout 100ms --max-threads 1 --info-url /monitor")
        .start();
    let line = told(&server, "/lab/spin/3600000");
    for part in [
        "WARN gopool::overdue",
        "request_id=\"stuck-one\"",
        "lane=\"GET /lab/spin/{ms}\"",
        "thread=\"gopool-1\"",
        "state=R",
        "stack=\"",
        "lab::work::spin\"",
        "peer=127.0.0.1:",
    ] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    // Another one is told of after it, and it is not told of again.
    server.get("/lab/held");
    let of = |lane: &str| {
        let text = server.log().text();
        let lines = text
            .lines()
            .filter(|line| line.contains("what an overdue thread does"));
        lines.filter(|line| line.contains(lane)).count()
    };
    until("the other is told of", || (of("/lab/held") == 1).then_some(()));
    assert_eq!(of("/lab/spin"), 1);
    server.release();
}

#[test]
fn a_thread_that_waits_is_told_with_its_state() {
    let server = lab().args("--timeout 100ms --max-threads 1").start();
    let line = told(&server, "/lab/held");
    assert!(
        line.contains("state=S") && line.contains("no_stack=\"it used no CPU time\""),
        "{line}"
    );
    server.release();
}

#[test]
fn a_handler_that_stops_when_it_is_told_to_is_not_worth_a_line() {
    let server = lab().args("--max-threads 1").start();
    assert_eq!(server.get("/lab/short/60000").status, 504);
    server.log().line("an overdue thread has come back");
    // Told of later than the one before would be.
    let mut late = server.begin("/lab/held-past-its-limit");
    assert_eq!(late.answer().status, 504);
    server.log().line("what an overdue thread does");
    assert!(
        !server
            .log()
            .text()
            .contains("lane=\"GET /lab/short/{ms}\" thread=\"gopool-1\" state")
    );
    server.release();
}
