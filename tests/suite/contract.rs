//! Every route of lab, with the exact shape of its answer.

use gopool_tests::{Server, lab, until};
use serde_json::{Value, json};

#[track_caller]
fn assert_json(server: &Server, path: &str, expected: Value) {
    let answer = server.get(path);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json")),
        "{path}: {answer:?}"
    );
    assert_eq!(answer.json(), expected, "{path}");
}

#[track_caller]
fn assert_text(server: &Server, path: &str, expected: &str) {
    let answer = server.get(path);
    let content_type = answer.header("content-type");
    assert_eq!(
        (answer.status, content_type),
        (200, Some("text/plain; charset=utf-8")),
        "{path}: {answer:?}"
    );
    assert_eq!(answer.text(), expected, "{path}");
}

#[test]
fn routes_that_work_or_wait_answer_what_they_did() {
    let server = lab().start();
    assert_json(&server, "/lab/hello?name=x", json!({ "hello": "x" }));
    assert_json(&server, "/lab/fib/20", json!({ "n": 20, "fib": 6765 }));
    assert_json(&server, "/lab/sleep/1", json!({ "slept": 1 }));
    for route in ["spin", "polite", "detached"] {
        assert_json(&server, &format!("/lab/{route}/1"), json!({ "spun": 1 }));
    }
    for route in ["short", "impatient"] {
        // Their limits are so short that a busy machine now and then exceeds them.
        let path = format!("/lab/{route}/1");
        let in_time = || Some(server.get(&path)).filter(|answer| answer.status == 200);
        assert_eq!(until("an answer in time", in_time).json(), json!({ "spun": 1 }));
    }
    assert_json(&server, "/lab/single-file/1", json!({ "slept": 1 }));
    let counter = server.counter();
    assert_eq!(counter["finished"], 4);
    assert!(counter["cancelled"].is_u64(), "{counter}");
    assert_json(&server, "/lab/async-sleep/1", json!({ "slept": 1 }));
    assert_json(&server, "/lab/mixed/1/20", json!({ "n": 20, "fib": 6765 }));
    assert_json(&server, "/lab/par/1001", json!({ "n": 1001, "sum": 500_500 }));
    assert_json(&server, "/lab/stack/100", json!({ "depth": 100 }));
    assert_text(&server, "/lab/inline", "ok");
}

#[test]
fn routes_that_read_answer_what_they_read() {
    let server = lab().start();
    let echo = json!({ "id": 7, "tags": ["a", "b"] });
    assert_eq!(
        server
            .post("/lab/echo", "application/json", echo.to_string())
            .json(),
        echo
    );
    assert_eq!(
        server
            .post(
                "/lab/form",
                "application/x-www-form-urlencoded",
                "id=7&tags=a&tags=b"
            )
            .json(),
        echo
    );
    let bytes = [0, 255, b'x'];
    let digest = json!({ "len": 3, "crc32": crc32fast::hash(&bytes) });
    assert_eq!(
        server
            .post("/lab/bytes", "application/octet-stream", bytes)
            .json(),
        digest
    );
    assert_eq!(server.post("/lab/text", "text/plain", "größe").text(), "GRÖSSE");
    assert_json(
        &server,
        "/lab/users/7/posts/a%20b",
        json!({ "id": 7, "post": "a b" }),
    );
    assert_text(&server, "/lab/files/a/b.txt", "a/b.txt");
    assert_text(&server, "/lab/ctx", "prepared by on_master");
    let pong = server.get("/master/ping");
    assert_eq!((pong.status, pong.text()), (200, "pong"));
}

#[test]
fn one_route_can_take_every_method() {
    let server = lab().start();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = server.send(method, "/lab/any", &[]);
        assert_eq!((answer.status, answer.text()), (200, method));
    }
}

#[test]
fn only_the_headers_that_a_handler_names_cross_to_it() {
    let server = lab().start();
    let many = [
        ("user-agent", "test/1"),
        ("x-tenant", "acme"),
        ("cookie", "a=1"),
        ("authorization", "Bearer x"),
    ];
    let seen = server.send("GET", "/lab/headers", &many).json();
    assert_eq!(
        seen,
        json!({ "user-agent": "test/1", "x-tenant": "acme", "count": 2 })
    );
    let seen = server
        .send("GET", "/lab/headers", &[("user-agent", "test/1")])
        .json();
    assert_eq!(
        seen,
        json!({ "user-agent": "test/1", "x-tenant": null, "count": 1 })
    );
}

#[test]
fn each_way_to_panic_is_a_problem_that_keeps_the_text_private() {
    let server = lab().start();
    for how in ["str", "string", "any"] {
        let answer = server.get(&format!("/lab/panic?how={how}"));
        assert_eq!(answer.failure(), (500, "panic".to_owned()));
        assert!(!answer.text().contains("on purpose"), "{answer:?}");
        server.log().line(answer.request_id());
    }
}

#[test]
fn a_chosen_status_comes_with_its_public_text() {
    let server = lab().start();
    for status in [400, 401, 409, 418, 451, 500, 503, 599] {
        let answer = server.get(&format!("/lab/error/{status}"));
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.problem(),
            "blank",
            "a status without a kind of its own is `about:blank`"
        );
        assert_eq!(answer.detail(), "as you asked");
    }
}

#[test]
fn a_failure_cannot_pass_for_a_success() {
    let server = lab().start();
    for status in [100, 200, 204, 301, 600, 999, 0] {
        assert_eq!(
            server.get(&format!("/lab/error/{status}")).status,
            500,
            "{status}"
        );
    }
}
