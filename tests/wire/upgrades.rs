//! Wishes to speak another protocol, which nobody here grants.

use gopool_tests::lab;

use crate::{
    reply::{GET, POST},
    wire::{Wire, request, submitted},
};

#[test]
fn an_upgrade_that_is_not_taken_leaves_the_length_of_the_body_alone() {
    let server = lab().start();
    for upgrade in ["websocket", "WebSocket", "h2c", "foo/2", "websocket, h2c"] {
        let headers = format!("connection: upgrade\r\nupgrade: {upgrade}\r\ncontent-length: 5\r\n");
        let mut wire = Wire::with(
            &server,
            format!("{}hello", request("POST", "/lab/text", &headers)),
        );
        let answer = wire.answer_and_go_on(POST);
        assert_eq!(answer.text(), "HELLO", "{upgrade}");
        assert_eq!(
            (answer.header("upgrade"), answer.header("connection")),
            (None, None)
        );
    }
}

#[test]
fn an_upgrade_that_is_not_taken_leaves_the_chunks_of_the_body_alone() {
    let server = lab().start();
    let headers = "connection: upgrade\r\nupgrade: websocket\r\ntransfer-encoding: chunked\r\n";
    let body = "5\r\nhello\r\n0\r\n\r\n";
    let mut wire = Wire::with(
        &server,
        format!("{}{body}", request("POST", "/lab/text", headers)),
    );
    assert_eq!(wire.answer_and_go_on(POST).text(), "HELLO");
}

#[test]
fn an_upgrade_without_a_body_is_ignored_and_the_connection_goes_on() {
    let server = lab().start();
    for headers in [
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n",
        "upgrade: websocket\r\n",
    ] {
        let mut wire = Wire::open(&server);
        for target in ["/lab/hello?name=x", "/master/ping", "/nothing"] {
            wire.send(request("GET", target, headers));
            let answer = wire.answer_and_go_on(GET);
            assert!(answer.status == 200 || answer.status == 404, "{answer:?}");
            assert_eq!(
                (answer.header("upgrade"), answer.header("connection")),
                (None, None),
                "{headers}"
            );
        }
    }
}

#[test]
fn an_upgrade_that_a_plain_route_takes_is_another_protocol_until_the_client_leaves() {
    let server = lab().start();
    let headers = "connection: upgrade\r\nupgrade: websocket\r\n";
    let mut wire = Wire::with(&server, request("GET", "/master/echo", headers));
    let answer = wire.answer(GET);
    assert_eq!(
        (answer.status, answer.header("connection")),
        (101, Some("upgrade"))
    );
    let request = request("GET", "/lab/detached/0", "");
    for said in ["hello", &request] {
        wire.send(said);
        assert_eq!(wire.take(said.len()), said.as_bytes(), "no HTTP any more");
    }
    wire.finish_sending();
    wire.wait_for_the_end();
    assert_eq!(submitted(&server), 0);
}

#[test]
fn a_plain_route_cannot_change_a_protocol_that_nobody_wants_to_change() {
    let server = lab().start();
    for headers in [
        "",
        "upgrade: websocket\r\n",
        "connection: upgrade\r\nupgrade: h2c\r\n",
    ] {
        let mut wire = Wire::with(&server, request("GET", "/master/echo", headers));
        assert_eq!(
            wire.answer_and_go_on(GET).failure(),
            (500, "internal".to_owned()),
            "{headers}"
        );
    }
}

#[test]
fn what_stands_behind_an_upgrade_that_is_not_taken_is_a_request() {
    let server = lab().start();
    let headers = "connection: upgrade\r\nupgrade: websocket\r\n";
    let requests = [
        request("GET", "/lab/sleep/100", headers),
        request("GET", "/lab/hello?name=x", ""),
    ];
    let mut wire = Wire::with(&server, requests.concat());
    assert_eq!(wire.answer(GET).json()["slept"], 100);
    assert_eq!(wire.answer_and_go_on(GET).json()["hello"], "x");
}

#[test]
fn a_close_beside_an_upgrade_closes() {
    let server = lab().start();
    let headers = "connection: upgrade, close\r\nupgrade: websocket\r\n";
    let requests = [
        request("GET", "/lab/inline", headers),
        request("GET", "/lab/detached/0", ""),
    ];
    assert_eq!(
        Wire::with(&server, requests.concat()).last_answer(GET).text(),
        "ok"
    );
    assert_eq!(submitted(&server), 0);
}
