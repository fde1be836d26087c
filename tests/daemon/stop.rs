//! The end: signals in every phase, exit codes, and nothing left behind.

use std::{fs, time::Duration};

use gopool_tests::{Client, Signal, until};

use crate::{
    fixture::{Daemon, free_address, lab, stand_in},
    process::{is_gone, send, until_gone},
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
    // Nothing but the second INT could end it in time.
    let (mut daemon, mut request) = busy("--timeout 15m --shutdown-timeout 15m", 600_000);
    daemon.signal(Signal::INT);
    daemon.log().line("draining: no new connections");
    let (code, took) = daemon.ended_by(Signal::INT);
    println!("second INT: exit code {code:?} after {took:.0?}");
    assert_eq!(code, Some(130));
    assert!(request.try_answer(false).is_err());
}

#[test]
fn the_first_int_after_term_says_that_it_drains_already_and_the_second_ends_it() {
    let (mut daemon, _request) = busy("--timeout 15m --shutdown-timeout 15m", 600_000);
    daemon.signal(Signal::TERM);
    daemon.log().line("asked to stop");
    daemon.signal(Signal::INT);
    daemon
        .log()
        .line("interrupted; draining already, and a second interrupt ends it at once");
    assert_eq!(daemon.ended_by(Signal::INT).0, Some(130));
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
    for start in ["slow:600000", "hang"] {
        let options = "--ready-timeout 15m --shutdown-timeout 15m";
        let mut daemon = lab().args(options).env("LAB_START", start).start();
        daemon.pid_of(1);
        let (code, took) = daemon.ended_by(Signal::TERM);
        println!("TERM during `{start}`: exit code {code:?} after {took:.0?}");
        assert_eq!(code, Some(0));
    }
}

#[test]
fn term_during_the_back_off_ends_with_0() {
    let launch = stand_in("exit=3").args("--first-delay 600000 --longest-delay 600000");
    let mut daemon = launch.start();
    daemon.log().line("starting the next in 600000 ms");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn term_during_a_roll_ends_both_masters_and_finishes_what_was_accepted() {
    let mut daemon = stand_in("").serving();
    daemon.behave("hang");
    daemon.signal(Signal::HUP);
    daemon.pid_of(2);
    let mut request = daemon.begin("/slow/700");
    until("the request runs", || daemon.path("slow").exists().then_some(()));
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert_eq!(request.answer().status, 200);
    let lines = daemon.lines();
    let told = lines
        .iter()
        .filter(|line| line.contains("as told (the daemon stops)"));
    assert_eq!(told.count(), 2, "{lines:?}");
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
fn the_orphan_of_a_killed_daemon_frees_the_address_of_the_monitor_for_the_next_launch() {
    let info = free_address();
    let options = format!("--info-url http://{info} --timeout 15m --shutdown-timeout 15m");
    let (mut daemon, _request) = busy(&options, 600_000);
    let orphan = daemon.pid_of(1);
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.until_ended(), None);
    let mut next = daemon.again();
    let master = next.until_master_serves(1);
    let monitor = Client::of(info);
    until("the monitor of the next master answers", || {
        (monitor.get("/info").json()["pid"] == master).then_some(())
    });
    assert!(!is_gone(orphan), "it goes on with its request");
    send(orphan, Signal::KILL);
    assert_eq!(next.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_master_that_ignores_term_is_killed_with_its_children_after_the_limit() {
    let launch = stand_in("ignore-term child").args("--shutdown-timeout 1000");
    let mut daemon = launch.serving();
    let child = fs::read_to_string(daemon.path("child")).unwrap().parse().unwrap();
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("a master that ignores TERM: exit code {code:?} after {took:.0?}");
    daemon
        .log()
        .line("master 1 did not leave in time; killing its process group");
    daemon.log().line("master 1 was ended by SIGKILL, as told");
    assert_eq!(code, Some(0));
    assert!(took >= Duration::from_millis(1500), "{took:?}");
    until_gone(child);
}

#[test]
fn a_second_int_kills_a_master_that_ignores_term_long_before_the_limit() {
    let launch = lab().args("--shutdown-timeout 15m").env("LAB_IGNORE_TERM", "1");
    let mut daemon = launch.serving();
    daemon.signal(Signal::INT);
    daemon.log().line("asked to stop; draining");
    assert_eq!(daemon.ended_by(Signal::INT).0, Some(130));
}

#[test]
fn a_stopped_master_is_killed_after_the_limit() {
    let mut daemon = lab().args("--shutdown-timeout 500").serving();
    send(daemon.pid_of(1), Signal::STOP);
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_request_longer_than_the_limit_does_not_hold_up_the_end() {
    let (mut daemon, _request) = busy("--timeout 15m --shutdown-timeout 1s", 600_000);
    let (code, took) = daemon.ended_by(Signal::TERM);
    println!("TERM with a request of ten minutes: exit code {code:?} after {took:.0?}");
    assert_eq!(code, Some(0));
}

#[test]
fn who_saw_stop_answered_can_start_the_next_daemon_at_once() {
    // All are kept: one that is dropped kills whatever runs in its folder.
    let mut daemons = vec![lab().serving()];
    for round in 0..5 {
        let said = daemons[round].ask("stop");
        assert_eq!((said.code, said.stdout.as_str()), (Some(0), "stopped\n"));
        let next = daemons[round].again();
        next.until_master_serves(1);
        daemons.push(next);
    }
}

/// Load balancers that ask for readiness have time to notice before anybody is refused.
#[test]
fn before_the_drain_of_an_end_connections_are_taken_and_readiness_is_denied() {
    for options in ["", "--no-daemon"] {
        let info = free_address();
        let args = format!("{options} --info-url http://{info} --drain-delay 3s --shutdown-timeout 1s");
        let mut daemon = lab().args(&args).start();
        daemon.log().line("listening on http");
        let monitor = Client::of(info);
        until("it is ready", || {
            (monitor.get("/ready").status == 200).then_some(())
        });
        daemon.signal(Signal::TERM);
        daemon.log().line("not ready any more");
        assert_eq!(monitor.get("/ready").status, 503);
        let mut connection = daemon.begin("/lab/pid");
        assert_eq!(connection.answer().status, 200, "{options}");
        daemon.log().line("draining: no new connections");
        assert_eq!(daemon.until_ended(), Some(0), "longer than the drain limit alone");
        assert!(daemon.log().find("did not leave in time").is_none());
    }
}
