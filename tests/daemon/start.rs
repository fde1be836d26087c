//! Starts that fail: growing delays, an end, and the reason.

use std::time::{Duration, Instant};

use crate::fixture::{Said, lab, lab_beside_others};

/// What 100 ms x 1.5 up to 15 s comes to.
const DELAYS: [u64; 15] = [
    100, 150, 225, 337, 506, 759, 1139, 1708, 2562, 3844, 5766, 8649, 12974, 15000, 15000,
];

#[test]
fn a_start_that_always_fails_is_tried_sixteen_times_with_growing_delays() {
    let mut daemon = lab_beside_others().env("LAB_START", "exit:3").start();
    let began = Instant::now();
    // Longer than any wait for an event: the delays add up to 69 s.
    while daemon.log().find("giving up").is_none() && began.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(daemon.until_ended(), Some(69));
    println!("gave up after {:.1?}", began.elapsed());
    let lines = daemon.lines();
    let delays: Vec<u64> = lines.iter().filter_map(|line| delay_in(line)).collect();
    println!("delays in ms: {delays:?}\n{}", lines.join("\n"));
    assert_eq!(delays, DELAYS);
    assert!(
        began.elapsed() >= Duration::from_millis(DELAYS.iter().sum()),
        "the delays were kept"
    );
    let starts = lines.iter().filter(|line| line.contains("starts as pid")).count();
    assert_eq!(starts, 16);
    daemon.log().line(
        "giving up after 16 deaths without a healthy master; the last: master 16 exited with code 3 before it was ready",
    );
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
    crate::process::until_gone(first);
    daemon
        .log()
        .line("master 2 was not ready within 0.5 s; starting the next in 150 ms (death 2 of 16)");
    assert_eq!(daemon.ended_by(gopool_tests::Signal::TERM).0, Some(0));
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
