//! The cases of uNetworking/h1spec, with our routes, and every prefix of a head where it has some.

use std::ops::RangeInclusive;

use gopool_tests::lab;

use crate::{
    reply::{GET, POST, is_last},
    wire::{Wire, request},
};

#[test]
fn a_part_of_a_head_has_no_answer_and_the_whole_has() {
    let server = lab().start();
    let whole = request("GET", "/lab/inline", "");
    let mut other = Wire::open(&server);
    for length in 1..whole.len() {
        let (first, second) = whole.split_at(length);
        let mut wire = Wire::with(&server, first);
        // By its answer, the server has seen the part as well, or would have answered it.
        other.get("/lab/inline");
        assert!(!wire.has_come(), "{first:?}");
        wire.send(second);
        assert_eq!(wire.answer_and_go_on(GET).text(), "ok", "{first:?}");
    }
}

const FINE: RangeInclusive<u16> = 200..=299;
const MISTAKE: RangeInclusive<u16> = 400..=499;
const REFUSED: RangeInclusive<u16> = 400..=599;

#[test]
fn heads_are_served_or_refused_as_the_standard_says() {
    let server = lab().start();
    for (head, wanted) in [
        ("GET /lab/inline \r\n\r\n", REFUSED),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            FINE,
        ),
        ("GET /lab/inline HTTP/1.1\r\nHost: a\r\n\r\n", FINE),
        ("GET /lab/inline HTTP/1.1\r\nhoSt:\ta\r\nempty:\r\n\r\n", FINE),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nX-Invalid[]: b\r\n\r\n",
            MISTAKE,
        ),
        ("GET /lab/inline HTTP/1.1\r\nContent-Length: 5\r\n\r\n", MISTAKE),
        ("GET /lab/inline HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", MISTAKE),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nContent-Length: -123456789123456789123456789\r\n\r\n",
            MISTAKE,
        ),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nContent-Length: -1234\r\n\r\n",
            MISTAKE,
        ),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
            MISTAKE,
        ),
        ("GET /lab/inline HTTP/1.1\r\nHost: a\r\nX-Empty: \r\n\r\n", FINE),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nX-Control: b\u{7}\r\n\r\n",
            MISTAKE,
        ),
        ("GET /lab/inline HTTP/9.9\r\nHost: a\r\n\r\n", REFUSED),
        ("Extra lineGET /lab/inline HTTP/1.1\r\nHost: a\r\n\r\n", REFUSED),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\n\rSome-Header: b\r\n\r\n",
            MISTAKE,
        ),
        (
            "GET /lab/inline HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            MISTAKE,
        ),
    ] {
        let answer = Wire::with(&server, head).answer(GET);
        assert!(wanted.contains(&answer.status), "{head:?}: {answer:?}");
        assert_eq!(is_last(&answer, GET), wanted != FINE, "{head:?}: {answer:?}");
    }
    let post = format!("{}hello", request("POST", "/lab/text", "content-length: 5\r\n"));
    assert_eq!(Wire::with(&server, post).answer_and_go_on(POST).text(), "HELLO");
}
