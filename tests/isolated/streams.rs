//! Answers that flow out of a process.

use gopool_tests::{End, Reading, Server, Signal, lab, until};

use crate::family::{Family, children, end, pid, until_reaped, until_tidy};

/// One process, unless that waits for a client; nobody is cut off for being slow.
fn start(args: &str) -> Server {
    start_with(1, args)
}

fn start_with(processes: usize, args: &str) -> Server {
    let args = format!("--max-processes {processes} --spare-processes 0 --send-timeout 60s {args}");
    lab().args(&args).start()
}

fn get(server: &Server, path: &str) -> Reading {
    Reading::get(server, &format!("/lab/isolated/stream/{path}"))
}

fn fails(after: usize, by: &str) -> String {
    format!("fails?after={after}&by={by}")
}

#[test]
fn all_of_it_arrives_under_its_head() {
    let server = start("");
    let process = pid(&server).to_string();
    let mut reading = get(&server, "bytes/3000000");
    assert_eq!(reading.status(), 201);
    let head = reading.head();
    assert!(head.contains(&format!("x-made-by: {process}")), "{head}");
    assert!(head.contains("transfer-encoding: chunked"), "{head}");
    assert_eq!(reading.whole().len(), 3_000_000);
    let mut sized = get(&server, "sized/3000000");
    assert!(sized.head().contains("content-length: 3000000"));
    assert_eq!(sized.whole().len(), 3_000_000);
    // What fits into one part is an ordinary answer.
    let mut short = get(&server, "bytes/1000");
    assert!(short.head().contains("content-length: 1000"));
    assert_eq!(short.whole().len(), 1000);
    assert_eq!(pid(&server).to_string(), process);
    end(server, Family::default());
}

#[test]
fn parts_are_sent_as_they_are_made() {
    let server = start("");
    let mut reading = get(&server, "quiet");
    reading.until(&format!("{}\n", children(server.pid())[0].pid));
    drop(reading);
    let parts = get(&server, "parts/100").whole();
    assert!(parts.starts_with("0\n1\n") && parts.ends_with("99\n"), "{parts}");
    let mut events = get(&server, "events/3/20");
    assert!(events.head().contains("content-type: text/event-stream"));
    let events = events.whole();
    assert!(
        events.starts_with("retry: 1500\n\nid: 1\ndata: tick 1\n\n"),
        "{events}"
    );
    assert!(events.ends_with("id: 3\ndata: tick 3\n\n"), "{events}");
    end(server, Family::default());
}

#[test]
fn what_is_compressed_is_whole_too() {
    let server = start("--compress");
    let ask = "GET /lab/isolated/stream/parts/30000 HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n";
    let mut reading = Reading::ask(&server, ask);
    assert!(
        reading.head().contains("content-encoding: gzip"),
        "{}",
        reading.head()
    );
    let (coded, end) = reading.body();
    assert_eq!(end, End::Whole);
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&coded[..]), &mut text).unwrap();
    assert!(text.starts_with("0\n1\n") && text.ends_with("29999\n"));
}

#[test]
fn what_fails_before_the_first_part_is_a_problem() {
    let server = start("");
    for (by, status, kind) in [
        ("error", 409, "blank"),
        ("panic", 500, "panic"),
        ("abort", 500, "crashed"),
        ("hang", 504, "timeout"),
    ] {
        let answer = server.get(&format!("/lab/isolated/stream/{}", fails(1000, by)));
        assert_eq!(answer.failure(), (status, kind.to_owned()), "{by}");
    }
    end(server, Family::default());
}

#[test]
fn what_fails_among_the_parts_is_a_broken_transfer_and_never_an_end() {
    let server = start("");
    let mut family = Family::default();
    for by in ["error", "panic", "abort", "hang"] {
        family.meet(server.pid());
        let mut reading = get(&server, &fails(500_000, by));
        assert_eq!(reading.status(), 200, "{by}");
        let (body, ended) = reading.body();
        assert!(!body.is_empty() && ended != End::Whole, "{by}: {ended:?}");
        assert_eq!(server.get("/lab/isolated/hello").text(), "hello");
    }
    let log = server.log();
    log.line("SIGABRT");
    let line = log.line("the answer broke off");
    assert!(line.contains("on purpose"), "{line}");
    end(server, family);
}

#[test]
fn a_client_that_leaves_is_told_to_the_handler_whose_process_stays() {
    let server = start("--kill-grace 10m --process-idle-timeout 100");
    for path in ["quiet", "endless"] {
        let mut reading = get(&server, path);
        reading.until("\r\n\r\n");
        drop(reading);
        // One that works does not leave, and none is killed within ten minutes: so each has come back.
        until("every process has left", || {
            children(server.pid()).is_empty().then_some(())
        });
    }
    let ended = server.stop();
    assert!(!ended.stderr.contains("killed"), "{}", ended.stderr);
}

#[test]
fn a_client_that_leaves_a_handler_that_does_not_ask_costs_its_process() {
    let server = start("");
    let before = pid(&server);
    let mut reading = get(&server, "stuck");
    reading.until("stuck\n");
    drop(reading);
    until_reaped(&server, before);
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    end(server, Family::default());
}

#[test]
fn clients_that_do_not_read_hold_their_processes_back_and_nobody_else() {
    let server = start("");
    let mut slow = get(&server, "bytes/30000000");
    slow.head();
    until("its process waits for it, and another has started", || {
        (server.get("/lab/isolated/hello").status == 200).then_some(())
    });
    for _ in 0..10 {
        assert_eq!(server.get("/lab/isolated/hello").status, 200);
    }
    assert_eq!(slow.whole().len(), 30_000_000);
    until_tidy(&server);
    end(server, Family::default());
}

#[test]
fn a_drain_lets_a_stream_end_and_tells_events_when_to_come_back() {
    let server = start_with(2, "");
    let mut events = get(&server, "events/1000000/20");
    events.until("tick 1\n");
    let mut bytes = get(&server, "bytes/30000000");
    bytes.head();
    let mut family = Family::default();
    family.meet(server.pid());
    server.signal(Signal::TERM);
    let events = events.whole();
    let (_, retry) = events.rsplit_once("retry: ").unwrap();
    assert!(retry.ends_with("\n\n"), "{retry}");
    assert_eq!(bytes.whole().len(), 30_000_000);
    assert_eq!(server.ended().code, Some(0));
    family.until_gone();
}

#[test]
fn a_drain_at_its_limit_breaks_a_stream_off_and_leaves_nobody() {
    let server = start("--shutdown-timeout 300ms");
    let mut endless = get(&server, "endless");
    endless.until("xxx");
    let mut family = Family::default();
    family.meet(server.pid());
    server.signal(Signal::TERM);
    assert_ne!(endless.body().1, End::Whole);
    assert_eq!(server.ended().code, Some(0));
    family.until_gone();
}

#[test]
fn without_processes_they_flow_from_the_master() {
    for args in ["--max-processes 0", "--single"] {
        let server = lab().args(args).start();
        assert_eq!(get(&server, "bytes/100000").whole().len(), 100_000, "{args}");
        assert!(get(&server, "parts/10").whole().ends_with("9\n"));
    }
}
