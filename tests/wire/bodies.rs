//! Bodies of requests: read to their end, left alone, broken.

use std::{thread, time::Duration};

use gopool_tests::lab;

use crate::{
    reply::{GET, HEAD, POST, is_last, to},
    wire::{Wire, request, submitted},
};

const CHUNKED: &str = "transfer-encoding: chunked\r\n";

#[test]
fn chunks_with_extensions_and_trailers_are_a_body() {
    let server = lab().start();
    for body in [
        "3\r\nabc\r\n0\r\n\r\n",
        "3;name=value\r\nabc\r\n0\r\n\r\n",
        "1\r\na\r\n2\r\nbc\r\n00\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-trailer: 1\r\nx-other: 2\r\n\r\n",
        "3;a=\"b;c\"\r\nabc\r\n0\r\ncontent-length: 9\r\nhost: x\r\n\r\n",
        "0000000000000003 \r\nabc\r\n0\r\n\r\n",
    ] {
        let head = request("POST", "/lab/text", CHUNKED);
        let mut wire = Wire::with(&server, format!("{head}{body}"));
        assert_eq!(wire.answer_and_go_on(POST).text(), "ABC", "{body:?}");
    }
}

#[test]
fn broken_chunks_are_a_400_and_the_end() {
    let server = lab().start();
    for body in [
        "zz\r\nabc\r\n",
        "-1\r\n",
        "fffffffffffffffff\r\n",
        "3\r\nabcXX",
        "3\nabc\r\n0\r\n\r\n",
        "\r\n0\r\n\r\n",
        "3;a\nb\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nnone\r\n\r\n",
        "3\r\nabc\r\n0\r\nx: y\n\r\n",
        "3\r\nabc\r\n0\r\nx: \0\r\n\r\n",
        "3\r\nabc\r\n0\r\n",
    ] {
        let head = request("POST", "/lab/text", CHUNKED);
        let behind = request("GET", "/lab/detached/0", "");
        let mut wire = Wire::with(&server, format!("{head}{body}{behind}"));
        assert_eq!(wire.last_answer(POST).failure().0, 400, "{body:?}");
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn what_frames_a_body_has_a_bound() {
    let server = lab().start();
    let (long, many) = ("x".repeat(300_000), "x-trailer: 1\r\n".repeat(20_000));
    for body in [
        format!("3;{long}\r\nabc\r\n0\r\n\r\n"),
        format!("3\r\nabc\r\n0\r\nx-trailer: {long}\r\n\r\n"),
        format!("3\r\nabc\r\n0\r\n{many}\r\n"),
        "0".repeat(300_000),
    ] {
        let mut wire = Wire::with(&server, request("POST", "/lab/text", CHUNKED));
        // The server may have seen enough before the last byte.
        let _ = wire.try_send(body);
        assert_eq!(wire.last_answer(POST).failure().0, 400);
    }
}

#[test]
fn a_body_in_any_pieces_is_the_same_body() {
    let server = lab().start();
    let whole = format!(
        "{}hello{}",
        request("POST", "/lab/text", "content-length: 5\r\n"),
        request("GET", "/lab/inline", "")
    );
    for split in 1..whole.len() {
        let (first, second) = whole.split_at(split);
        let mut wire = Wire::with(&server, first);
        wire.send(second);
        assert_eq!(wire.answer(POST).text(), "HELLO", "split at {split}");
        assert_eq!(wire.answer(GET).text(), "ok");
        wire.assert_nothing_left();
    }
}

#[test]
fn a_body_that_nobody_wants_is_no_request() {
    let server = lab().start();
    let smuggled = request("GET", "/lab/detached/0", "");
    for method in ["GET", "DELETE", "OPTIONS"] {
        let head = request(
            method,
            "/lab/inline",
            &format!("content-length: {}\r\n", smuggled.len()),
        );
        let mut wire = Wire::with(&server, format!("{head}{smuggled}"));
        wire.answer_and_go_on(to(method));
    }
    let head = request("GET", "/lab/inline", CHUNKED);
    let mut wire = Wire::with(
        &server,
        format!("{head}{:x}\r\n{smuggled}\r\n0\r\n\r\n", smuggled.len()),
    );
    wire.answer_and_go_on(GET);
    assert_eq!(submitted(&server), 0);
}

#[test]
fn a_body_that_nobody_wants_and_that_does_not_come_ends_the_connection_with_the_answer() {
    let server = lab().start();
    for (to, target) in [
        (GET, "/lab/inline"),
        (HEAD, "/lab/hello?name=x"),
        (POST, "/nothing"),
    ] {
        let mut wire = Wire::with(&server, request(to.method, target, "content-length: 1000000\r\n"));
        wire.last_answer(to);
    }
}

#[test]
fn a_small_body_that_nobody_wants_may_come_after_its_answer() {
    let server = lab().start();
    let smuggled = request("GET", "/lab/detached/0", "");
    let length = format!("content-length: {}\r\n", smuggled.len());
    for (to, target) in [
        (GET, "/lab/inline"),
        (GET, "/lab/hello?name=x"),
        (HEAD, "/lab/hello?name=x"),
        (POST, "/nothing"),
        (POST, "/lab/inline"),
        (GET, "/master/ping"),
        (to("OPTIONS"), "/lab/inline"),
    ] {
        for step in [1, 7, smuggled.len()] {
            let mut wire = Wire::with(&server, request(to.method, target, &length));
            let answer = wire.answer(to);
            assert!(!is_last(&answer, to), "{target}: {answer:?}");
            for piece in smuggled.as_bytes().chunks(step) {
                wire.send(piece);
            }
            assert_eq!(wire.get("/lab/inline").text(), "ok", "{target} {step}");
            wire.assert_nothing_left();
        }
    }
    assert_eq!(server.counter()["finished"], 0);
}

#[test]
fn a_small_body_that_nobody_wants_and_that_never_comes_ends_the_connection_later() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("GET", "/lab/inline", "content-length: 5\r\n"));
    assert!(!is_last(&wire.answer(GET), GET));
    wire.send("hell");
    wire.assert_closed();
    // The time is that of an idle connection, if this is shorter.
    let server = lab().args("--keep-alive 200ms").start();
    let mut wire = Wire::with(&server, request("GET", "/lab/inline", "content-length: 5\r\n"));
    wire.answer(GET);
    wire.assert_closed();
}

