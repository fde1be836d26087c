//! Starts that fail: growing delays, an end, and the reason.

use std::time::{Duration, Instant};

use gopool_tests::Signal;

use crate::{
    fixture::{Said, lab, lab_beside_others, stand_in},
    process::until_gone,
};

/// What 10 ms x 1.5 up to 100 ms comes to.
const DELAYS: [u64; 15] = [
    10, 15, 22, 33, 50, 75, 100, 100, 100, 100, 100, 100, 100, 100, 100,
];

#[test]
fn a_start_that_always_fails_is_tried_sixteen_times_with_growing_delays() {
    let launch = stand_in("exit=3").args("--first-delay 10 --longest-delay 100");
    let began = Instant::now();
    let mut daemon = launch.start();
    assert_eq!(daemon.until_ended(), Some(69));
    assert!(
        began.elapsed() >= Duration::from_millis(DELAYS.iter().sum()),
        "the delays were kept"
    );
    daemon.log().line(
        "giving up after 16 deaths without a healthy master; the last: master 16 exited with code 3 before it was ready",
    );
    let lines = daemon.lines();
    let delays: Vec<u64> = lines.iter().filter_map(|line| delay_in(line)).collect();
    assert_eq!(delays, DELAYS);
    let starts = lines.iter().filter(|line| line.contains("starts as pid")).count();
    assert_eq!(starts, 16);
    daemon.assert_nothing_left();
}

/// The number in `starting the next in 100 ms`.
fn delay_in(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once("starting the next in ")?;
    rest.split_once(" ms")?.0.parse().ok()
}

#[test]
fn a_master_that_never_becomes_ready_is_killed_by_the_limit() {
    let mut daemon = lab().args("--ready-timeout 500").env("LAB_START", "hang").start();
    let first = daemon.pid_of(1);
    daemon
        .log()
        .line("master 1 was not ready within 0.5 s; starting the next in 100 ms (death 1 of 16)");
    until_gone(first);
    daemon
        .log()
        .line("master 2 was not ready within 0.5 s; starting the next in 150 ms (death 2 of 16)");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn after_a_start_that_hung_the_next_one_serves() {
    let daemon = stand_in("hang")
        .args("--ready-timeout 300 --first-delay 1")
        .start();
    let first = daemon.pid_of(1);
    daemon
        .log()
        .line("master 1 was not ready within 0.3 s; starting the next in 1 ms");
    daemon.behave("");
    daemon.log().line("is ready and serves");
    until_gone(first);
}

#[test]
fn a_start_that_says_why_it_fails_is_not_repeated() {
    let launch = lab().env("LAB_START", "nonsense");
    let Said { code, stderr, .. } = launch.run("");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("`LAB_START` cannot be `nonsense`"), "{stderr}");
    assert_eq!(stderr.matches("starts as pid").count(), 1, "{stderr}");
}

#[test]
fn an_address_in_use_refuses_the_launch_before_any_master() {
    let daemon = lab_beside_others().serving();
    let second = lab_beside_others().listen(&[daemon.address().to_string()]);
    let Said { code, stderr, .. } = second.run("");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains(&daemon.address().to_string()) && !stderr.contains("starts as pid"),
        "{stderr}"
    );
}
