//! The end: signals in every phase, exit codes, and nothing left behind.

use std::time::Duration;

use gopool_tests::{Client, Signal, until};

use crate::{
    fixture::{Daemon, lab},
    process::{send, until_gone},
};

/// A daemon whose master is busy with a request that takes so many milliseconds.
fn busy(options: &str, ms: u32) -> (Daemon, gopool_tests::Connection) {
    let daemon = lab().args(options).serving();
    let request = daemon.begin(&format!("/lab/sleep/{ms}"));
    until("it runs", || {
        (Client::of(daemon.address()).get("/lab/stats").json()["running"] == 1).then_some(())
    });
    (daemon, request)
}

#[test]
fn term_finishes_what_was_accepted_and_ends_with_0() {
    let (mut daemon, mut request) = busy("", 1000);
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("TERM: exit code {code:?} after {took:.0?}");
    assert_eq!((code, request.answer().status), (Some(0), 200));
}

#[test]
fn int_finishes_what_was_accepted_and_ends_with_0() {
    let (mut daemon, mut request) = busy("", 1000);
    let (code, took) = daemon.ended_by(Signal::INT);
    println!("INT: exit code {code:?} after {took:.0?}");
    assert_eq!((code, request.answer().status), (Some(0), 200));
}

#[test]
fn a_second_int_ends_at_once_with_130() {
    let (mut daemon, mut request) = busy("", 20_000);
    daemon.signal(Signal::INT);
    daemon.log().line("draining: no new connections");
    let (code, took) = daemon.ended_by(Signal::INT);
    println!("second INT: exit code {code:?} after {took:.0?}");
    assert_eq!(code, Some(130));
    assert!(took < Duration::from_secs(5) && request.try_answer(false).is_err());
}

#[test]
fn term_twice_is_term_once() {
    let (mut daemon, mut request) = busy("", 1000);
    daemon.signal(Signal::TERM);
    daemon.log().line("asked to stop");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert_eq!(request.answer().status, 200);
}

#[test]
fn term_during_a_start_ends_with_0_without_waiting_for_it() {
    for start in ["slow:20000", "hang"] {
        let mut daemon = lab().env("LAB_START", start).start();
        daemon.pid_of(1);
        let (code, took) = daemon.ended_by(Signal::TERM);
        println!("TERM during `{start}`: exit code {code:?} after {took:.0?}");
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(10));
    }
}

#[test]
fn term_during_the_back_off_ends_with_0() {
    let mut daemon = lab().env("LAB_START", "exit:3").start();
    daemon.log().line("(death 5 of 16)");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn term_during_a_roll_ends_both_masters() {
    let mut daemon = lab().env("LAB_START", "slow:500").serving();
    daemon.signal(Signal::HUP);
    daemon.pid_of(2);
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("TERM during a roll: exit code {code:?} after {took:.0?}");
    assert_eq!(code, Some(0));
    assert_eq!(
        daemon
            .lines()
            .iter()
            .filter(|line| line.contains("as told (the daemon stops)"))
            .count(),
        2
    );
}

#[test]
fn the_master_of_a_killed_daemon_drains_and_leaves_the_address_to_the_next_daemon() {
    let (mut daemon, mut request) = busy("", 1000);
    let master = daemon.pid_of(1);
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.until_ended(), None);
    let mut next = daemon.again();
    assert_eq!(request.answer().status, 200, "what was accepted is finished");
    until_gone(master);
    let pid = next.until_master_serves(1);
    assert_eq!(next.answering(), pid);
    assert_eq!(next.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_master_that_ignores_term_is_killed_after_the_limit() {
    let mut daemon = lab()
        .args("--shutdown-timeout 1s")
        .env("LAB_IGNORE_TERM", "1")
        .serving();
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("a master that ignores TERM: exit code {code:?} after {took:.0?}");
    daemon
        .log()
        .line("master 1 did not leave in time; killing its process group");
    daemon.log().line("master 1 was ended by SIGKILL, as told");
    assert_eq!(code, Some(0));
    assert!(
        took >= Duration::from_millis(1500) && took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[test]
fn a_stopped_master_is_killed_after_the_limit() {
    let mut daemon = lab().args("--shutdown-timeout 500").serving();
    send(daemon.pid_of(1), Signal::STOP);
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_request_longer_than_the_limit_does_not_hold_up_the_end() {
    let (mut daemon, _request) = busy("--shutdown-timeout 1s", 20_000);
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("TERM with a request of 20 s: exit code {code:?} after {took:.0?}");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}
