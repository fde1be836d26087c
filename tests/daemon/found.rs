//! `status`, `reload` and `stop` find the daemon that is meant, from wherever they are asked.

use std::{fs, process::Command};

use gopool_tests::{Signal, until};
use serde_json::Value;

use crate::fixture::{Daemon, Launch, Said, deploy, lab, lab_beside_others};

/// An application whose name no other test has.
fn called(name: &str) -> Launch {
    let launch = lab_beside_others();
    let program = launch.path(&format!("{name}-{}", std::process::id()));
    deploy(&program, 1);
    launch.program(program)
}

/// Asks as cron or ssh would: from another folder, without the daemon's environment and options.
fn ask_from_elsewhere(daemon: &Daemon, args: &str) -> Said {
    let mut command = Command::new(daemon.program());
    command.args(args.split_whitespace()).env_clear().current_dir("/");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn pid_in(said: &Said) -> u64 {
    let status: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}"));
    status["pid"].as_u64().unwrap()
}

#[test]
fn the_only_daemon_of_a_name_is_found_from_any_folder_and_environment() {
    let mut daemon = called("only").serving();
    let said = ask_from_elsewhere(&daemon, "status --json");
    assert_eq!(pid_in(&said), u64::from(daemon.pid()), "{said:?}");
    assert_eq!(ask_from_elsewhere(&daemon, "reload").stdout, "master 2 serves\n");
    assert_eq!(ask_from_elsewhere(&daemon, "stop").stdout, "stopped\n");
    assert_eq!(daemon.until_ended(), Some(0));
}

#[test]
fn a_pid_or_a_pid_file_names_it_whatever_it_is_called() {
    let daemon = called("by-pid").args("--pid-file app.pid").serving();
    let (pid, file) = (daemon.pid(), daemon.path("app.pid"));
    for args in [
        format!("status --json --pid {pid}"),
        format!("status --json --pid-file {}", file.display()),
    ] {
        let said = Command::new(gopool_tests::executable("lab"))
            .args(args.split(' '))
            .output()
            .unwrap();
        let status: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(status["pid"], pid, "{args}");
    }
    let said = ask_from_elsewhere(&daemon, &format!("status --pid {}", std::process::id()));
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("it has no control socket"), "{said:?}");
}

#[test]
fn of_two_daemons_of_one_name_the_address_or_the_pid_says_which() {
    let first = called("twins").serving();
    let second = lab_beside_others().program(first.program()).serving();
    let said = ask_from_elsewhere(&first, "status");
    assert_eq!(said.code, Some(1));
    for pid in [first.pid(), second.pid()] {
        assert!(
            said.stderr.contains(&format!("pid {pid} on 127.0.0.1:")),
            "{said:?}"
        );
    }
    for daemon in [&first, &second] {
        let port = daemon.address().port();
        let said = ask_from_elsewhere(daemon, &format!("status --json --port {port}"));
        assert_eq!(pid_in(&said), u64::from(daemon.pid()));
    }
}

#[test]
fn a_port_that_was_typed_is_never_taken_for_another() {
    let daemon = called("port").serving();
    let said = ask_from_elsewhere(&daemon, "stop --port 1");
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .contains(&format!("for 127.0.0.1:1; there is pid {}", daemon.pid())),
        "{said:?}"
    );
    assert_eq!(daemon.answering(), daemon.pid_of(1));
}

#[test]
fn broken_options_keep_nobody_from_asking_and_a_refused_reload_says_what_is_broken() {
    let mut daemon = called("broken").serving();
    fs::write(daemon.path("gopool.toml"), "port = 1\nmax-threads = 0\n= x\n").unwrap();
    assert_eq!(daemon.ask("status").code, Some(0));
    let said = daemon.ask("reload");
    assert_eq!(said.code, Some(1), "{said:?}");
    for text in [
        "gopool.toml:2: `max-threads` cannot be `0`",
        "gopool.toml:3: not valid TOML",
    ] {
        assert!(said.stderr.contains(text), "{said:?}");
        daemon.log().line(text);
    }
    daemon.log().line("master 1 goes on serving");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
    let said = daemon.ask("--max-threads=0");
    assert_eq!(said.code, Some(2), "what is typed now is checked: {said:?}");
    assert_eq!(daemon.ask("stop").stdout, "stopped\n");
    assert_eq!(daemon.until_ended(), Some(0));
}

#[test]
fn the_exit_code_of_status_tells_the_state() {
    let starting = lab_beside_others().env("LAB_START", "hang").start();
    starting.pid_of(1);
    assert_eq!(starting.ask("status").code, Some(3));

    let mut daemon = lab().serving();
    assert_eq!(daemon.ask("status").code, Some(0));
    let mut request = daemon.begin("/lab/sleep/3000");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    daemon.signal(Signal::TERM);
    daemon.log().line("asked to stop");
    assert_eq!(daemon.ask("status").code, Some(4));
    assert_eq!(request.answer().status, 200);
    assert_eq!(daemon.until_ended(), Some(0));
    assert_eq!(daemon.ask("status").code, Some(1));
}

#[test]
fn status_for_programs_names_its_units() {
    let daemon = lab_beside_others().serving();
    let said = daemon.ask("status --json");
    let status: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(status["phase"], "serving");
    assert_eq!(status["listen"][0], daemon.address().to_string());
    assert_eq!(status["masters"][0]["pid"], daemon.pid_of(1));
    assert!(status["uptime_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_reload_is_waited_for_only_as_long_as_asked() {
    let daemon = lab_beside_others().env("LAB_START", "slow:3000").serving();
    let said = daemon.ask("reload --timeout 100");
    assert_eq!(said.code, Some(124), "{said:?}");
    assert!(
        said.stderr.contains("`reload` is not done after 100ms"),
        "{said:?}"
    );
    daemon.until_master_serves(2);
}
