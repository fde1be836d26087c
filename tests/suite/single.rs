//! `--single`: everything on one event loop, with the same answers.

use gopool_tests::lab;
use serde_json::json;

#[test]
fn everything_answers_on_one_event_loop() {
    let server = lab().args("--single").start();
    let expected = [
        ("/lab/hello?name=x", json!({ "hello": "x" })),
        ("/lab/fib/10", json!({ "n": 10, "fib": 55 })),
        ("/lab/sleep/1", json!({ "slept": 1 })),
        ("/lab/polite/1", json!({ "spun": 1 })),
        ("/lab/single-file/1", json!({ "slept": 1 })),
        ("/lab/async-sleep/1", json!({ "slept": 1 })),
        ("/lab/mixed/1/10", json!({ "n": 10, "fib": 55 })),
        ("/lab/par/1001", json!({ "n": 1001, "sum": 500_500 })),
    ];
    for (path, value) in expected {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.json()), (200, value), "{path}");
    }
    assert_eq!(server.post("/lab/text", "text/plain", "abc").text(), "ABC");
    assert_eq!(server.get("/master/ping").text(), "pong");
    // There is no pool to tell of.
    assert_eq!(server.get("/lab/stats").status, 404);
}

#[test]
fn failures_are_the_same_problems_as_on_the_pool() {
    let server = lab().args("--single").start();
    let expected = [
        ("/lab/panic", 500, "panic"),
        ("/lab/panic?how=any", 500, "panic"),
        ("/lab/secret-error", 500, "internal"),
        ("/lab/fib/x", 400, "bad-path"),
        ("/lab/hello", 400, "bad-query"),
        ("/nothing", 404, "not-found"),
    ];
    for (path, status, kind) in expected {
        assert_eq!(server.get(path).failure(), (status, kind.to_owned()), "{path}");
    }
    assert_eq!(server.get("/lab/inline").status, 200);
}

#[test]
fn there_is_no_pool_thread() {
    let server = lab().args("--single").start();
    // The event loop is up once it has answered.
    assert_eq!(server.get("/lab/inline").status, 200);
    let before = server.threads();
    for _ in 0..20 {
        assert_eq!(server.get("/lab/hello?name=x").status, 200);
    }
    assert_eq!(server.threads(), before);
}
