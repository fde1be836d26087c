//! A server that nobody asks anything.

use std::{thread, time::Duration};

use gopool_tests::{lab, program, sleeps, until};

/// More than two periods of the clock that actix keeps while there are connections.
const A_WHILE: Duration = Duration::from_millis(1200);

#[test]
fn a_server_that_nobody_is_connected_to_sleeps() {
    let server = lab().start();
    // The client leaves, and its connection with it.
    assert_eq!(server.new_client().get("/lab/inline").status, 200);
    until("a while in which no thread wakes up", || {
        let before = sleeps(server.pid());
        thread::sleep(A_WHILE);
        (sleeps(server.pid()) == before).then_some(())
    });
}

#[test]
fn what_plain_routes_keep_outlives_the_connections() {
    let server = program("fixture-linked").args("--event-loops 1").start();
    for calls in 1..=20 {
        let mut connection = server.connect();
        connection
            .send("GET /plain/calls HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
            .unwrap();
        assert_eq!(connection.answer().text(), calls.to_string());
        assert!(connection.is_closed());
    }
}

#[test]
fn plain_routes_are_told_where_the_server_listens() {
    let server = program("fixture-linked").start();
    assert_eq!(server.get("/plain/address").text(), server.address().to_string());
}
