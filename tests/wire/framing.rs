//! Where an answer ends: by the request that it answers, and by nothing else.

use gopool_tests::lab;

use crate::{
    reply::{GET, HEAD, POST, To},
    wire::{Wire, request},
};

const OLD_GET: To = To {
    method: "GET",
    minor: 0,
};

#[test]
fn a_head_whose_successor_has_arrived_is_answered_as_a_head() {
    let server = lab().start();
    let requests = [
        request("HEAD", "/lab/sleep/200", ""),
        request("GET", "/lab/hello?name=x", ""),
    ];
    let mut wire = Wire::with(&server, requests.concat());
    let head = wire.answer(HEAD);
    assert_eq!(
        head.header("content-length"),
        Some(r#"{"slept":200}"#.len().to_string().as_str())
    );
    assert_eq!(wire.answer_and_go_on(GET).text(), r#"{"hello":"x"}"#);
}

#[test]
fn a_get_whose_successor_is_a_head_has_its_body() {
    let server = lab().start();
    let requests = [
        request("GET", "/lab/sleep/200", ""),
        request("HEAD", "/lab/hello?name=x", ""),
    ];
    let mut wire = Wire::with(&server, requests.concat());
    assert_eq!(wire.answer(GET).text(), r#"{"slept":200}"#);
    assert_eq!(wire.answer_and_go_on(HEAD).status, 200);
}

#[test]
fn an_answer_speaks_the_version_of_its_own_request() {
    let server = lab().start();
    let old = "GET /lab/sleep/200 HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let mut wire = Wire::with(&server, [old, &request("GET", "/lab/hello?name=x", "")].concat());
    let first = wire.answer(OLD_GET);
    assert_eq!(first.header("connection"), Some("keep-alive"));
    assert_eq!(wire.answer_and_go_on(GET).header("connection"), None);
}

#[test]
fn an_answer_closes_for_its_own_request_and_not_for_the_next() {
    let server = lab().start();
    let requests = [
        request("GET", "/lab/sleep/200", ""),
        request("GET", "/lab/hello?name=x", "connection: close\r\n"),
    ];
    let mut wire = Wire::with(&server, requests.concat());
    assert_eq!(wire.answer(GET).header("connection"), None);
    assert_eq!(wire.last_answer(GET).header("connection"), Some("close"));
}

#[test]
fn an_old_client_gets_a_length_and_the_end() {
    let server = lab().start();
    let mut wire = Wire::with(&server, "GET /lab/hello?name=x HTTP/1.0\r\n\r\n");
    let answer = wire.last_answer(OLD_GET);
    assert_eq!(answer.text(), r#"{"hello":"x"}"#);
    assert!(answer.header("content-length").is_some());
}

#[test]
fn an_old_client_may_keep_its_connection() {
    let server = lab().start();
    let old = "GET /lab/hello?name=x HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n";
    let mut wire = Wire::open(&server);
    for _ in 0..3 {
        wire.send(old);
        assert_eq!(wire.answer(OLD_GET).header("connection"), Some("keep-alive"));
    }
}

#[test]
fn statuses_without_content_have_none_whatever_the_handler_gives() {
    let server = lab().start();
    for status in [204, 205, 304] {
        for to in [GET, HEAD] {
            let mut wire = Wire::with(&server, request(to.method, &format!("/lab/reply/{status}"), ""));
            let answer = wire.answer_and_go_on(to);
            assert_eq!((answer.status, answer.text()), (status, ""), "{}", to.method);
        }
    }
}

#[test]
fn a_status_below_200_is_no_answer_but_a_500_with_a_reason_in_the_log() {
    for status in [100, 101, 103, 199] {
        let server = lab().start();
        let mut wire = Wire::with(&server, request("GET", &format!("/lab/reply/{status}"), ""));
        assert_eq!(wire.answer_and_go_on(GET).status, 500, "{status}");
        server.log().line(&status.to_string());
    }
}

#[test]
fn a_head_of_a_large_answer_has_its_length_and_none_of_its_bytes() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("HEAD", "/lab/large/3000000", ""));
    assert_eq!(
        wire.answer_and_go_on(HEAD).header("content-length"),
        Some("3000000")
    );
}

#[test]
fn a_large_answer_arrives_as_a_whole() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("GET", "/lab/large/3000000", ""));
    assert_eq!(wire.answer_and_go_on(GET).body.len(), 3_000_000);
}

#[test]
fn what_is_the_servers_to_say_is_refused_loudly_when_a_handler_says_it() {
    let server = lab().start();
    for (name, value) in [
        ("connection", "close"),
        ("connection", "upgrade"),
        ("content-length", "3"),
        ("content-length", "9999"),
        ("transfer-encoding", "chunked"),
        ("transfer-encoding", "gzip"),
        ("keep-alive", "timeout=1"),
        ("Proxy-Connection", "keep-alive"),
        ("te", "trailers"),
        ("trailer", "x-a"),
        ("upgrade", "websocket"),
        ("x-request-id", "mine"),
    ] {
        for status in [200, 304, 404] {
            let target = format!("/lab/reply/{status}?name={name}&value={value}");
            let mut wire = Wire::with(&server, request("GET", &target, ""));
            let answer = wire.answer_and_go_on(GET);
            assert_eq!(answer.failure(), (500, "internal".to_owned()), "{name}");
            assert_ne!(answer.header(&name.to_ascii_lowercase()), Some(value), "{status}");
            assert!(server.log().line(answer.request_id()).contains(name), "{name}");
        }
    }
}

#[test]
fn a_date_of_the_handler_is_the_only_one() {
    let server = lab().start();
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let target = format!("/lab/reply/200?name=date&value={}", date.replace(' ', "+"));
    let mut wire = Wire::with(&server, request("GET", &target, ""));
    assert_eq!(wire.answer_and_go_on(GET).header("date"), Some(date));
}

#[test]
fn a_failure_is_framed_like_a_success() {
    let server = lab().start();
    let mut wire = Wire::open(&server);
    for (path, status) in [
        ("/lab/panic", 500),
        ("/nothing", 404),
        ("/lab/fib/x", 400),
        ("/lab/error/418", 418),
    ] {
        assert_eq!(wire.get(path).status, status);
        wire.send(request("HEAD", path, ""));
        assert_eq!(wire.answer_and_go_on(HEAD).status, status);
    }
}

#[test]
fn a_plain_route_is_framed_like_ours() {
    let server = lab().start();
    let requests = [
        request("HEAD", "/lab/sleep/100", ""),
        request("GET", "/master/ping", ""),
    ];
    let mut wire = Wire::with(&server, requests.concat());
    wire.answer(HEAD);
    assert_eq!(wire.answer_and_go_on(GET).text(), "pong");
}

#[test]
fn a_post_without_a_body_is_answered_and_the_connection_goes_on() {
    let server = lab().start();
    for headers in ["", "content-length: 0\r\n"] {
        let mut wire = Wire::with(&server, request("POST", "/lab/bytes", headers));
        assert_eq!(wire.answer_and_go_on(POST).json()["len"], 0);
    }
}
