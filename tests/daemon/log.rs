//! The daemon's own lines: their form, and that nothing waits for whoever reads them.

use std::fs;

use gopool_tests::{Client, Signal, until};
use serde_json::Value;

use crate::{
    fixture::{lab_beside_others, stand_in},
    process::send,
};

#[test]
fn each_line_has_one_time_and_one_level() {
    let daemon = lab_beside_others().serving();
    send(daemon.pid_of(1), Signal::KILL);
    daemon.until_master_serves(2);
    for (text, level) in [
        ("master 1 starts as pid", "INFO"),
        ("master 1 was ended by SIGKILL", "WARN"),
    ] {
        let line = daemon.log().line(text);
        let mut words = line.split_whitespace();
        let time = words.next().unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{line}");
        assert_eq!(words.next(), Some(level), "{line}");
        assert_eq!(words.next(), Some("gopool::daemon:"), "{line}");
    }
}

#[test]
fn as_json_each_line_is_an_object_like_those_of_the_masters() {
    let mut daemon = lab_beside_others().args("--log-format json").serving();
    daemon.ended_by(Signal::TERM);
    let text = daemon.log().text();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let (own, masters): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line["target"] == "gopool::daemon");
    assert!(own.len() >= 4 && !masters.is_empty(), "{text}");
    for line in own {
        for field in ["timestamp", "level", "message"] {
            assert!(line[field].is_string() && masters[0][field].is_string(), "{line}");
        }
    }
}

/// The standard error is a pipe that is full, as when its reader hangs.
#[test]
fn a_daemon_whose_lines_nobody_reads_does_all_that_it_should_and_counts_them() {
    let launch = stand_in("");
    let wrapper = launch.path("full-pipe");
    let script = "[ -e full ] && exec \"$@\"\nmkfifo full\nexec 3<>full\nhead -c 65536 /dev/zero >&3\nexec \"$@\" 2>&3\n";
    fs::write(&wrapper, script).unwrap();
    let mut daemon = launch.through(&format!("sh {}", wrapper.display())).start();
    until("it serves", || {
        std::net::TcpStream::connect(daemon.address()).ok()
    });
    for master in 2..5 {
        assert_eq!(daemon.ask("reload").stdout, format!("master {master} serves\n"));
    }
    let status = daemon.ask("status").stdout;
    assert!(
        status.contains("lines lost, because nobody read them: "),
        "{status}"
    );
    let pid: u32 = Client::of(daemon.address()).get("/pid").text().parse().unwrap();
    send(pid, Signal::KILL);
    until("the next master answers", || {
        let answer = Client::of(daemon.address()).get("/pid");
        (answer.text() != pid.to_string()).then_some(())
    });
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_closed_standard_error_changes_nothing_else() {
    let launch = stand_in("");
    let wrapper = launch.path("closed");
    fs::write(&wrapper, "exec \"$@\" 2>&-\n").unwrap();
    let mut daemon = launch.through(&format!("sh {}", wrapper.display())).start();
    until("it serves", || {
        std::net::TcpStream::connect(daemon.address()).ok()
    });
    assert_eq!(daemon.ask("reload").stdout, "master 2 serves\n");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}
