//! A server that nobody asks anything.

use gopool_tests::{lab, program, until, waits_for_events_only};

#[test]
fn a_server_that_nobody_is_connected_to_sleeps() {
    // The process that the launch has tried leaves, too.
    let server = lab().args("--process-idle-timeout 10").start();
    let client = server.new_client();
    assert_eq!(client.get("/lab/inline").status, 200);
    // While it is connected, actix keeps a clock.
    until("a thread that waits for a time", || {
        (!waits_for_events_only(server.pid())).then_some(())
    });
    drop(client);
    until("every thread waits, none of them for a time", || {
        waits_for_events_only(server.pid()).then_some(())
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
