//! Heads of requests: what is read, and what is refused.

use std::{thread, time::Duration};

use gopool_tests::lab;

use crate::{
    reply::{GET, HEAD, POST, to},
    wire::{Wire, request, submitted},
};

#[test]
fn a_missing_or_an_invalid_host_is_a_400() {
    let server = lab().start();
    for host in [
        "",
        "host: a b\r\n",
        "host: x,y\r\n",
        "host: x/y\r\n",
        "host: user@x\r\n",
        "host: [::1\r\n",
        "host: ::1\r\n",
        "host: [x]\r\n",
        "host: x:port\r\n",
        "host: x:80:80\r\n",
        "host: x:99999\r\n",
        "host: x?y\r\n",
        "host: %zz\r\n",
        "host: caf\u{e9}\r\n",
        "host: a\r\nhost: a\r\n",
        "host: a\r\nhost: b\r\n",
    ] {
        let head = format!("GET /lab/detached/0 HTTP/1.1\r\n{host}\r\n");
        let answer = Wire::with(&server, head).last_answer(GET);
        assert_eq!(answer.failure().0, 400, "`{host}`");
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn every_host_that_there_can_be_is_served() {
    let server = lab().start();
    for host in [
        "",
        "localhost",
        "localhost:",
        "example.org:8080",
        "127.0.0.1",
        "[::1]",
        "[2001:db8::1]:8080",
        "[::ffff:127.0.0.1]",
        "under_score.example",
        "tilde~name",
        "a%41b",
        "x!$&'()*+;=y",
    ] {
        let head = format!("GET /lab/inline HTTP/1.1\r\nhost: {host}\r\n\r\n");
        assert_eq!(
            Wire::with(&server, head).answer_and_go_on(GET).status,
            200,
            "`{host}`"
        );
    }
}

#[test]
fn an_absolute_target_is_served_whatever_its_host() {
    let server = lab().start();
    for target in [
        "http://test/lab/hello?name=x",
        "http://other.example:81/lab/hello?name=x",
        "HTTP://test/lab/hello?name=x",
        "https://[::1]:443/lab/hello?name=x",
    ] {
        let mut wire = Wire::with(&server, request("GET", target, ""));
        assert_eq!(wire.answer_and_go_on(GET).json()["hello"], "x", "{target}");
    }
}

#[test]
fn options_of_the_server_itself_are_answered() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("OPTIONS", "*", ""));
    let answer = wire.answer_and_go_on(to("OPTIONS"));
    assert_eq!((answer.status, answer.text()), (204, ""));
    let allow = answer.header("allow").unwrap_or_default();
    assert!(allow.contains("GET") && allow.contains("POST"), "{answer:?}");
}

#[test]
fn a_head_that_is_refused_has_no_body_either() {
    let server = lab().args("--head-timeout 300ms").start();
    for refused in [
        "HEAD /lab/inline HTTP/1.1\r\n\r\n",
        "HEAD /lab/inline HTTP/1.1\r\nhost: a b\r\n\r\n",
        "\r\nHEAD http://user@x/lab/inline HTTP/1.1\r\nhost: x\r\n\r\n",
        "HEAD /lab/inline HTTP/1.1\r\nhost: x\r\nexpect: more\r\n\r\n",
        "HEAD /lab/inline HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
        "HEAD /lab/inline HTTP/1.1\r\nhost: x\r\n folded\r\n\r\n",
        "HEAD /lab/inline HTTP/1.1\r\nhost: ",
        "HEAD * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ] {
        let answer = Wire::with(&server, refused).last_answer(HEAD);
        assert!((400..=417).contains(&answer.status), "{refused:?}: {answer:?}");
    }
    // What is refused after a head is its own request.
    let requests = [
        request("HEAD", "/lab/inline", "").as_str(),
        "GET /lab/inline HTTP/1.1\r\n\r\n",
    ]
    .concat();
    let mut wire = Wire::with(&server, requests);
    assert_eq!(wire.answer(HEAD).status, 200);
    assert_eq!(wire.last_answer(GET).failure().0, 400);
}

#[test]
fn a_star_is_for_options_only() {
    let server = lab().start();
    let answer = Wire::with(&server, request("GET", "*", "")).answer(GET);
    assert_eq!(answer.failure().0, 400);
}

#[test]
fn a_target_that_is_none_is_a_400() {
    let server = lab().start();
    for target in [
        "lab/inline",
        "/a b",
        "/\u{e9}",
        "/a\u{1}",
        "//[/",
        "ftp://test/lab/inline",
        "http://user@test/lab/inline",
        "http://user:pass@test/lab/inline",
        "http://x,y/lab/inline",
        "http://[x]/lab/inline",
        "http:///lab/inline",
        "test:80",
        "/lab/inline#x",
        "http://test/lab/inline#",
    ] {
        let head = request("GET", target, "");
        let answer = Wire::with(&server, head).answer(GET);
        assert!([400, 404].contains(&answer.failure().0), "{target}: {answer:?}");
    }
}

#[test]
fn a_tunnel_is_refused_and_nothing_behind_it_is_executed() {
    let server = lab().start();
    let head = request("CONNECT", "example.org:443", "");
    let mut wire = Wire::with(&server, [head, request("GET", "/lab/detached/0", "")].concat());
    let answer = wire.last_answer(to("CONNECT"));
    assert!((400..=501).contains(&answer.failure().0), "{answer:?}");
    assert_eq!(submitted(&server), 0);
}

