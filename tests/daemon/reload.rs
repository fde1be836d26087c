//! Reloads: another program takes over, and no client notices.

use std::{fs, os::unix::fs::symlink, thread, time::Duration};

use gopool_tests::{Signal, until};

use crate::{
    fixture::{Daemon, build_of, deploy, lab, put, stand_in},
    load::{End, Load, Use},
    process::{send, until_gone},
};

/// What the clients of the reload ask for: every placement.
const TARGETS: &[&str] = &[
    "/lab/pid",
    "/lab/inline",
    "/lab/hello?name=you",
    "/lab/async-sleep/1",
];
const REQUESTS: usize = 100_000;

/// A daemon that runs the first build of a program which can be replaced.
fn deployed() -> Daemon {
    let launch = lab().args("--healthy-after 0");
    let program = launch.path("app");
    deploy(&program, 1);
    launch.program(program).serving()
}

#[test]
fn twenty_reloads_of_replaced_programs_fail_no_request() {
    let daemon = deployed();
    let uses = [
        Use::KeptAlive,
        Use::KeptAlive,
        Use::KeptAlive,
        Use::KeptAlive,
        Use::Fresh,
        Use::Fresh,
    ];
    let load = Load::start(daemon.address(), &uses, TARGETS);
    for build in 2..=21 {
        let old = daemon.pid_of(build - 1);
        deploy(daemon.program(), build);
        daemon.reload();
        let new = daemon.until_other_answers(old);
        assert_eq!((new, build_of(new)), (daemon.pid_of(build), Some(build)));
        load.until_more(1000);
        // A client that leaves its connection unused has to find it closed in peace, too.
        until_gone(old);
    }
    until("the load is done", || (load.sent() >= REQUESTS).then_some(()));
    let requests = load.stop();

    let stale = requests
        .iter()
        .filter(|request| request.end == End::Stale)
        .count();
    let failed: Vec<_> = requests
        .iter()
        .filter(|request| request.body().is_none())
        .collect();
    println!(
        "{} requests during 20 reloads, {} failed, {stale} of these retried",
        requests.len(),
        failed.len()
    );
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn requests_inside_the_old_master_are_finished_there() {
    let daemon = deployed();
    let old = daemon.pid_of(1);
    let mut inside = daemon.begin("/lab/sleep/2500");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    daemon.reload();
    daemon.until_other_answers(old);
    let answer = inside.answer();
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    assert!(inside.is_closed());
    until_gone(old);
}

#[test]
fn a_connection_that_rested_before_the_reload_is_served_once_more_and_then_closed() {
    let daemon = deployed();
    let old = daemon.pid_of(1).to_string();
    let mut resting = daemon.begin("/lab/pid");
    assert_eq!(resting.answer().text(), old);
    daemon.reload();
    daemon.log().line("draining: no new connections");
    resting.get("/lab/pid");
    let answer = resting.answer();
    assert_eq!(
        (answer.text(), answer.header("connection")),
        (old.as_str(), Some("close"))
    );
    assert!(resting.is_closed());
}

#[test]
fn a_resting_connection_is_served_as_long_as_the_old_master_finishes_other_requests() {
    let daemon = deployed();
    let mut resting = daemon.begin("/lab/pid");
    let old = resting.answer().text().to_owned();
    let mut inside = daemon.begin("/lab/sleep/5000");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    daemon.reload();
    // Beyond the second in which the old master waits for its clients to come back.
    thread::sleep(Duration::from_millis(1500));
    resting.get("/lab/pid");
    let answer = resting.answer();
    assert_eq!(
        (answer.status, answer.text()),
        (200, old.as_str()),
        "there is a successor, so nobody is refused"
    );
    assert_eq!(inside.answer().status, 200);
}

#[test]
fn a_reload_onto_a_program_that_fails_leaves_the_old_master_serving_and_says_so() {
    let daemon = deployed();
    let master = daemon.pid_of(1);
    for (mode, reason) in [
        ("755", "master 2 exited with code 3 before it was ready"),
        ("644", "master 3 could not be run: Permission denied"),
    ] {
        let script = format!(r##"printf '#!/bin/sh\nexit 3\n' > "$1" && chmod {mode} "$1""##);
        put(daemon.program(), &script);
        // The program itself cannot be asked to reload any more.
        daemon.signal(Signal::HUP);
        daemon.log().line(&format!("reload failed: {reason}"));
        assert_eq!(daemon.answering(), master);
    }
    fs::remove_file(daemon.program()).unwrap();
    daemon.signal(Signal::HUP);
    daemon
        .log()
        .line("reload failed: master 4 could not be run: No such file");
    assert_eq!(daemon.answering(), master);
    daemon.log().line("master 1 goes on serving");
    deploy(daemon.program(), 2);
    daemon.reload();
    assert_eq!(build_of(daemon.until_other_answers(master)), Some(2));
}

#[test]
fn the_command_reload_tells_why_the_new_master_did_not_start() {
    let launch = lab();
    let switch = launch.path("gopool.toml");
    let daemon = launch.serving();
    fs::write(switch, "max-threads = 0\n").unwrap();
    let said = daemon.ask("reload");
    assert_eq!(said.code, Some(2), "the command reads the same options: {said:?}");
    daemon.signal(Signal::HUP);
    daemon
        .log()
        .line("reload failed: master 2 exited with code 2 before it was ready; master 1 goes on serving");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
}

#[test]
fn a_reload_follows_a_link_that_was_pointed_elsewhere() {
    let launch = lab();
    let [old, new, current, next] = ["1", "2", "current", "next"].map(|name| launch.path(name));
    deploy(&old, 1);
    deploy(&new, 2);
    symlink(&old, &current).unwrap();
    let daemon = launch.program(&current).serving();
    assert_eq!(build_of(daemon.pid_of(1)), Some(1));
    symlink(&new, &next).unwrap();
    fs::rename(next, current).unwrap();
    daemon.reload();
    assert_eq!(build_of(daemon.pid_of(2)), Some(2));
}

#[test]
fn a_reload_onto_a_start_that_fails_is_told_why_and_is_no_death() {
    let daemon = stand_in("").serving();
    daemon.behave("exit=3");
    for _ in 0..20 {
        let said = daemon.ask("reload");
        assert!(said.stderr.contains("exited with code 3"), "{said:?}");
    }
    daemon.behave("failed=bad-table");
    let said = daemon.ask("reload");
    assert!(said.stderr.contains("bad-table"), "{said:?}");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
    daemon.behave("");
    assert_eq!(daemon.ask("reload").stdout, "master 23 serves\n");
}

/// Starts a reload and waits until its master has begun to start; it gets ready when the file `go` is there.
fn begin_slow_reload(daemon: &Daemon) {
    daemon.behave("wait=go");
    daemon.signal(Signal::HUP);
    daemon.pid_of(2);
}

#[test]
fn hup_during_a_roll_is_followed_by_another_roll() {
    let daemon = stand_in("").serving();
    begin_slow_reload(&daemon);
    daemon.signal(Signal::HUP);
    daemon
        .log()
        .line("it begins when the present start or drain is over");
    fs::write(daemon.path("go"), "").unwrap();
    daemon.until_master_serves(2);
    daemon.until_master_serves(3);
}

#[test]
fn a_reload_that_has_to_wait_is_answered_after_its_own_roll() {
    let daemon = stand_in("").serving();
    begin_slow_reload(&daemon);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| daemon.ask("reload"));
        daemon
            .log()
            .line("it begins when the present start or drain is over");
        fs::write(daemon.path("go"), "").unwrap();
        assert_eq!(waiting.join().unwrap().stdout, "master 3 serves\n");
    });
}

#[test]
fn an_old_master_that_dies_during_a_roll_is_succeeded() {
    let daemon = stand_in("").serving();
    begin_slow_reload(&daemon);
    send(daemon.pid_of(1), Signal::KILL);
    daemon.log().line("its successor is already on the way");
    fs::write(daemon.path("go"), "").unwrap();
    assert_eq!(daemon.until_master_serves(2), daemon.answering());
    let starts = daemon.lines();
    let starts = starts.iter().filter(|line| line.contains("starts as pid"));
    assert_eq!(starts.count(), 2);
}
