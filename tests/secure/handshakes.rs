//! Handshakes that come to nothing.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use gopool_tests::{LIMIT, Server, until};

use crate::{certificates::Authority, client::Client, serve::start};

/// What comes until the server closes.
fn all_after(server: &Server, sent: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(sent).unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        all.extend_from_slice(&buffer[..read]);
    }
    all
}

#[test]
fn a_client_that_speaks_plain_http_is_told_so() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let answer = all_after(&server, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    for part in [
        "https://",
        "application/problem+json",
        "connection: close",
        "x-request-id: ",
    ] {
        assert!(answer.contains(part), "`{part}` is not in: {answer}");
    }
}

#[test]
fn whoever_says_nothing_or_not_enough_is_not_waited_for() {
    let authority = Authority::with_pair();
    let server = start(&authority, "--head-timeout 300ms --info-url /monitor");
    let client = Client::of(&server, &authority, &[]);
    // A record of a handshake that ends after its head.
    let part = [22, 3, 1, 2, 0, 1];
    for sent in [&part[..0], &part[..1], &part] {
        assert_eq!(all_after(&server, sent), b"", "{sent:?}");
    }
    // That limit is for this client, too, on whatever machine it is.
    until("they are counted", || {
        let metrics = client.try_get("/monitor/metrics")?;
        let counts = metrics
            .lines()
            .filter(|line| line.starts_with("gopool_connections_cut_total"));
        let counts = counts.filter(|line| line.contains("handshake"));
        let of_all_loops: u32 = counts
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u32>().unwrap())
            .sum();
        (of_all_loops >= 3).then_some(())
    });
}

#[test]
fn whoever_has_said_nothing_does_not_hold_up_an_end() {
    let authority = Authority::with_pair();
    let server = start(&authority, "--head-timeout 1h --shutdown-timeout 1h");
    let _silent = TcpStream::connect(server.address()).unwrap();
    // Accepted after it.
    let client = Client::of(&server, &authority, &[]);
    assert_eq!(client.get("/lab/scheme"), "https");
    assert_eq!(server.stop().code, Some(0));
}

#[test]
fn what_is_no_handshake_is_answered_with_an_alert() {
    let authority = Authority::with_pair();
    let server = start(&authority, "");
    let answer = all_after(&server, &[22, 3, 1, 0, 4, 1, 0, 0, 0]);
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
    let other = Client::of(&server, &Authority::new(), &[]);
    assert!(other.connect().is_err(), "nobody vouches for it");
    let http2 = Client::of(&server, &authority, &["h2"]);
    let refused = http2.connect().map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("NoApplicationProtocol"), "{refused}");
}
