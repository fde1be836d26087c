//! Plain actix-web routes on our connection: what they may do with a body that no handler of ours can.

use std::{thread, time::Duration};

use gopool_tests::{Server, program, until};

use crate::{
    reply::{GET, HEAD, POST},
    wire::{Wire, request},
};

const CHUNKED: &str = "transfer-encoding: chunked\r\n";
const HANDSHAKE: &str = "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// With one event loop, since some of the routes keep things in it.
fn server() -> Server {
    program("fixture-plain").args("--event-loops 1").start()
}

/// How many files it has open when it has started all that it needs, with the connection of this client.
fn open_files(server: &Server) -> usize {
    assert_eq!(server.get("/ours").text(), "ours");
    server.open_files()
}

/// A short message of a client's WebSocket.
fn message(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0];
    frame.extend_from_slice(text.as_bytes());
    frame
}

/// The next short message of the server.
fn hear(wire: &mut Wire) -> String {
    let [kind, length] = wire.take(2)[..] else {
        unreachable!()
    };
    assert_eq!(kind, 0x81);
    String::from_utf8(wire.take(length.into())).unwrap()
}

#[test]
fn a_websocket_in_a_task_of_its_own_hears_every_message() {
    let server = server();
    let files = open_files(&server);
    let mut wire = Wire::with(&server, request("GET", "/ws", HANDSHAKE));
    assert_eq!(wire.answer(GET).status, 101);
    for text in ["one", "two", "three"] {
        wire.send(message(text));
        assert_eq!(hear(&mut wire), text);
    }
    // Also what comes together, and with the end.
    wire.send([message("four"), message("five")].concat());
    wire.finish_sending();
    assert_eq!((hear(&mut wire), hear(&mut wire)), ("four".into(), "five".into()));
    wire.wait_for_the_end();
    until("its socket is closed", || {
        (server.open_files() <= files).then_some(())
    });
}

#[test]
fn a_websocket_whose_first_messages_come_with_its_wish_hears_them() {
    let server = server();
    let wish = request("GET", "/ws", HANDSHAKE);
    let mut wire = Wire::with(
        &server,
        [wish.as_bytes(), &message("one"), &message("two")].concat(),
    );
    assert_eq!(wire.answer(GET).status, 101);
    assert_eq!((hear(&mut wire), hear(&mut wire)), ("one".into(), "two".into()));
}

#[test]
fn a_body_may_be_read_in_another_task() {
    let server = server();
    let post = request("POST", "/spawned", "content-length: 50000\r\n");
    let body = vec![b'x'; 50_000];
    for piece in [1_000, 49_999, 50_000] {
        let mut wire = Wire::with(&server, &post);
        for piece in body.chunks(piece) {
            wire.send(piece);
        }
        assert_eq!(wire.answer(POST).text(), "50000 bytes", "{piece}");
        assert_eq!(wire.get("/ours").text(), "ours");
        let mut wire = Wire::with(&server, request("POST", "/spawned", CHUNKED));
        for piece in body.chunks(piece) {
            wire.send(format!("{:x}\r\n", piece.len()));
            wire.send([piece, b"\r\n"].concat());
        }
        wire.send("0\r\n\r\n");
        assert_eq!(wire.answer(POST).text(), "50000 bytes", "{piece}");
        assert_eq!(wire.get("/ours").text(), "ours");
    }
}

#[test]
fn a_body_that_is_read_in_another_task_is_asked_for() {
    let server = server();
    let headers = "expect: 100-continue\r\ncontent-length: 5\r\n";
    let mut wire = Wire::with(&server, request("POST", "/spawned", headers));
    assert_eq!(wire.answer(POST).status, 100);
    wire.send("hello");
    assert_eq!(wire.answer(POST).text(), "5 bytes");
    assert_eq!(wire.get("/ours").text(), "ours");
}

