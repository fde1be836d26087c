//! Clients that stall: heads, bodies and answers that do not move.

use std::{
    thread,
    time::{Duration, Instant},
};

use gopool_tests::{Server, lab, program, until};

use crate::{
    reply::{GET, POST},
    wire::{Wire, request},
};

const HALF_A_HEAD: &str = "GET /lab/inline HTTP/1.1\r\nhost: te";

#[test]
fn a_first_head_that_stops_is_a_408() {
    let server = lab().args("--head-timeout 300ms").start();
    let started = Instant::now();
    let mut wire = Wire::with(&server, HALF_A_HEAD);
    assert_eq!(wire.last_answer(GET).failure(), (408, "slow-head".to_owned()));
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_later_head_that_stops_is_a_408_too() {
    let server = lab().args("--head-timeout 300ms").start();
    let mut wire = Wire::open(&server);
    wire.get("/lab/inline");
    wire.send(HALF_A_HEAD);
    assert_eq!(wire.last_answer(GET).failure(), (408, "slow-head".to_owned()));
}

#[test]
fn a_head_behind_a_slow_answer_has_its_own_time() {
    let server = lab().args("--head-timeout 300ms").start();
    let mut wire = Wire::with(
        &server,
        [&request("GET", "/lab/sleep/600", ""), HALF_A_HEAD].concat(),
    );
    assert_eq!(wire.answer(GET).json()["slept"], 600);
    wire.send("st\r\n\r\n");
    assert_eq!(wire.answer(GET).text(), "ok");
}

#[test]
fn a_head_that_trickles_is_a_408() {
    let server = lab().args("--head-timeout 300ms").start();
    let mut wire = Wire::with(&server, HALF_A_HEAD);
    while wire.try_send("x").is_ok() && !wire.has_come() {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(wire.answer(GET).failure(), (408, "slow-head".to_owned()));
}

#[test]
fn a_connection_on_which_nothing_came_is_closed_without_a_word() {
    let server = lab().args("--keep-alive 300ms").start();
    Wire::open(&server).assert_closed();
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let server = lab().args("--keep-alive 300ms").start();
    let mut wire = Wire::open(&server);
    wire.get("/lab/inline");
    wire.get("/lab/hello?name=x");
    wire.assert_closed();
}

#[test]
fn a_long_answer_is_no_idle_time() {
    let server = lab().args("--keep-alive 100ms --head-timeout 100ms").start();
    let mut wire = Wire::open(&server);
    assert_eq!(wire.get("/lab/sleep/500").status, 200);
    assert_eq!(wire.get("/lab/async-sleep/500").status, 200);
}

#[test]
fn a_route_may_wait_longer_for_its_bodies() {
    let server = program("fixture-plain").args("--body-timeout 200ms").start();
    let mut patient = Wire::with(&server, request("POST", "/patient", "content-length: 4\r\n"));
    let mut other = Wire::with(&server, request("POST", "/take", "content-length: 4\r\n"));
    assert_eq!(other.last_answer(POST).failure(), (408, "slow-body".to_owned()));
    thread::sleep(Duration::from_millis(300));
    patient.send("body");
    assert_eq!(patient.answer(POST).text(), "4");
}

#[test]
fn a_body_that_trickles_is_a_408() {
    let server = lab().args("--body-timeout 300ms --min-receive-rate 10KB").start();
    let mut wire = Wire::with(
        &server,
        request("POST", "/lab/bytes", "content-length: 1000000\r\n"),
    );
    while wire.try_send("x").is_ok() && !wire.has_come() {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(wire.answer(POST).failure(), (408, "slow-body".to_owned()));
}

#[test]
fn a_body_that_comes_steadily_may_take_longer_than_the_grace() {
    let server = lab().args("--body-timeout 200ms --min-receive-rate 1KB").start();
    let mut wire = Wire::with(
        &server,
        request("POST", "/lab/bytes", "content-length: 100000\r\n"),
    );
    for _ in 0..100 {
        wire.send([b'x'; 1000]);
        thread::sleep(Duration::from_millis(8));
    }
    assert_eq!(wire.answer_and_go_on(POST).json()["len"], 100_000);
}

/// A client that asks for a large answer and reads none of it.
fn deaf(server: &Server) -> Wire {
    Wire::with(server, request("GET", "/lab/large/8000000", ""))
}

#[test]
fn clients_that_never_read_are_cut_off_and_their_memory_is_back() {
    let server = lab()
        .args("--send-timeout 500ms --max-threads 4 --info-url /gopool")
        .start();
    Wire::open(&server).get("/lab/large/8000000");
    let before = server.memory();
    let wires: Vec<_> = (0..40).map(|_| deaf(&server)).collect();
    server.until("all are computed", |stats| stats["completed"] == 41);
    until("all are cut off", || {
        (cuts(&server, "stalled") == 40).then_some(())
    });
    // The answers are 320 MB; the allocator keeps some of it for each thread.
    until("their memory is back", || {
        (server.memory() < before + 120_000_000).then_some(())
    });
    // Its kernel has what fitted into the buffers; then comes the end.
    for mut wire in wires {
        let read = std::iter::from_fn(|| wire.sip(1 << 20).ok().filter(|read| *read > 0)).sum::<usize>();
        assert!(read < 8_000_000, "{read}");
    }
}

/// How many clients were cut off for this reason.
fn cuts(server: &Server, why: &str) -> u64 {
    let metrics = server.get("/gopool/metrics");
    let of = |line: &&str| line.starts_with("gopool_connections_cut_total") && line.contains(why);
    let counts = metrics.text().lines().filter(of);
    let counts = counts.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    counts.sum()
}

#[test]
fn clients_that_never_read_have_no_more_memory_than_there_is_for_all_answers() {
    // What is freed goes back to the system at once, so that its memory tells what is held.
    let server = lab()
        .env("MALLOC_MMAP_THRESHOLD_", "1000000")
        .args("--max-answer-memory 40MB --send-timeout 1h --max-threads 4 --info-url /gopool")
        .start();
    Wire::open(&server).get("/lab/large/8000000");
    let before = server.memory();
    // One after the other, so that none is refused however slow the machine is.
    let ask = |number: u64| {
        let wire = deaf(&server);
        server.until("it is computed", |stats| stats["completed"] == number + 1);
        wire
    };
    let mut wires: Vec<_> = (1..=60).map(ask).collect();
    // 480 MB are asked for; the system has taken a part of each.
    until("most are cut off", || {
        (cuts(&server, "memory") >= 50).then_some(())
    });
    until("their memory is back", || {
        (server.memory() < before + 150_000_000).then_some(())
    });
    // Who reads is further than who does not, and the last one of these was spared.
    for _ in 0..5 {
        assert_eq!(
            Wire::open(&server).get("/lab/large/8000000").body.len(),
            8_000_000
        );
    }
    assert_eq!(cuts(&server, "stalled") + cuts(&server, "slow"), 0);
    let mut first = wires.swap_remove(0);
    let read = std::iter::from_fn(|| first.sip(1 << 20).ok().filter(|read| *read > 0)).sum::<usize>();
    assert!(read < 8_000_000, "{read}");
}

#[test]
fn a_client_that_reads_by_the_byte_is_cut_off() {
    let server = lab().args("--send-timeout 1s --min-send-rate 100MB").start();
    let mut wire = deaf(&server);
    let read = std::iter::from_fn(|| {
        thread::sleep(Duration::from_millis(20));
        wire.sip(5_000).ok().filter(|read| *read > 0)
    });
    let read = read.sum::<usize>();
    assert!(read < 8_000_000, "{read}");
}

#[test]
fn a_client_that_reads_a_stream_by_the_byte_is_cut_off() {
    let server = lab()
        .args("--send-timeout 1s --min-send-rate 100MB --info-url /gopool")
        .start();
    let mut wire = Wire::with(&server, request("GET", "/lab/stream/bytes/200000000", ""));
    until("it is cut off", || {
        let _ = wire.sip(100_000);
        let metrics = server.get("/gopool/metrics");
        let cut = |line: &str| line.starts_with("gopool_connections_cut_total") && line.ends_with(" 1");
        let mut lines = metrics.text().lines();
        lines.any(cut).then_some(())
    });
}

#[test]
fn a_client_that_reads_slowly_but_steadily_gets_its_answer() {
    let server = lab().args("--send-timeout 500ms --min-send-rate 1KB").start();
    let mut wire = deaf(&server);
    let mut read = 0;
    while read < 7_900_000 {
        read += wire.sip(200_000).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
    println!("{read} bytes");
}

#[test]
fn a_light_route_answers_beside_a_hundred_clients_that_never_read() {
    let server = lab().start();
    let _deaf: Vec<_> = (0..100).map(|_| deaf(&server)).collect();
    let mut wire = Wire::open(&server);
    for _ in 0..100 {
        assert_eq!(wire.get("/lab/inline").text(), "ok");
    }
}

#[test]
fn connections_beyond_the_most_wait_for_a_place() {
    let server = lab().args("--max-connections 2 --event-loops 1").start();
    let mut kept: Vec<_> = (0..2).map(|_| Wire::open(&server)).collect();
    for wire in &mut kept {
        wire.get("/lab/inline");
    }
    let mut waiting = Wire::with(&server, request("GET", "/lab/inline", ""));
    kept[0].get("/lab/inline");
    assert!(!waiting.has_come());
    kept.pop();
    assert_eq!(waiting.answer(GET).text(), "ok");
}

#[test]
fn a_server_with_few_descriptors_serves_as_many_as_it_can_and_complains_of_none() {
    let server = lab().limit("-n 80").args("--event-loops 1").start();
    let mut first = Wire::open(&server);
    first.get("/lab/inline");
    let mut crowd: Vec<_> = (0..100)
        .map(|_| Wire::with(&server, request("GET", "/lab/inline", "")))
        .collect();
    until("some are served", || {
        crowd.iter_mut().any(Wire::has_come).then_some(())
    });
    assert_eq!(first.get("/lab/inline").text(), "ok");
    crowd.truncate(50);
    let mut last = crowd.pop().unwrap();
    drop(crowd);
    assert_eq!(last.answer(GET).text(), "ok");
    let log = server.log().text();
    assert!(
        !log.contains("max-connections"),
        "nobody has asked for more: {log}"
    );
    assert!(!log.contains("ERROR"), "{log}");
}

#[test]
fn a_number_of_connections_that_cannot_be_had_is_said_to_who_gave_it() {
    let server = lab().limit("-n 80").args("--max-connections 500").start();
    server.log().line("instead of `max-connections` 500");
}

#[test]
fn without_a_free_descriptor_connections_wait_and_the_log_says_it_once() {
    let server = lab().limit("-n 100").args("--event-loops 1").start();
    let mut first = Wire::open(&server);
    first.get("/lab/hoard/1000");
    let mut waiting = Wire::with(&server, request("GET", "/lab/inline", ""));
    server.log().line("Too many open files");
    // Accepting is tried again each half second.
    thread::sleep(Duration::from_millis(1600));
    assert_eq!(first.get("/lab/inline").text(), "ok");
    assert!(!waiting.has_come());
    let log = server.log().text();
    assert_eq!(log.matches("Too many open files").count(), 1, "{log}");
    first.get("/lab/hoard/0");
    assert_eq!(waiting.answer(GET).text(), "ok");
}
