//! Reloads: another program takes over, and no client notices.

use std::{fs, os::unix::fs::symlink, path::Path, thread};

use gopool_tests::{Signal, until};

use crate::{
    fixture::{Daemon, Launch, build_of, deploy, lab, put, stand_in},
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
    let mut inside = daemon.begin("/lab/sleep/4000");
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
    daemon.log().line("clients had their time to come back");
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
    let reason = "master 2 cannot start: gopool.toml:1: `max-threads` cannot be `0`";
    let said = daemon.ask("reload");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.stderr.contains(reason), "{said:?}");
    let line = daemon.log().line(&format!("reload failed: {reason}"));
    assert!(line.ends_with("master 1 goes on serving"), "{line}");
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

/// Two releases in folders of their own, each with its program and options, and a link to the one in force.
struct Releases(Launch);

impl Releases {
    fn new() -> Releases {
        let releases = Releases(lab());
        for build in [1, 2] {
            let folder = releases.0.path(&build.to_string());
            fs::create_dir(&folder).unwrap();
            deploy(&folder.join("app"), build);
            fs::write(
                folder.join("gopool.toml"),
                format!("shutdown-timeout = \"{build}0s\"\n"),
            )
            .unwrap();
        }
        releases.point_to(1);
        releases
    }

    fn point_to(&self, build: u32) {
        point(&self.0.path(""), build);
    }
}

fn point(folder: &Path, build: u32) {
    let next = folder.join("next");
    symlink(folder.join(build.to_string()), &next).unwrap();
    fs::rename(next, folder.join("current")).unwrap();
}

/// The first word is the program's path, in whose place the program is found as the deployment has it.
#[test]
fn a_deployment_through_a_link_brings_program_folder_and_options_of_the_new_release() {
    for start in [
        "cd current && shift && exec ./app \"$@\"",
        "cd current && shift && PATH=.:$PATH exec app \"$@\"",
        "cd -P current && shift && exec \"$OLDPWD/current/app\" \"$@\"",
        "cd current && shift && PATH=$OLDPWD/current:$PATH && export PATH && exec app \"$@\"",
    ] {
        let Releases(launch) = Releases::new();
        let folder = launch.path("");
        let script = launch.path("start");
        fs::write(&script, start).unwrap();
        let daemon = launch.through(&format!("sh {}", script.display())).serving();
        assert_eq!(build_of(daemon.pid_of(1)), Some(1), "{start}");
        point(&folder, 2);
        daemon.signal(Signal::HUP);
        let master = daemon.until_master_serves(2);
        assert_eq!(build_of(master), Some(2), "{start}");
        let works_in = fs::read_link(format!("/proc/{master}/cwd")).unwrap();
        assert_eq!(works_in, folder.join("2").canonicalize().unwrap(), "{start}");
        daemon
            .log()
            .line("in force from now on: `shutdown-timeout` 20s (was 10s)");
    }
}

#[test]
fn a_folder_that_is_named_is_entered_anew_by_each_master_and_options_lie_there() {
    let Releases(launch) = Releases::new();
    let folder = launch.path("");
    let (program, args) = (
        launch.path("app"),
        format!("--chdir {}", launch.path("current").display()),
    );
    deploy(&program, 1);
    let daemon = launch.program(program).args(&args).serving();
    let works_in = |pid: u32| fs::read_link(format!("/proc/{pid}/cwd")).unwrap();
    let release = |build: &str| folder.join(build).canonicalize().unwrap();
    assert_eq!(works_in(daemon.pid_of(1)), release("1"));
    point(&folder, 2);
    daemon.signal(Signal::HUP);
    assert_eq!(works_in(daemon.until_master_serves(2)), release("2"));
    daemon
        .log()
        .line("in force from now on: `shutdown-timeout` 20s (was 10s)");
    // What fails there is followed by what was good, folder and all.
    fs::write(folder.join("2/gopool.toml"), "max-threads = 0\n").unwrap();
    send(daemon.pid_of(2), Signal::KILL);
    daemon.log().line("with the options of the last good master");
    let kept = until("it serves", || {
        daemon.log().find("master 4 is ready").map(|_| daemon.pid_of(4))
    });
    assert_eq!(works_in(kept), release("2"));
}

#[test]
fn a_folder_that_cannot_be_entered_refuses_the_launch() {
    for (folder, reason) in [
        (
            "/nowhere",
            "`--chdir /nowhere` cannot be entered: No such file or directory",
        ),
        (
            "current",
            "it takes `off` or the path of a folder, from the root on",
        ),
    ] {
        for command in ["", "check"] {
            let said = lab().args(&format!("--chdir {folder}")).run(command);
            assert!(said.code > Some(0) && said.stderr.contains(reason), "{said:?}");
        }
    }
}

#[test]
fn options_of_the_daemon_that_a_reload_finds_changed_are_in_force_or_named() {
    let launch = lab();
    let file = launch.path("gopool.toml");
    fs::write(
        &file,
        "shutdown-timeout = \"1s\"\nwatchdog = \"40s\"\npid-file = \"1.pid\"\n",
    )
    .unwrap();
    let mut daemon = launch.args("--timeout 15m").serving();
    fs::write(
        &file,
        "shutdown-timeout = \"15m\"\nwatchdog = \"1500ms\"\nmax-memory = \"8GB\"\npid-file = \"2.pid\"\n",
    )
    .unwrap();
    daemon.signal(Signal::HUP);
    daemon.until_master_serves(2);
    let line = daemon.log().line("in force from now on: ");
    for change in [
        "`watchdog` 1.5s (was 40s)",
        "`shutdown-timeout` 900s (was 1s)",
        "`max-memory` 8000000000 bytes (was off)",
    ] {
        assert!(line.contains(change), "{line}");
    }
    let line = daemon.log().line("only after the daemon is started again");
    assert!(line.ends_with("`pid-file` 2.pid (was 1.pid)"), "{line}");
    // The new watchdog, of which the new master knows too.
    let stalled = daemon.pid_of(2);
    send(stalled, Signal::STOP);
    daemon.log().line("master 2 is silent");
    daemon.until_master_serves(3);
    send(stalled, Signal::CONT);
    daemon.log().line("master 2 exited");
    // Longer than the daemon of old would have waited.
    let mut request = daemon.begin("/lab/sleep/3000");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    daemon.signal(Signal::TERM);
    assert_eq!(request.answer().status, 200);
    assert_eq!(daemon.until_ended(), Some(0));
}