#[test]
fn an_answer_may_be_made_of_the_body_while_it_comes() {
    let server = server();
    let mut wire = Wire::with(&server, request("POST", "/echo", "content-length: 10\r\n"));
    wire.send("hello");
    wire.send("world");
    assert_eq!(wire.answer(POST).text(), "helloworld");
    assert_eq!(wire.get("/ours").text(), "ours");
    let body = vec![b'x'; 100_000];
    let chunks = [
        format!("{:x}\r\n", body.len()).as_bytes(),
        &body,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    for (headers, sent) in [("content-length: 100000\r\n", &body), (CHUNKED, &chunks)] {
        let head = request("POST", "/echo", headers);
        let mut wire = Wire::with(&server, [head.as_bytes(), sent].concat());
        assert_eq!(wire.answer(POST).body, body);
        assert_eq!(wire.get("/ours").text(), "ours");
    }
}

#[test]
fn nobody_is_asked_for_a_body_in_the_middle_of_an_answer() {
    let server = server();
    let headers = "expect: 100-continue\r\ncontent-length: 5\r\n";
    let mut wire = Wire::with(&server, request("POST", "/echo", headers));
    let head = wire.take("HTTP/1.1 200 OK\r\n".len());
    assert_eq!(head, b"HTTP/1.1 200 OK\r\n");
    wire.wait_for_the_end();
    // Nor after one.
    let mut wire = Wire::with(&server, request("POST", "/early", headers));
    assert_eq!(wire.last_answer(POST).text(), "early");
    until("it has learnt so", || {
        (server.get("/late").text() == "broken off").then_some(())
    });
}

#[test]
fn a_body_that_its_answer_leaves_behind_is_none_that_has_come_as_a_whole() {
    let server = server();
    let mut wire = Wire::with(&server, request("POST", "/early", "content-length: 10\r\n"));
    wire.send("hello");
    assert_eq!(wire.answer(POST).text(), "early");
    until("it is known", || {
        (server.get("/late").text() == "broken off").then_some(())
    });
    wire.send("world");
    assert_eq!(wire.get("/ours").text(), "ours", "so little may come later");
}

#[test]
fn a_body_that_was_kept_reads_nothing_of_the_next_request_and_keeps_no_connection() {
    let server = server();
    let files = open_files(&server);
    let mut wire = Wire::with(&server, request("POST", "/keep", "content-length: 3\r\n"));
    wire.send("abc");
    assert_eq!(wire.answer(POST).text(), "kept");
    let next = request("POST", "/kept", "content-length: 5\r\n");
    wire.send(format!("{next}hello"));
    assert_eq!(wire.answer(POST).text(), "broken off");
    assert_eq!(wire.get("/ours").text(), "ours");
    wire.send(request("POST", "/keep", "content-length: 3\r\n"));
    assert_eq!(wire.answer(POST).text(), "kept");
    drop(wire);
    until("its socket is closed", || {
        (server.open_files() <= files).then_some(())
    });
    assert_eq!(server.get("/kept").text(), "broken off");
}

#[test]
fn a_plain_answer_without_content_has_none_whatever_it_gives() {
    let server = server();
    for status in [204, 205, 304] {
        for to in [GET, HEAD] {
            let mut wire = Wire::with(&server, request(to.method, &format!("/reply/{status}"), ""));
            let answer = wire.answer(to);
            assert_eq!((answer.status, answer.text()), (status, ""), "{}", to.method);
            assert_eq!(wire.get("/ours").text(), "ours");
        }
    }
}

#[test]
fn a_plain_answer_that_ends_too_early_is_sent_as_far_as_it_goes() {
    let server = server();
    let mut wire = Wire::with(&server, request("GET", "/short", ""));
    let head = "HTTP/1.1 200 OK\r\n";
    assert_eq!(wire.take(head.len()), head.as_bytes());
    wire.wait_for_the_end();
}

#[test]
fn empty_parts_of_a_plain_answer_are_not_its_end() {
    let server = server();
    let mut wire = Wire::with(&server, request("GET", "/gaps", ""));
    assert_eq!(wire.answer(GET).text(), "ab");
    assert_eq!(wire.get("/ours").text(), "ours");
}

#[test]
fn the_host_of_an_absolute_target_is_the_requests() {
    let server = server();
    let mut wire = Wire::with(&server, request("GET", "http://other.example:81/host", ""));
    assert_eq!(wire.answer(GET).text(), "other.example:81");
    assert_eq!(wire.get("/host").text(), "test");
}

#[test]
fn the_body_of_a_plain_route_is_waited_for_no_longer_than_one_of_ours() {
    let server = program("fixture-plain")
        .args("--event-loops 1 --body-timeout 200ms")
        .start();
    for (target, headers) in [
        ("/spawned", "content-length: 10\r\n"),
        ("/spawned", CHUNKED),
        ("/echo", "content-length: 10\r\n"),
    ] {
        let mut wire = Wire::with(&server, request("POST", target, headers));
        if target == "/spawned" {
            assert_eq!(wire.answer(POST).text(), "broken off", "{headers}");
        }
        wire.wait_for_the_end();
        assert!(wire.is_closed(), "{target}");
    }
    // Another protocol may be silent.
    let mut wire = Wire::with(&server, request("GET", "/ws", HANDSHAKE));
    assert_eq!(wire.answer(GET).status, 101);
    thread::sleep(Duration::from_millis(500));
    wire.send(message("one"));
    assert_eq!(hear(&mut wire), "one");
}

#[test]
fn a_plain_route_that_panics_is_a_500_and_the_connection_goes_on() {
    let server = program("fixture-plain").args("--log access").start();
    let mut wire = Wire::with(&server, request("GET", "/panic", ""));
    let answer = wire.answer(GET);
    assert_eq!(answer.failure(), (500, "panic".to_owned()));
    assert!(!answer.text().contains("gives up"));
    server.log().line("a plain route gives up");
    server.log().line(answer.request_id());
    assert_eq!(wire.get("/ours").text(), "ours");
}

#[test]
fn a_wish_for_a_websocket_that_is_none_is_refused_and_blames_nobody_here() {
    let server = server();
    for headers in [
        HANDSHAKE.replace("upgrade: websocket", "upgrade: websocket, h2c"),
        HANDSHAKE.replace("connection: upgrade", "connection: keep-alive"),
        format!("{HANDSHAKE}content-length: 5\r\n"),
    ] {
        let mut wire = Wire::with(&server, request("GET", "/ws", &headers) + "hello");
        assert_eq!(wire.answer(GET).failure().0, 400, "{headers}");
        let mut wire = Wire::with(&server, request("GET", "/wish", &headers) + "hello");
        assert_eq!(wire.answer(GET).text(), "None");
    }
    let headers = format!("{HANDSHAKE}content-length: 0\r\n");
    let mut wire = Wire::with(&server, request("GET", "/ws", &headers));
    assert_eq!(wire.answer(GET).status, 101);
    assert!(!server.log().text().contains("ERROR"), "{}", server.log().text());
}

#[test]
fn a_plain_route_for_everything_hides_no_page_of_the_monitor() {
    let server = program("fixture-plain")
        .env("FIXTURE_FALLBACK", "1")
        .args("--info-url /gopool")
        .start();
    assert_eq!(server.get("/anything").text(), "fallback");
    assert_ne!(server.get("/gopool/ready").text(), "fallback");
    assert!(
        server
            .get("/gopool/metrics")
            .text()
            .contains("gopool_requests_total")
    );
}

/// Whether there is room for a body of so many bytes.
fn has_room(server: &Server, length: u64) -> bool {
    let headers = format!("expect: 100-continue\r\ncontent-length: {length}\r\n");
    let answer = Wire::with(server, request("POST", "/take", &headers)).answer(POST);
    assert!([100, 503].contains(&answer.status), "{answer:?}");
    answer.status == 100
}

#[test]
fn the_memory_of_a_body_is_in_use_for_as_long_as_its_call_has_it() {
    for (target, answered) in [("/hold", false), ("/hold-too-long", true)] {
        let server = program("fixture-plain")
            .args("--max-body-memory 1MB --max-body 1MB --log access")
            .start();
        let head = request("POST", target, "content-length: 900000\r\nx-request-id: held\r\n");
        let mut wire = Wire::with(&server, [head.as_bytes(), &vec![b'x'; 900_000]].concat());
        if answered {
            assert_eq!(wire.answer(POST).status, 504);
        } else {
            until("it runs", || (server.get("/held").text() == "true").then_some(()));
            drop(wire);
            server.log().line("held");
        }
        assert!(!has_room(&server, 900_000), "{target}");
        assert_eq!(server.get("/release").status, 204);
        until("there is room", || has_room(&server, 900_000).then_some(()));
    }
}

#[test]
fn clients_that_announce_bodies_and_send_none_keep_nobody_out() {
    let server = program("fixture-plain")
        .args("--max-body-memory 2MB --max-body 1MB --body-timeout 1h")
        .start();
    let length = "content-length: 1000000\r\n";
    let head = request("POST", "/take", &format!("expect: 100-continue\r\n{length}"));
    let mut idle: Vec<_> = (0..2).map(|_| Wire::with(&server, &head)).collect();
    for wire in &mut idle {
        assert_eq!(wire.answer(POST).status, 100);
    }
    let body = vec![b'x'; 1_000_000];
    let whole = [request("POST", "/take", length).as_bytes(), &body].concat();
    until("there is room again", || {
        let mut wire = Wire::open(&server);
        // The server may have refused it before the last byte.
        let _ = wire.try_send(&whole);
        (wire.answer(POST).status == 200).then_some(())
    });
    // And for those as well, when they send at last.
    for wire in &mut idle {
        wire.send(&body);
        assert_eq!(wire.answer(POST).text(), "1000000");
    }
}
