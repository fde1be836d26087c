//! Panics are answers, not losses.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use gopool_tests::lab;
use serde_json::json;

#[test]
fn ten_thousand_panics_at_64_connections_are_ten_thousand_answers_and_cost_no_thread() {
    const PANICS: usize = 10_000;
    let server = lab().args("--min-threads 2 --max-threads 2").start();
    let before = server.until("both threads stand ready", |stats| stats["idle"] == 2);
    let next = AtomicUsize::new(0);
    let hammer = || {
        let mut connection = server.connect();
        while next.fetch_add(1, Ordering::Relaxed) < PANICS {
            connection.get("/lab/panic");
            assert_eq!(connection.answer().failure(), (500, "panic".to_owned()));
        }
    };
    thread::scope(|scope| {
        (0..64).for_each(|_| {
            scope.spawn(hammer);
        });
    });
    let after = server.until_quiet();
    assert_eq!(
        (&after["panicked"], &after["submitted"]),
        (&json!(PANICS), &json!(PANICS))
    );
    for name in ["idle", "overdue"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    assert_eq!(
        ended.stderr.matches("handler panicked").count(),
        PANICS,
        "each panic is one line of the log"
    );
}

#[test]
fn a_panic_is_logged_with_its_text_its_place_and_its_request() {
    let server = lab().start();
    let answer = server.get("/lab/panic?how=string");
    let line = server.log().line(answer.request_id());
    for part in ["ERROR", "on purpose, 10 characters", "failure.rs:"] {
        assert!(line.contains(part), "`{part}` is not in: {line}");
    }
}

#[test]
fn a_panic_of_a_thread_of_ones_own_is_a_line_too() {
    let server = lab().args("--log-format json").env("RUST_BACKTRACE", "1").start();
    assert_eq!(server.get("/lab/panic-apart").status, 204);
    let line: serde_json::Value = serde_json::from_str(&server.log().line("a thread panicked")).unwrap();
    assert_eq!(
        (&line["thread"], &line["text"], &line["level"]),
        (&"apart".into(), &"apart on purpose".into(), &"ERROR".into())
    );
    assert!(line["place"].as_str().unwrap().contains("failure.rs:"), "{line}");
    assert!(
        line["backtrace"].as_str().unwrap().contains("panic_apart"),
        "{line}"
    );
    assert!(line["request_id"].is_null(), "it belongs to no request: {line}");
}

#[test]
fn without_being_asked_for_there_is_no_backtrace() {
    let server = lab().start();
    server.get("/lab/panic-apart");
    let line = server.log().line("a thread panicked");
    assert!(!line.contains("backtrace"), "{line}");
}

#[test]
fn others_are_served_beside_a_panic() {
    let server = lab().args("--max-threads 2").start();
    let mut beside = server.begin("/lab/sleep/300");
    server.until("one runs", |stats| stats["running"] == 1);
    assert_eq!(server.get("/lab/panic").failure(), (500, "panic".to_owned()));
    assert_eq!(beside.answer().status, 200);
}
