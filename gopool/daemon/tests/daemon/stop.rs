//! Ends: of the daemon by signals and requests, and of masters that do not want to.

use std::{
    process::Command,
    thread::{self, JoinHandle},
};

use gopool_daemon::control;
use rustix::process::Signal;

use crate::fixture::{Daemon, get, is_gone, until};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "term_finishes_running_requests_and_exits_0",
        term_finishes_running_requests_and_exits_0,
    ),
    (
        "int_finishes_running_requests_and_exits_0",
        int_finishes_running_requests_and_exits_0,
    ),
    (
        "a_second_int_ends_everything_at_once",
        a_second_int_ends_everything_at_once,
    ),
    ("term_during_a_start_ends_it", term_during_a_start_ends_it),
    (
        "term_during_a_roll_ends_both_masters",
        term_during_a_roll_ends_both_masters,
    ),
    (
        "term_during_the_back_off_ends_at_once",
        term_during_the_back_off_ends_at_once,
    ),
    (
        "a_killed_daemon_takes_its_master_along",
        a_killed_daemon_takes_its_master_along,
    ),
    (
        "a_master_that_ignores_term_is_killed_with_its_children",
        a_master_that_ignores_term_is_killed,
    ),
    (
        "stop_answers_when_no_master_is_left",
        stop_answers_when_no_master_is_left,
    ),
    (
        "who_saw_stop_answered_can_start_the_next_daemon_at_once",
        stop_leaves_room_for_the_next_daemon,
    ),
];

/// A request that is running when the function returns.
fn slow_request(daemon: &Daemon) -> JoinHandle<std::io::Result<String>> {
    let address = daemon.address();
    let request = thread::spawn(move || get(address, "/slow/700"));
    until("the request runs", || daemon.dir.0.join("slow").exists());
    request
}

fn drains_and_exits_0(signal: Signal) {
    let mut daemon = Daemon::serving("");
    let request = slow_request(&daemon);
    daemon.signal(signal);
    assert_eq!(daemon.wait(), Some(0));
    daemon.assert_nothing_left();
    request.join().unwrap().unwrap();
    assert_eq!(daemon.pids().len(), 1, "no restart");
    assert!(!daemon.dir.0.join("pid").exists());
}

fn term_finishes_running_requests_and_exits_0() {
    drains_and_exits_0(Signal::TERM);
}

fn int_finishes_running_requests_and_exits_0() {
    drains_and_exits_0(Signal::INT);
}

fn a_second_int_ends_everything_at_once() {
    let mut daemon = Daemon::launch("", "ignore-term child");
    daemon.lines.wait("serves", 0);
    daemon.signal(Signal::INT);
    daemon.lines.wait("draining", 0);
    daemon.signal(Signal::INT);
    assert_eq!(daemon.wait(), Some(130));
    daemon.assert_nothing_left();
}

fn term_during_a_start_ends_it() {
    let mut daemon = Daemon::launch("", "hang");
    daemon.lines.wait("master 1 starts", 0);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
    daemon.assert_nothing_left();
}

fn term_during_a_roll_ends_both_masters() {
    let mut daemon = Daemon::serving("");
    daemon.dir.behave("hang");
    daemon.signal(Signal::HUP);
    daemon.lines.wait("master 2 starts", 0);
    let request = slow_request(&daemon);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
    daemon.assert_nothing_left();
    assert_eq!(daemon.pids().len(), 2);
    request.join().unwrap().unwrap();
}

fn term_during_the_back_off_ends_at_once() {
    let mut daemon = Daemon::launch("first=600000\nlongest=600000", "exit=3");
    daemon.lines.wait("starting the next in 600000 ms", 0);
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
    daemon.assert_nothing_left();
}

fn a_killed_daemon_takes_its_master_along() {
    let mut daemon = Daemon::serving("");
    let request = slow_request(&daemon);
    daemon.signal(Signal::KILL);
    assert_eq!(daemon.wait(), None);
    daemon.assert_nothing_left();
    request.join().unwrap().unwrap();
}

fn a_master_that_ignores_term_is_killed() {
    let mut daemon = Daemon::launch("shutdown=300", "ignore-term child");
    daemon.lines.wait("serves", 0);
    let child = std::fs::read_to_string(daemon.dir.0.join("child"))
        .unwrap()
        .parse()
        .unwrap();
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.wait(), Some(0));
    daemon
        .lines
        .wait("did not leave in time; killing its process group", 0);
    daemon.assert_nothing_left();
    until("the child is gone", || is_gone(child));
}

fn stop_answers_when_no_master_is_left() {
    let mut daemon = Daemon::serving("");
    let pids = daemon.pids();
    assert_eq!(control::stop(&daemon.settings()).unwrap(), "stopped");
    assert!(pids.into_iter().all(is_gone));
    assert_eq!(daemon.wait(), Some(0));
}

fn stop_leaves_room_for_the_next_daemon() {
    let mut daemon = Daemon::serving("");
    for _ in 0..10 {
        control::stop(&daemon.settings()).unwrap();
        let command = Command::new(std::env::current_exe().unwrap());
        daemon = Daemon::run(daemon.dir.clone(), "", command);
        daemon.lines.wait("serves", 0);
    }
}
