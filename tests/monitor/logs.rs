//! What the log says of requests.

use gopool_tests::{lab, until};
use serde_json::Value;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[test]
fn each_request_is_a_line_when_asked_for() {
    let server = lab().args("--log access").start();
    let answer = server.get("/lab/users/7/posts/a?token=secret");
    let line = server
        .log()
        .line(&format!("request_id=\"{}\"", answer.request_id()));
    for part in [
        "INFO gopool::access: answered",
        "method=\"GET\"",
        "path=\"/lab/users/7/posts/a\"",
        "route=\"/lab/users/{id}/posts/{post}\"",
        "status=200",
        " seconds=",
        "wait_seconds=",
        "run_seconds=",
        "peer=127.0.0.1:",
    ] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    assert!(
        !line.contains("secret"),
        "a query may hold what must not be in a log: {line}"
    );
}

#[test]
fn lines_are_json_when_asked_for() {
    let server = lab().args("--log access --log-format json").start();
    server.send("GET", "/lab/nothing", &[("x-request-id", "mine")]);
    let line: Value = serde_json::from_str(&server.log().line("gopool::access")).unwrap();
    assert_eq!(
        (&line["request_id"], &line["status"], &line["route"]),
        (&"mine".into(), &404.into(), &"unmatched".into())
    );
    assert!(line["seconds"].as_f64().is_some(), "{line}");
    assert_eq!(
        (&line["level"], &line["target"]),
        (&"INFO".into(), &"gopool::access".into())
    );
}

#[test]
fn a_client_that_leaves_is_a_line_without_a_status() {
    let server = lab().args("--log access").start();
    let connection = server.begin("/lab/async-sleep/60000");
    until("it is there", || {
        server.get("/lab/inline").text().contains("ok").then_some(())
    });
    drop(connection);
    let line = server.log().line("client left");
    assert!(
        line.contains("route=\"/lab/async-sleep/{ms}\"") && !line.contains("status="),
        "{line}"
    );
}

#[test]
fn only_slow_requests_are_warned_of() {
    let server = lab().args("--slow 200ms").start();
    server.send("GET", "/lab/sleep/300", &[("x-request-id", "slow-one")]);
    let line = server.log().line("slow request");
    for part in [
        "WARN gopool::slow",
        "request_id=\"slow-one\"",
        "route=\"/lab/sleep/{ms}\"",
        "run_seconds=0.3",
    ] {
        assert!(line.contains(part), "no `{part}` in {line}");
    }
    server.get("/lab/inline");
    let log = server.stop().stderr;
    assert_eq!(log.matches("slow request").count(), 1, "{log}");
    assert!(!log.contains("gopool::access"), "nobody asked for it: {log}");
}

#[test]
fn a_trace_is_taken_over_as_the_request_id() {
    let server = lab().start();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = server.send("GET", "/lab/panic", &[("traceparent", &parent)]);
    assert_eq!(answer.request_id(), TRACE);
    assert!(
        server.log().line("handler panicked").contains(TRACE),
        "also in what the handler's thread writes"
    );
    let both = [("traceparent", &*parent), ("x-request-id", "mine")];
    assert_eq!(server.send("GET", "/lab/inline", &both).request_id(), "mine");
    let forged = server.send("GET", "/lab/inline", &[("traceparent", "00-xyz-1-01")]);
    assert_eq!(forged.request_id().len(), 32);
}
