//! Clients that do not read: their threads wait, and nobody else does.

use std::time::{Duration, Instant};

use gopool_tests::{Reading, Server, lab, until};

use crate::read::endings_of;

/// Clients that read the head and a little more.
fn non_readers(server: &Server, count: usize) -> Vec<Reading> {
    let ask = |number| {
        let mut reading = Reading::get(server, &format!("/lab/stream/endless/{number}"));
        reading.head();
        reading
    };
    (0..count).map(ask).collect()
}

fn until_stalled(server: &Server, count: usize) {
    server.until("threads are stalled", |stats| stats["stalled"] == count);
}

#[test]
fn many_clients_that_do_not_read_keep_no_pooled_route_from_its_answer() {
    let server = lab().args("--max-threads 2 --send-timeout 60s").start();
    let clients = non_readers(&server, 64);
    until_stalled(&server, 64);
    let stats = server.stats();
    assert_eq!(
        (&stats["busy"], &stats["overdue"]),
        (&0.into(), &0.into()),
        "{stats}"
    );
    for _ in 0..20 {
        assert_eq!(server.get("/lab/hello?name=x").status, 200);
    }
    let mut one_more = Reading::get(&server, "/lab/stream/bytes/100000");
    assert_eq!(one_more.status(), 503, "all seats are taken");
    assert!(one_more.whole().contains("too many clients"));
    assert_eq!(
        server.get("/lab/stream/bytes/1000").status,
        200,
        "a short one needs none"
    );
    drop(clients);
    server.until_quiet();
}

#[test]
fn a_client_that_goes_on_reading_gets_all_of_it() {
    let server = lab().args("--max-threads 1").start();
    let mut reading = Reading::get(&server, "/lab/stream/bytes/30000000");
    reading.head();
    until_stalled(&server, 1);
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    assert_eq!(reading.whole().len(), 30_000_000);
    server.until_quiet();
}

#[test]
fn time_in_which_a_client_is_behind_is_no_silence_of_the_function() {
    let server = lab().args("--timeout 1s --send-timeout 60s").start();
    let mut reading = Reading::get(&server, "/lab/stream/bytes/30000000");
    reading.head();
    until_stalled(&server, 1);
    let stalled = Instant::now();
    while stalled.elapsed() < Duration::from_millis(1500) {
        assert_eq!(server.stats()["stalled"], 1);
    }
    assert_eq!(reading.whole().len(), 30_000_000);
    assert_eq!(server.until_quiet()["timeouts"], 0);
}

#[test]
fn a_client_that_does_not_read_is_cut_off_in_the_end() {
    let server = lab().args("--max-threads 1 --send-timeout 300ms").start();
    let _client = non_readers(&server, 1);
    let endings = until("the function ends", || {
        let endings = endings_of(&server);
        (endings.len() > 2).then_some(endings)
    });
    assert!(endings.contains("BrokenPipe"), "{endings}");
    server.until_quiet();
}

#[test]
fn beyond_the_limit_the_longest_wait_is_over() {
    let server = lab()
        .args("--max-threads 2 --max-stalled 1 --send-timeout 60s")
        .start();
    // Both begin while there is a seat, for neither client is behind yet.
    let _first = non_readers(&server, 1);
    until_stalled(&server, 1);
    assert_eq!(server.get("/lab/hello?name=x").status, 200);
    assert_eq!(Reading::get(&server, "/lab/stream/endless/refused").status(), 503);
}
