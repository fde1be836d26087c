//! Answers that flow while their server ends.

use std::thread;

use gopool_tests::{Reading, lab};
use rustix::process::Signal;

#[test]
fn streams_of_events_end_cleanly_and_say_when_to_come_back() {
    let server = lab().start();
    let mut clients: Vec<_> = ["ticks", "ticks?pause=60000", "thread-ticks", "ticks"]
        .iter()
        .map(|path| Reading::get(&server, &format!("/lab/stream/{path}")))
        .collect();
    for client in &mut clients {
        client.head();
    }
    server.signal(Signal::TERM);
    for client in clients {
        let body = client.whole();
        let (_, retry) = body
            .rsplit_once("retry: ")
            .expect("the last thing is when to come back");
        let milliseconds: u64 = retry.trim_end().parse().unwrap();
        assert!((1000..3000).contains(&milliseconds), "{retry}");
        assert!(retry.ends_with("\n\n"));
    }
    let ended = server.ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("streams=4"), "{}", ended.stderr);
}

#[test]
fn other_streams_run_to_their_end() {
    let server = lab().start();
    let mut reading = Reading::get(&server, "/lab/stream/lines/40/25");
    reading.until("\r\n0\n");
    server.signal(Signal::TERM);
    let body = reading.whole();
    assert!(body.ends_with("\n39\n"), "{body}");
    assert_eq!(server.ended().code, Some(0));
}

#[test]
fn at_the_limit_of_the_drain_they_are_broken_off() {
    let server = lab().args("--shutdown-timeout 300ms").start();
    let mut reading = Reading::get(&server, "/lab/stream/lines/100000/20");
    reading.until("\r\n0\n");
    server.signal(Signal::TERM);
    let reader = thread::spawn(move || reading.body().1);
    assert_eq!(server.ended().code, Some(0));
    assert_ne!(reader.join().unwrap(), gopool_tests::End::Whole);
}
