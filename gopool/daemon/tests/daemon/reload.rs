//! Reloads: a new master beside the old one, from the program on disk.

use std::{fs, os::unix::fs::symlink, path::Path, process::Command, thread};

use gopool_daemon::control;
use rustix::process::Signal;

use crate::fixture::{Daemon, Dir, Load, send_signal, until};

pub(crate) const TESTS: &[(&str, fn())] = &[
    (
        "twenty_reloads_under_load_fail_no_request",
        twenty_reloads_under_load_fail_no_request,
    ),
    (
        "a_reload_onto_a_failing_start_keeps_the_old_master",
        a_reload_onto_a_failing_start_keeps_the_old_master,
    ),
    (
        "a_reload_onto_a_start_that_exits_keeps_the_old_master",
        a_reload_onto_an_exit_keeps_the_old_master,
    ),
    (
        "hup_during_a_roll_is_followed_by_another_roll",
        hup_during_a_roll_is_followed_by_another_roll,
    ),
    (
        "a_reload_that_has_to_wait_is_answered_after_its_own_roll",
        a_reload_that_waits_is_answered_after_its_own_roll,
    ),
    (
        "a_reload_runs_the_program_that_now_lies_on_disk",
        a_reload_runs_the_program_that_now_lies_on_disk,
    ),
    (
        "a_reload_follows_a_link_that_was_pointed_elsewhere",
        a_reload_follows_a_link_that_was_pointed_elsewhere,
    ),
    (
        "a_reload_onto_a_missing_program_says_so",
        a_reload_onto_a_missing_program_says_so,
    ),
    (
        "an_old_master_that_dies_during_a_roll_is_succeeded",
        an_old_master_that_dies_during_a_roll_is_succeeded,
    ),
];

fn twenty_reloads_under_load_fail_no_request() {
    let daemon = Daemon::serving("");
    let load = Load::on(daemon.address());
    for round in 2..22 {
        let answer = control::reload(&daemon.settings()).unwrap();
        assert_eq!(answer, format!("master {round} serves"));
        load.wait_for_more(100);
    }
    let answers = load.end();
    let failed: Vec<_> = answers.iter().filter_map(|answer| answer.result.err()).collect();
    println!("{} requests during 20 reloads", answers.len());
    assert!(failed.is_empty(), "{failed:?} of {}", answers.len());
}

fn a_reload_onto_a_failing_start_keeps_the_old_master() {
    let daemon = Daemon::serving("");
    let master = daemon.master();
    daemon.dir.behave("failed=bad-table");
    let error = control::reload(&daemon.settings()).unwrap_err().to_string();
    assert!(error.contains("bad-table"), "{error}");
    daemon.lines.wait("master 1 goes on serving", 0);
    assert_eq!(daemon.master(), master);
    daemon.dir.behave("");
    control::reload(&daemon.settings()).unwrap();
    until("the old master takes no more connections", || {
        daemon.master() != master
    });
}

fn a_reload_onto_an_exit_keeps_the_old_master() {
    let daemon = Daemon::serving("");
    let master = daemon.master();
    daemon.dir.behave("exit=3");
    for _ in 0..20 {
        let error = control::reload(&daemon.settings()).unwrap_err().to_string();
        assert!(error.contains("exited with code 3"), "{error}");
    }
    assert_eq!(daemon.master(), master, "a failed reload is no death");
}

fn hup_during_a_roll_is_followed_by_another_roll() {
    let daemon = Daemon::serving("");
    daemon.dir.behave("slow=300");
    daemon.signal(Signal::HUP);
    let (seen, _) = daemon.lines.wait("master 2 starts", 0);
    daemon.signal(Signal::HUP);
    let (seen, _) = daemon
        .lines
        .wait("begins when the present start or drain is over", seen);
    let (seen, _) = daemon.lines.wait("master 2 is ready", seen);
    daemon.lines.wait("master 3 is ready", seen);
}

fn a_reload_that_waits_is_answered_after_its_own_roll() {
    let daemon = Daemon::serving("");
    daemon.dir.behave("slow=300");
    let first = thread::spawn({
        let settings = daemon.settings();
        move || control::reload(&settings).unwrap()
    });
    daemon.lines.wait("master 2 starts", 0);
    assert_eq!(control::reload(&daemon.settings()).unwrap(), "master 3 serves");
    assert_eq!(first.join().unwrap(), "master 2 serves");
}

fn a_reload_runs_the_program_that_now_lies_on_disk() {
    let dir = Dir::new();
    let (program, next) = (dir.0.join("app"), dir.0.join("next"));
    copy_of_this_program(&program);
    copy_of_this_program(&next);
    let daemon = Daemon::run(dir, "", Command::new(&program));
    let old = daemon.get("/exe").unwrap();
    fs::rename(&next, &program).unwrap();
    control::reload(&daemon.settings()).unwrap();
    // The old master takes connections for a moment longer, and its file is `(deleted)`; so would the new one's be.
    until("the new program answers", || daemon.get("/exe").unwrap() == old);
}

fn a_reload_follows_a_link_that_was_pointed_elsewhere() {
    let dir = Dir::new();
    let (old, new, current) = (dir.0.join("1"), dir.0.join("2"), dir.0.join("current"));
    copy_of_this_program(&old);
    copy_of_this_program(&new);
    symlink(&old, &current).unwrap();
    let daemon = Daemon::run(dir, "", Command::new(&current));
    assert_eq!(daemon.get("/exe").unwrap(), old.display().to_string());
    fs::remove_file(&current).unwrap();
    symlink(&new, &current).unwrap();
    control::reload(&daemon.settings()).unwrap();
    until("the new program answers", || {
        daemon.get("/exe").unwrap() == new.display().to_string()
    });
}

fn a_reload_onto_a_missing_program_says_so() {
    let dir = Dir::new();
    let program = dir.0.join("app");
    copy_of_this_program(&program);
    let daemon = Daemon::run(dir, "", Command::new(&program));
    let master = daemon.master();
    fs::remove_file(&program).unwrap();
    let error = control::reload(&daemon.settings()).unwrap_err().to_string();
    assert!(error.contains("could not be run"), "{error}");
    assert_eq!(daemon.master(), master);
}

fn an_old_master_that_dies_during_a_roll_is_succeeded() {
    let daemon = Daemon::serving("");
    let old = daemon.master();
    daemon.dir.behave("slow=300");
    daemon.signal(Signal::HUP);
    let (seen, _) = daemon.lines.wait("master 2 starts", 0);
    send_signal(old, Signal::KILL);
    let (seen, _) = daemon.lines.wait("its successor is already on the way", seen);
    daemon.lines.wait("master 2 is ready", seen);
    assert_eq!(daemon.pids().len(), 2);
}

/// Made by another process: this one starts programs in several threads, and each of these, until it runs, holds what this
/// process was writing when it began. A file that somebody may write to cannot be run.
fn copy_of_this_program(path: &Path) {
    let this = std::env::current_exe().unwrap();
    let copied = Command::new("cp").arg(this).arg(path).status().unwrap();
    assert!(copied.success());
}