#[test]
fn lines_and_names_that_the_standard_forbids_are_refused() {
    let server = lab().start();
    for line in [
        "x-a : 1\r\n",
        " x-a: 1\r\n",
        "x-a: 1\r\n folded\r\n",
        "x-a: 1\0\r\n",
        "x-a\r\n",
        ": 1\r\n",
        "x\u{e9}: 1\r\n",
        "x-a: 1\rx-b: 2\r\n",
        "x-a: 1\nx-b: 2\r\n",
        "x-a: 1\n\r\n",
        "\nx-a: 1\r\n",
    ] {
        let mut wire = Wire::with(&server, request("GET", "/lab/detached/0", line));
        assert_eq!(wire.last_answer(GET).failure().0, 400, "`{line:?}`");
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn a_request_line_that_is_none_is_refused() {
    let server = lab().start();
    for line in [
        "GET /lab/inline",
        "GET /lab/inline HTTP/2.0",
        "GET /lab/inline HTTP/1.9",
        "GET /lab/inline http/1.1",
        "GET  /lab/inline HTTP/1.1",
        "G(T /lab/inline HTTP/1.1",
        "PRI * HTTP/2.0",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
        "SSH-2.0-OpenSSH_9.9",
    ] {
        let mut wire = Wire::with(&server, format!("{line}\r\nhost: x\r\n\r\n"));
        let answer = wire.last_answer(GET);
        assert!([400, 505].contains(&answer.failure().0), "`{line}`: {answer:?}");
    }
}

#[test]
fn methods_are_case_sensitive() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("get", "/lab/hello?name=x", ""));
    assert_eq!(
        wire.answer_and_go_on(to("get")).failure(),
        (405, "method-not-allowed".to_owned())
    );
}

#[test]
fn an_empty_line_before_a_request_is_overlooked() {
    let server = lab().start();
    let mut wire = Wire::with(&server, format!("\r\n\r\n{}", request("GET", "/lab/inline", "")));
    assert_eq!(wire.answer_and_go_on(GET).text(), "ok");
}

#[test]
fn an_empty_line_behind_a_request_is_no_beginning_of_the_next() {
    let server = lab().args("--keep-alive 600ms --head-timeout 200ms").start();
    let mut wire = Wire::with(&server, request("POST", "/lab/text", "content-length: 3\r\n"));
    wire.send("abc\r\n");
    assert_eq!(wire.answer(POST).text(), "ABC");
    wire.send("\r\n");
    // Without a word.
    wire.assert_closed();
}

#[test]
fn a_head_that_comes_byte_by_byte_is_read() {
    let server = lab().start();
    let mut wire = Wire::open(&server);
    for byte in request("GET", "/lab/hello?name=x", "x-a: b\r\n").bytes() {
        wire.send([byte]);
        thread::sleep(Duration::from_micros(300));
    }
    assert_eq!(wire.answer_and_go_on(GET).json()["hello"], "x");
}

#[test]
fn too_many_or_too_long_headers_are_a_431() {
    let server = lab().start();
    let many: String = (0..200).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = |length| format!("x-long: {}\r\n", "x".repeat(length));
    for headers in [many, long(40_000), long(200_000)] {
        let mut wire = Wire::open(&server);
        // The server may have seen enough before the last byte.
        let _ = wire.try_send(request("GET", "/lab/detached/0", &headers));
        assert_eq!(wire.last_answer(GET).failure().0, 431);
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn a_target_that_is_too_long_is_a_414_however_long_it_is() {
    let server = lab().start();
    for length in [10_000, 33_000, 66_000, 200_000] {
        let mut wire = Wire::open(&server);
        let target = format!("/lab/detached/{}", "0".repeat(length));
        // The server may have seen enough before the last byte.
        let _ = wire.try_send(request("GET", &target, ""));
        assert_eq!(
            wire.answer(GET).failure(),
            (414, "uri-too-long".to_owned()),
            "{length}"
        );
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn a_rest_of_a_path_never_begins_with_a_slash() {
    let server = lab().start();
    for path in [
        "/lab/files//etc/passwd",
        "/lab/files/%2Fetc/passwd",
        "/lab/files/%2f",
    ] {
        let mut wire = Wire::with(&server, request("GET", path, ""));
        assert_eq!(
            wire.answer_and_go_on(GET).failure(),
            (400, "bad-path".to_owned()),
            "{path}"
        );
    }
    let mut wire = Wire::with(&server, request("GET", "/lab/files/etc//passwd", ""));
    assert_eq!(wire.answer_and_go_on(GET).text(), "etc//passwd");
}

#[test]
fn lengths_and_codings_that_contradict_are_refused() {
    let server = lab().start();
    for headers in [
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: 5\r\ncontent-length: 5\r\n",
        "content-length: 5, 6\r\n",
        "content-length: +5\r\n",
        "content-length: -5\r\n",
        "content-length: 0x5\r\n",
        "content-length: 5 5\r\n",
        "content-length: \r\n",
        "content-length: 99999999999999999999\r\n",
        "transfer-encoding: gzip\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, gzip\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding\u{b}: chunked\r\n",
    ] {
        let head = request("POST", "/lab/bytes", headers);
        let mut wire = Wire::with(&server, format!("{head}0\r\n\r\n"));
        let answer = wire.last_answer(POST);
        assert!(
            [400, 501].contains(&answer.failure().0),
            "`{headers}`: {answer:?}"
        );
    }
    let old = "POST /lab/bytes HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(Wire::with(&server, old).last_answer(POST).status, 400);
    assert_eq!(submitted(&server), 0);
}
