//! Masters that die, hang, fall silent, grow or never start.

use std::{
    fs,
    io::ErrorKind,
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use gopool_daemon::control;
use rustix::process::Signal;

use crate::fixture::{Daemon, LIMIT, Load, ask, is_gone, send_signal, until};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "twenty_kills_under_load_refuse_nobody",
        twenty_kills_under_load_refuse_nobody,
    ),
    (
        "a_start_that_exits_is_given_up_after_sixteen_deaths",
        a_start_that_exits_is_given_up_after_sixteen_deaths,
    ),
    (
        "a_start_that_hangs_ends_by_the_ready_limit",
        a_start_that_hangs_ends_by_the_ready_limit,
    ),
    (
        "a_first_start_that_names_its_reason_is_not_repeated",
        a_first_start_that_names_its_reason_is_not_repeated,
    ),
    (
        "a_silent_event_loop_has_its_master_replaced",
        a_silent_event_loop_has_its_master_replaced,
    ),
    (
        "a_master_that_never_beats_is_replaced",
        a_master_that_never_beats_is_replaced,
    ),
    (
        "a_frozen_master_is_replaced_and_killed",
        a_frozen_master_is_replaced_and_killed,
    ),
    ("a_sick_master_is_replaced", a_sick_master_is_replaced),
    (
        "a_master_over_the_memory_limit_is_replaced_while_it_serves",
        a_master_over_the_memory_limit_is_replaced,
    ),
    (
        "what_a_dead_master_left_behind_is_killed",
        what_a_dead_master_left_behind_is_killed,
    ),
    (
        "the_next_master_learns_how_the_last_ones_ended",
        the_next_master_learns_how_the_last_ones_ended,
    ),
    (
        "a_daemon_that_was_frozen_with_its_master_blames_nobody",
        a_daemon_that_was_frozen_with_its_master_blames_nobody,
    ),
    (
        "connections_wait_in_a_long_backlog_while_no_master_lives",
        connections_wait_in_a_long_backlog_while_no_master_lives,
    ),
];

fn twenty_kills_under_load_refuse_nobody() {
    let daemon = Daemon::serving("healthy=0");
    let load = Load::on(daemon.address());
    let mut kills = Vec::new();
    let mut seen = 0;
    for _ in 0..20 {
        let master = daemon.master();
        let asked = Instant::now();
        send_signal(master, Signal::KILL);
        seen = daemon.lines.wait("was ended by SIGKILL", seen).0;
        // The death itself is somewhere in between.
        kills.push((asked, Instant::now()));
        seen = daemon.lines.wait("serves", seen).0;
        load.wait_for_more(100);
        assert_ne!(daemon.master(), master);
    }
    let answers = load.end();
    let refused = answers
        .iter()
        .filter(|answer| answer.result == Err(ErrorKind::ConnectionRefused))
        .count();
    assert_eq!(refused, 0, "of {} requests", answers.len());
    for failed in answers.iter().filter(|answer| answer.result.is_err()) {
        let was_inside = kills
            .iter()
            .any(|(asked, dead)| failed.began <= *dead && *asked <= failed.ended);
        assert!(
            was_inside,
            "{:?} without a kill during the request",
            failed.result
        );
    }
    let mut waits: Vec<u128> = kills
        .iter()
        .map(|(asked, _)| next_answer(*asked, &answers))
        .collect();
    println!(
        "from kill to the next answer, ms: {waits:?}; {} requests",
        answers.len()
    );
    waits.sort_unstable();
    println!("median {} ms", waits[10]);
}

fn next_answer(kill: Instant, answers: &[crate::fixture::Answer]) -> u128 {
    let after = answers
        .iter()
        .filter(|answer| answer.began > kill && answer.result.is_ok());
    after
        .map(|answer| (answer.ended - kill).as_millis())
        .min()
        .unwrap()
}

fn a_start_that_exits_is_given_up_after_sixteen_deaths() {
    let mut daemon = Daemon::launch("first=1\nlongest=15", "exit=3");
    assert_eq!(daemon.wait(), Some(69));
    daemon.assert_nothing_left();
    assert_eq!(daemon.pids().len(), 16);
    let (_, last) = daemon.lines.wait("giving up after 16 deaths", 0);
    assert!(last.contains("exited with code 3 before it was ready"), "{last}");
}

fn a_start_that_hangs_ends_by_the_ready_limit() {
    let daemon = Daemon::launch("ready=300\nfirst=1", "hang");
    let (seen, _) = daemon
        .lines
        .wait("was not ready within 0.3 s; starting the next", 0);
    daemon.dir.behave("");
    daemon.lines.wait("serves", seen);
    until("the hanging master is gone", || is_gone(daemon.pids()[0]));
}

fn a_first_start_that_names_its_reason_is_not_repeated() {
    let mut daemon = Daemon::launch("", "failed=no-database");
    assert_eq!(daemon.wait(), Some(1));
    daemon.assert_nothing_left();
    assert_eq!(daemon.pids().len(), 1);
    daemon.lines.wait("no-database", 0);
}

