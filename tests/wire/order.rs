//! Which requests are executed, and in which order they are answered.

use gopool_tests::lab;

use crate::{
    reply::{GET, To},
    wire::{Wire, request, submitted},
};

#[test]
fn a_hundred_requests_in_one_piece_are_answered_in_their_order() {
    let server = lab().start();
    let one = |n: usize| {
        let id = format!("x-request-id: number-{n}\r\n");
        let target = if n.is_multiple_of(3) {
            "/lab/sleep/1"
        } else {
            "/lab/inline"
        };
        request("GET", target, &id)
    };
    let mut wire = Wire::with(&server, (0..100).map(one).collect::<String>());
    for n in 0..100 {
        assert_eq!(wire.answer(GET).request_id(), format!("number-{n}"));
    }
    wire.assert_nothing_left();
}

#[test]
fn what_stands_behind_a_close_is_not_executed() {
    let server = lab().start();
    let close = request("GET", "/lab/sleep/50", "connection: close\r\n");
    let behind = request("GET", "/lab/detached/0", "");
    let mut wire = Wire::with(&server, [close, behind.repeat(3)].concat());
    assert_eq!(wire.last_answer(GET).status, 200);
    assert_eq!(submitted(&server), 1);
}

#[test]
fn what_stands_behind_an_old_request_is_not_executed() {
    let server = lab().start();
    let old = "GET /lab/sleep/50 HTTP/1.0\r\n\r\n".to_owned();
    let mut wire = Wire::with(&server, [old, request("GET", "/lab/detached/0", "")].concat());
    let to = To {
        method: "GET",
        minor: 0,
    };
    assert_eq!(wire.last_answer(to).status, 200);
    assert_eq!(submitted(&server), 1);
}

#[test]
fn a_client_that_closes_its_sending_side_gets_all_answers_if_the_options_say_so() {
    let server = lab().args("--half-closed").start();
    let one = request("GET", "/lab/sleep/50", "");
    let mut wire = Wire::with(&server, one.repeat(3));
    wire.finish_sending();
    for _ in 0..3 {
        assert_eq!(wire.answer(GET).json()["slept"], 50);
    }
    wire.assert_closed();
}

#[test]
fn a_close_beside_a_keep_alive_closes() {
    let server = lab().start();
    for headers in [
        "connection: keep-alive\r\nconnection: close\r\n",
        "connection: close\r\nconnection: keep-alive\r\n",
        "connection: keep-alive, close\r\n",
        "Connection:  CLOSE\r\n",
    ] {
        let requests = [
            request("GET", "/lab/inline", headers),
            request("GET", "/lab/detached/0", ""),
        ];
        assert_eq!(
            Wire::with(&server, requests.concat()).last_answer(GET).text(),
            "ok",
            "{headers}"
        );
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn what_stands_behind_a_refused_head_is_not_executed() {
    let server = lab().start();
    for refused in [
        "GET /lab/inline HTTP/1.1\r\n\r\n",
        "GET /lab/inline HTTP/1.1\r\nhost: a b\r\n\r\n",
        "POST /lab/text HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
    ] {
        let mut wire = Wire::with(
            &server,
            [refused, &request("GET", "/lab/detached/0", "")].concat(),
        );
        assert_eq!(wire.last_answer(GET).failure().0, 400, "{refused}");
    }
    assert_eq!(submitted(&server), 0);
}

#[test]
fn answers_before_a_refused_head_arrive_first() {
    let server = lab().start();
    let good = request("GET", "/lab/sleep/100", "");
    let mut wire = Wire::with(&server, [good.as_str(), "nonsense\r\n\r\n"].concat());
    assert_eq!(wire.answer(GET).json()["slept"], 100);
    assert_eq!(wire.last_answer(GET).status, 400);
}

#[test]
fn a_client_that_leaves_after_pipelining_has_left() {
    let server = lab().args("--max-threads 1 --timeout 1h").start();
    let requests = [
        request("GET", "/lab/polite/3000000", ""),
        request("GET", "/lab/inline", ""),
    ];
    let wire = Wire::with(&server, requests.concat());
    server.until("it runs", |stats| stats["running"] == 1);
    drop(wire);
    server.until_quiet();
    assert_eq!(server.counter()["cancelled"], 1);
}

#[test]
fn a_client_that_leaves_after_pipelining_more_than_is_read_ahead_has_left() {
    let server = lab().args("--max-threads 1 --timeout 1h").start();
    let behind = request(
        "GET",
        "/lab/inline",
        &format!("x-filler: {}\r\n", "x".repeat(4000)),
    );
    let first = request("GET", "/lab/polite/3000000", "");
    let mut wire = Wire::with(&server, [first, behind.repeat(10)].concat());
    server.until("it runs", |stats| stats["running"] == 1);
    wire.finish_sending();
    server.until_quiet();
    wire.wait_for_the_end();
    assert_eq!(server.counter()["cancelled"], 1);
}