#[test]
fn a_body_that_nobody_wants_and_that_says_no_length_ends_the_connection_with_the_answer() {
    let server = lab().start();
    for body in ["", "5\r\nhel", "5\r\nhello\r\n"] {
        let head = request("GET", "/lab/inline", CHUNKED);
        let mut wire = Wire::with(&server, format!("{head}{body}"));
        wire.last_answer(GET);
    }
}

#[test]
fn a_body_that_came_too_slowly_is_not_waited_for_again() {
    let server = lab().args("--body-timeout 200ms").start();
    let mut wire = Wire::with(&server, request("POST", "/lab/text", "content-length: 5\r\n"));
    assert_eq!(wire.last_answer(POST).failure(), (408, "slow-body".to_owned()));
}

#[test]
fn a_server_that_stops_waits_for_no_body_that_nobody_wants() {
    let server = lab().start();
    let mut wire = Wire::with(&server, request("GET", "/lab/inline", "content-length: 5\r\n"));
    wire.answer(GET);
    let ended = server.stop();
    assert_eq!(ended.code, Some(0));
    wire.assert_closed();
}

#[test]
fn a_client_that_goes_on_sending_a_refused_body_reads_its_answer() {
    let server = lab().start();
    let mut wire = Wire::with(
        &server,
        request("POST", "/lab/bytes", "content-length: 8000000\r\n"),
    );
    let piece = vec![b'x'; 100_000];
    for _ in 0..80 {
        if wire.try_send(&piece).is_err() {
            break;
        }
    }
    assert_eq!(wire.answer(POST).failure(), (413, "too-large".to_owned()));
}

#[test]
fn a_slow_client_of_a_refused_body_reads_its_answer() {
    let server = lab().start();
    let mut wire = Wire::with(
        &server,
        request("POST", "/nothing", "content-length: 8000000\r\n"),
    );
    // Longer than a second, the usual time that a server lingers.
    for _ in 0..25 {
        wire.send([b'x'; 100]);
        thread::sleep(Duration::from_millis(60));
    }
    assert_eq!(wire.last_answer(POST).failure(), (404, "not-found".to_owned()));
}

#[test]
fn a_chunked_body_beyond_the_limit_is_refused_while_it_comes() {
    let server = lab().args("--max-body 1KB").start();
    let mut wire = Wire::with(&server, request("POST", "/lab/bytes", CHUNKED));
    wire.send(format!("400\r\n{}\r\n", "x".repeat(0x400)));
    let answer = wire.answer(POST);
    assert_eq!(answer.failure(), (413, "too-large".to_owned()));
    assert!(is_last(&answer, POST));
}

#[test]
fn a_handler_without_a_body_is_cancelled_when_its_client_leaves_in_the_middle_of_one() {
    let server = lab().args("--max-threads 1 --timeout 1h").start();
    let head = request("GET", "/lab/polite/3000000", "content-length: 1000\r\n");
    let wire = Wire::with(&server, format!("{head}half"));
    server.until("it runs", |stats| stats["running"] == 1);
    drop(wire);
    server.until_quiet();
    assert_eq!(server.counter()["cancelled"], 1);
}

#[test]
fn a_body_that_breaks_off_is_never_handed_over() {
    let server = lab().start();
    for (headers, part) in [("content-length: 1000\r\n", "half"), (CHUNKED, "5\r\nhal")] {
        let mut wire = Wire::with(
            &server,
            format!("{}{part}", request("POST", "/lab/bytes", headers)),
        );
        wire.finish_sending();
        wire.wait_for_the_end();
    }
    assert_eq!(submitted(&server), 0);
}