fn a_silent_event_loop_has_its_master_replaced() {
    let daemon = Daemon::serving("watchdog=1000");
    let old: i32 = daemon.get("/stall").unwrap().parse().unwrap();
    let (seen, _) = daemon.lines.wait("no beat of event loop 1", 0);
    daemon.lines.wait("serves", seen);
    until("the silent master is gone", || is_gone(old));
    assert_ne!(daemon.master(), old);
}

fn a_master_that_never_beats_is_replaced() {
    let daemon = Daemon::launch("watchdog=500", "no-beats");
    let (seen, _) = daemon.lines.wait("is silent", 0);
    daemon.dir.behave("");
    daemon.lines.wait("serves", seen);
}

fn a_frozen_master_is_replaced_and_killed() {
    let daemon = Daemon::serving("watchdog=1000\nshutdown=500");
    let old = daemon.master();
    send_signal(old, Signal::STOP);
    let (seen, _) = daemon.lines.wait("is silent", 0);
    let (seen, _) = daemon.lines.wait("serves", seen);
    let (seen, _) = daemon.lines.wait("did not leave in time", seen);
    daemon.lines.wait("was ended by SIGKILL", seen);
    assert!(is_gone(old));
}

fn a_sick_master_is_replaced() {
    let daemon = Daemon::serving("");
    let old: i32 = daemon
        .get("/sick/all-threads-are-overdue")
        .unwrap()
        .parse()
        .unwrap();
    let (seen, _) = daemon.lines.wait("is sick: all-threads-are-overdue", 0);
    daemon.lines.wait("serves", seen);
    until("the sick master is gone", || is_gone(old));
}

fn a_master_over_the_memory_limit_is_replaced() {
    let daemon = Daemon::serving("watchdog=1000\nmemory=100000000");
    let load = Load::on(daemon.address());
    let old: i32 = daemon.get("/leak/120").unwrap().parse().unwrap();
    let (seen, line) = daemon.lines.wait("of memory, over the limit of 95 MB", 0);
    daemon.lines.wait("serves", seen);
    until("the large master is gone", || is_gone(old));
    assert!(load.end().iter().all(|answer| answer.result.is_ok()), "{line}");
}

fn what_a_dead_master_left_behind_is_killed() {
    let daemon = Daemon::launch("", "child");
    daemon.lines.wait("serves", 0);
    let child = fs::read_to_string(daemon.dir.0.join("child"))
        .unwrap()
        .parse()
        .unwrap();
    daemon.dir.behave("");
    send_signal(daemon.master(), Signal::KILL);
    until("the child of the dead master is gone", || is_gone(child));
}

fn the_next_master_learns_how_the_last_ones_ended() {
    let daemon = Daemon::serving("");
    assert_eq!(daemon.get("/restarts").unwrap(), "0");
    send_signal(daemon.master(), Signal::KILL);
    let exits = daemon.get("/exits").unwrap();
    assert!(
        exits.contains("Signal(9)") && exits.contains("died while it served"),
        "{exits}"
    );
    assert_eq!(daemon.get("/restarts").unwrap(), "1");
}

/// As when the whole machine is paused: nobody could beat, and nobody could hear.
fn a_daemon_that_was_frozen_with_its_master_blames_nobody() {
    let daemon = Daemon::serving("watchdog=1000");
    let master = daemon.master();
    for pid in [master, daemon.pid] {
        send_signal(pid, Signal::STOP);
        until("it is frozen", || process_state(pid) == 'T');
    }
    // Longer than the watchdog: this is the silence that nobody is to blame for.
    thread::sleep(Duration::from_millis(1500));
    daemon.signal(Signal::CONT);
    // The first answer may come before the daemon looked at the clock, the second cannot.
    control::status(&daemon.settings()).unwrap();
    let status = control::status(&daemon.settings()).unwrap();
    send_signal(master, Signal::CONT);
    assert_eq!((status.phase.as_str(), status.restarts), ("serving", 0));
    assert_eq!(daemon.master(), master);
}

/// More than the standard library's backlog, and all of them wait while nobody accepts.
fn connections_wait_in_a_long_backlog_while_no_master_lives() {
    let daemon = Daemon::launch("first=1", "hang");
    let address = daemon.address();
    daemon.lines.wait("master 1 starts", 0);
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let connections = most.trim().parse().unwrap_or(128).min(300);
    let waiting: Vec<_> = (0..connections)
        .map(|_| TcpStream::connect_timeout(&address, LIMIT))
        .collect();
    daemon.dir.behave("");
    send_signal(daemon.pids()[0], Signal::KILL);
    for stream in waiting {
        ask(stream.unwrap(), "/pid").unwrap();
    }
}

fn process_state(pid: i32) -> char {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit(')').next().unwrap().trim().chars().next().unwrap()
}
