//! Request ids, `HEAD`, `OPTIONS`, and what else HTTP promises.

use gopool_tests::lab;

#[test]
fn a_fit_request_id_is_taken_over_and_any_other_is_replaced() {
    let server = lab().start();
    let id_for = |given: &str| {
        let answer = server.send("GET", "/lab/inline", &[("x-request-id", given)]);
        assert_eq!(answer.status, 200);
        answer.request_id().to_owned()
    };
    for fit in ["abc-123", "!~", &"x".repeat(128)] {
        assert_eq!(id_for(fit), fit);
    }
    for unfit in ["", "a b", "a\tb", &"x".repeat(129)] {
        assert!(is_made(&id_for(unfit)), "{unfit:?}");
    }
    let mut connection = server.connect();
    connection
        .send(b"GET /lab/inline HTTP/1.1\r\nhost: x\r\nx-request-id: \xff\xfe\r\n\r\n")
        .unwrap();
    assert!(is_made(connection.answer().request_id()));
}

fn is_made(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let server = lab().start();
    let paths = [
        "/lab/inline",
        "/lab/hello?name=x",
        "/lab/counter",
        "/lab/panic",
        "/nothing",
        "/lab/error/409",
    ];
    let ids: std::collections::BTreeSet<_> = paths
        .iter()
        .map(|path| server.get(path).request_id().to_owned())
        .collect();
    assert_eq!(ids.len(), paths.len());
    assert!(ids.iter().all(|id| is_made(id)));
}

#[test]
fn an_id_of_the_client_is_in_the_answer_the_problem_and_the_log() {
    let server = lab().start();
    let answer = server.send("GET", "/lab/panic", &[("x-request-id", "from-the-client")]);
    assert_eq!(answer.failure().1, "panic");
    assert_eq!(answer.request_id(), "from-the-client");
    assert!(server.log().line("from-the-client").contains("on purpose"));
}

#[test]
fn head_is_get_without_the_body() {
    let server = lab().start();
    let mut connection = server.connect();
    for (path, status) in [
        ("/lab/hello?name=x", 200),
        ("/lab/inline", 200),
        ("/lab/nothing", 404),
    ] {
        let get = server.get(path);
        connection
            .send(format!("HEAD {path} HTTP/1.1\r\nhost: x\r\n\r\n"))
            .unwrap();
        let head = connection.answer_to_head();
        assert_eq!((head.status, get.status), (status, status));
        for name in ["content-type", "content-length"] {
            // A problem's length may differ only in its request id, and all made ids are of one length.
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    connection.get("/lab/inline");
    assert_eq!(
        connection.answer().text(),
        "ok",
        "no body of a HEAD was left on the connection"
    );
}

#[test]
fn options_says_what_a_path_allows() {
    let server = lab().start();
    for (path, allow) in [
        ("/lab/hello", "GET, HEAD, OPTIONS"),
        ("/lab/echo", "OPTIONS, POST"),
    ] {
        let answer = server.send("OPTIONS", path, &[]);
        assert_eq!(
            (answer.status, answer.header("allow"), answer.text()),
            (204, Some(allow), ""),
            "{path}"
        );
    }
    assert_eq!(
        server.send("OPTIONS", "/nothing", &[]).failure(),
        (404, "not-found".to_owned())
    );
}

#[test]
fn pipelined_requests_are_answered_in_their_order() {
    let server = lab().args("--max-threads 4").start();
    let mut connection = server.connect();
    let requests: String = (0..20)
        .map(|n| format!("GET /lab/hello?name={n} HTTP/1.1\r\nhost: x\r\n\r\n"))
        .collect();
    connection.send(requests).unwrap();
    for n in 0..20 {
        assert_eq!(connection.answer().json()["hello"], n.to_string());
    }
}

#[test]
fn a_connection_stays_open_after_a_failure() {
    let server = lab().start();
    let mut connection = server.connect();
    for path in [
        "/lab/panic",
        "/nothing",
        "/lab/fib/x",
        "/lab/secret-error",
        "/lab/hello",
    ] {
        connection.get(path);
        assert!(connection.answer().status >= 400, "{path}");
    }
    connection.get("/lab/inline");
    assert_eq!(connection.answer().text(), "ok");
}

#[test]
fn http_1_0_is_served_and_closed() {
    let server = lab().start();
    let mut connection = server.connect();
    connection.send("GET /lab/hello?name=x HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(connection.answer().json()["hello"], "x");
    assert!(connection.is_closed());
}
