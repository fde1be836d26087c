//! Every failure is a problem with a status, a type and the request's id.

use gopool_tests::{Answer, Server, lab};

#[track_caller]
fn assert_failure(answer: &Answer, status: u16, kind: &str, detail: &str) {
    assert_eq!(answer.failure(), (status, kind.to_owned()), "{answer:?}");
    assert!(
        answer.detail().contains(detail),
        "`{detail}` is not in: {}",
        answer.detail()
    );
}

fn post(server: &Server, path: &str, content_type: &str, body: &str) -> Answer {
    server.post(path, content_type, body)
}

#[test]
fn what_cannot_be_read_names_the_field_and_the_reason() {
    let server = lab().start();
    assert_failure(&server.get("/lab/fib/many"), 400, "bad-path", "`n`");
    assert_failure(&server.get("/lab/fib/-1"), 400, "bad-path", "-1");
    assert_failure(&server.get("/lab/users/x/posts/y"), 400, "bad-path", "`id`");
    assert_failure(&server.get("/lab/hello"), 400, "bad-query", "`name`");
    assert_failure(
        &server.get("/lab/hello?name=a&name=b"),
        400,
        "bad-query",
        "`name`",
    );
    assert_failure(
        &server.get("/lab/panic?how=otherwise"),
        400,
        "bad-query",
        "otherwise",
    );
    assert_failure(
        &post(&server, "/lab/echo", "application/json", "{\"id\":"),
        400,
        "bad-json",
        "EOF",
    );
    assert_failure(
        &post(&server, "/lab/echo", "application/json", ""),
        400,
        "bad-json",
        "empty",
    );
    assert_failure(
        &post(&server, "/lab/echo", "application/json", "{} x"),
        422,
        "invalid-body",
        "`id`",
    );
    let trailing = "{\"id\":1,\"tags\":[]} x";
    assert_failure(
        &post(&server, "/lab/echo", "application/json", trailing),
        400,
        "bad-json",
        "trailing",
    );
    let wrong = "{\"id\":1,\"tags\":[\"a\",7]}";
    assert_failure(
        &post(&server, "/lab/echo", "application/json", wrong),
        422,
        "invalid-body",
        "tags[1]",
    );
    let form = "application/x-www-form-urlencoded";
    assert_failure(
        &post(&server, "/lab/form", form, "id=x&tags=a"),
        422,
        "invalid-body",
        "`id`",
    );
}

#[test]
fn a_body_of_another_type_is_refused_naming_both() {
    let server = lab().start();
    let json = "{\"id\":1,\"tags\":[]}";
    assert_failure(
        &post(&server, "/lab/echo", "text/plain", json),
        415,
        "unsupported-type",
        "`text/plain`",
    );
    assert_failure(
        &post(&server, "/lab/echo", "application/json5", json),
        415,
        "unsupported-type",
        "application/json",
    );
    assert_failure(
        &post(&server, "/lab/form", "application/json", json),
        415,
        "unsupported-type",
        "urlencoded",
    );
    for good in [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/vnd.x+json",
    ] {
        assert_eq!(post(&server, "/lab/echo", good, json).status, 200, "{good}");
    }
}

#[test]
fn no_route_is_404_and_a_wrong_method_says_which_are_right() {
    let server = lab().start();
    assert_failure(&server.get("/lab/nothing"), 404, "not-found", "");
    assert_failure(&server.get("/"), 404, "not-found", "");
    assert_failure(&server.get("/lab/hello/?name=x"), 404, "not-found", "");
    let answer = server.send("DELETE", "/lab/hello", &[]);
    assert_failure(&answer, 405, "method-not-allowed", "");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"));
    let answer = server.get("/lab/echo");
    assert_failure(&answer, 405, "method-not-allowed", "");
    assert_eq!(answer.header("allow"), Some("OPTIONS, POST"));
}

#[test]
fn a_private_cause_is_in_the_log_and_nowhere_else() {
    let server = lab().start();
    let answer = server.get("/lab/secret-error");
    assert_failure(&answer, 500, "internal", "");
    assert!(!answer.text().contains("secret"), "{answer:?}");
    assert!(!format!("{:?}", answer.headers).contains("secret"), "{answer:?}");
    let line = server.log().line(answer.request_id());
    assert!(line.contains("secret") && line.contains("ERROR"), "{line}");
}

#[test]
fn the_log_can_be_lines_of_json() {
    let server = lab().args("--log-format json").start();
    let answer = server.get("/lab/secret-error");
    let line: serde_json::Value = serde_json::from_str(&server.log().line(answer.request_id())).unwrap();
    assert_eq!(line["request_id"], answer.request_id());
    assert!(
        line["error"]
            .as_str()
            .is_some_and(|error| error.contains("secret")),
        "{line}"
    );
    let panic = server.get("/lab/panic");
    let line: serde_json::Value = serde_json::from_str(&server.log().line(panic.request_id())).unwrap();
    assert_eq!(
        (&line["level"], &line["text"]),
        (&"ERROR".into(), &"on purpose".into())
    );
}
