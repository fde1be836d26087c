//! Variables from a file: each master has those that stand there now.

use std::fs;

use gopool_tests::{Signal, until};

use crate::{
    fixture::{lab, lab_beside_others},
    process::send,
};

/// A variable in the environment that a process was started with.
fn variable(pid: u32, name: &str) -> Option<String> {
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).unwrap();
    let mut all = environment.split('\0').filter_map(|one| one.split_once('='));
    all.find(|(own, _)| *own == name)
        .map(|(_, value)| value.to_owned())
}

#[test]
fn each_master_has_what_stands_in_the_file_now_and_after_a_mistake_what_was_good() {
    let launch = lab().args("--env-file app.env").env("BOTH", "environment");
    let file = launch.path("app.env");
    fs::write(
        &file,
        "A=1\nBOTH=file\nLISTEN_FDS=9\nGOPOOL_SHUTDOWN_TIMEOUT=10s\n",
    )
    .unwrap();
    let daemon = launch.serving();
    let first = daemon.pid_of(1);
    assert_eq!(variable(first, "A").as_deref(), Some("1"));
    assert_eq!(variable(first, "BOTH").as_deref(), Some("file"));
    fs::write(&file, "B=2\nGOPOOL_SHUTDOWN_TIMEOUT=20s\n").unwrap();
    daemon.reload();
    let second = daemon.until_master_serves(2);
    assert_eq!(
        (variable(second, "A"), variable(second, "B").as_deref()),
        (None, Some("2"))
    );
    assert_eq!(variable(second, "BOTH").as_deref(), Some("environment"));
    daemon
        .log()
        .line("in force from now on: `shutdown-timeout` 20s (was 10s)");

    fs::write(&file, "B=3\nhunter2\n").unwrap();
    let said = daemon.ask(&format!("reload --pid {}", daemon.pid()));
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr.contains("line 2 of the file of variables"),
        "{said:?}"
    );
    assert!(!said.stderr.contains("hunter2"), "{said:?}");
    send(second, Signal::KILL);
    let line = daemon.log().line("with the options of the last good master");
    let next = line
        .split(" starts as pid ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    assert_eq!(variable(next.parse().unwrap(), "B").as_deref(), Some("2"));
    until("it serves", || {
        (daemon.answering().to_string() == next).then_some(())
    });
}

#[test]
fn without_a_daemon_and_for_a_check_the_variables_are_there_too() {
    let launch = lab_beside_others().args("--env-file app.env --no-daemon");
    let file = launch.path("app.env");
    fs::write(&file, "A='two words'\nGOPOOL_LOG_FORMAT=json\n").unwrap();
    let mut master = launch.start();
    let line = master.log().line("listening on http");
    assert!(line.starts_with('{'), "{line}");
    assert_eq!(variable(master.pid(), "A").as_deref(), Some("two words"));
    assert_eq!(master.ended_by(Signal::TERM).0, Some(0));

    let launch = lab_beside_others().args("--env-file app.env");
    fs::write(launch.path("app.env"), "GOPOOL_MAX_THREADS=0\n").unwrap();
    for command in ["", "check", "--no-daemon"] {
        let said = launch.run(command);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(
            said.stderr.contains("`GOPOOL_MAX_THREADS` cannot be `0`"),
            "{said:?}"
        );
    }
    fs::remove_file(launch.path("app.env")).unwrap();
    for command in ["", "check", "--no-daemon"] {
        let said = launch.run(command);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(
            said.stderr
                .contains("the file of variables `app.env` cannot be read"),
            "{said:?}"
        );
    }
}
