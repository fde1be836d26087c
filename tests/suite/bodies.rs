//! Bodies: too large, too slow, broken off, announced and chunked.

use gopool_tests::{Connection, Server, lab};
use serde_json::json;

fn begin(server: &Server, path: &str, headers: &str, body: &[u8]) -> Connection {
    let mut connection = server.connect();
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    connection.send([head.as_bytes(), body].concat()).unwrap();
    connection
}

#[test]
fn a_body_at_the_limit_is_read_and_one_beyond_it_refused() {
    let server = lab().args("--max-body 1KB").start();
    let send = |length: usize| server.post("/lab/bytes", "application/octet-stream", vec![b'x'; length]);
    assert_eq!(send(1000).json()["len"], 1000);
    let answer = send(1001);
    assert_eq!(answer.failure(), (413, "too-large".to_owned()));
    assert!(answer.detail().contains("1000"), "{}", answer.detail());
}

#[test]
fn a_body_announced_too_large_is_refused_before_it_is_sent() {
    let server = lab().start();
    let mut connection = begin(&server, "/lab/bytes", "content-length: 99999999999\r\n", b"");
    assert_eq!(connection.answer().failure(), (413, "too-large".to_owned()));
    assert_eq!(server.stats()["submitted"], 0);
}

#[test]
fn a_chunked_body_is_counted_as_it_comes() {
    let server = lab().args("--max-body 1KB").start();
    let chunked = "transfer-encoding: chunked\r\n";
    let fits = begin(
        &server,
        "/lab/bytes",
        chunked,
        b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    )
    .answer();
    assert_eq!(
        fits.json(),
        json!({ "len": 5, "crc32": crc32fast::hash(b"abcde") })
    );
    let chunk = [b"400\r\n".as_slice(), &[b'x'; 0x400], b"\r\n"].concat();
    // Never ends by itself: the limit has to.
    let answer = begin(&server, "/lab/bytes", chunked, &chunk).answer();
    assert_eq!(answer.failure(), (413, "too-large".to_owned()));
}

#[test]
fn the_default_limit_is_two_megabytes() {
    let server = lab().start();
    let send = |length: usize| server.post("/lab/bytes", "application/octet-stream", vec![b'x'; length]);
    assert_eq!(send(2_000_000).json()["len"], 2_000_000);
    assert_eq!(send(2_000_001).failure(), (413, "too-large".to_owned()));
}

#[test]
fn broken_chunks_are_refused() {
    let server = lab().start();
    for body in [
        &b"zz\r\nabc\r\n"[..],
        b"-1\r\n",
        b"fffffffffffffffff\r\n",
        b"3\r\nabcXX",
    ] {
        let answer = begin(&server, "/lab/bytes", "transfer-encoding: chunked\r\n", body).try_answer(false);
        let refused = answer.as_ref().map_or(true, |answer| answer.status == 400);
        assert!(refused, "{body:?}: {answer:?}");
    }
    assert_eq!(server.until_quiet()["submitted"], 0);
}

#[test]
fn a_client_that_leaves_in_the_middle_of_its_body_costs_nothing() {
    let server = lab().start();
    for _ in 0..50 {
        drop(begin(&server, "/lab/bytes", "content-length: 1000\r\n", b"half"));
    }
    assert_eq!(server.post("/lab/bytes", "text/plain", "whole").json()["len"], 5);
    assert_eq!(server.until_quiet()["submitted"], 1);
}

#[test]
fn expect_continue_is_answered_before_the_body() {
    let server = lab().start();
    let mut connection = begin(
        &server,
        "/lab/text",
        "content-length: 3\r\nexpect: 100-continue\r\n",
        b"",
    );
    assert_eq!(connection.answer().status, 100);
    connection.send("abc").unwrap();
    assert_eq!(connection.answer().text(), "ABC");
}

#[test]
fn a_body_that_nobody_reads_does_not_disturb_the_next_request() {
    let server = lab().start();
    let mut connection = server.connect();
    let unread = "GET /lab/inline HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    connection
        .send(format!(
            "{unread}GET /lab/hello?name=x HTTP/1.1\r\nhost: x\r\n\r\n"
        ))
        .unwrap();
    assert_eq!(connection.answer().text(), "ok");
    assert_eq!(connection.answer().json()["hello"], "x");
}

#[test]
fn two_lengths_or_a_length_beside_chunks_are_not_served() {
    let server = lab().start();
    let both = "content-length: 5\r\ntransfer-encoding: chunked\r\n";
    let two = "content-length: 5\r\ncontent-length: 6\r\n";
    for headers in [both, two, "content-length: -1\r\n", "content-length: 1e3\r\n"] {
        let answer = begin(&server, "/lab/bytes", headers, b"0\r\n\r\n").try_answer(false);
        assert!(
            answer.as_ref().map_or(true, |answer| answer.status == 400),
            "{headers}: {answer:?}"
        );
    }
}

#[test]
fn text_that_is_not_utf_8_is_an_invalid_body() {
    let server = lab().start();
    let answer = server.post("/lab/text", "text/plain", b"ab\xff");
    assert_eq!(answer.failure(), (422, "invalid-body".to_owned()));
    assert!(answer.detail().contains("position 2"), "{}", answer.detail());
}

#[test]
fn deeply_nested_json_is_an_error_and_no_overflow() {
    let server = lab().start();
    let deep = format!("{{\"id\":1,\"tags\":{}", "[".repeat(100_000));
    let (status, _) = server.post("/lab/echo", "application/json", deep).failure();
    assert!([400, 422].contains(&status));
    assert_eq!(server.get("/lab/inline").status, 200);
}

#[test]
fn a_body_that_does_not_arrive_in_time_is_refused() {
    let server = lab().args("--body-timeout 300ms").start();
    let mut connection = begin(&server, "/lab/bytes", "content-length: 1000\r\n", b"half");
    let answer = connection.answer();
    println!("408 after {:?}", answer.took);
    assert_eq!(answer.failure(), (408, "slow-body".to_owned()));
    assert_eq!(server.until_quiet()["submitted"], 0);
}
