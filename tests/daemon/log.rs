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

#[test]
fn its_lines_go_to_the_file_of_the_log_and_by_the_level_and_usr1_opens_that_anew() {
    let launch = lab_beside_others().args("--log-file app.log --log-format json");
    let (file, old) = (launch.path("app.log"), launch.path("old.log"));
    let mut daemon = launch.start();
    let own = |path: &std::path::Path| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let own = lines.filter(|line| line["target"] == "gopool::daemon");
        own.map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    };
    let has = |path: &std::path::Path, text: &str| own(path).iter().any(|line| line.contains(text));
    until("it serves", || has(&file, "master 1 is ready").then_some(()));
    fs::rename(&file, &old).unwrap();
    daemon.signal(Signal::USR1);
    until("a new file", || file.exists().then_some(()));
    daemon.signal(Signal::HUP);
    until("the next serves", || {
        has(&file, "master 2 is ready").then_some(())
    });
    assert!(has(&old, "daemon is pid") && !has(&old, "master 2"));
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(has(&file, "exit code 0"));
    assert_eq!(
        daemon.log().text(),
        "",
        "nothing of it goes to the standard error"
    );
}

#[test]
fn what_is_below_the_level_is_left_out_and_errors_reach_whoever_started_it_too() {
    let launch = lab_beside_others();
    let options = launch.path("gopool.toml");
    fs::write(&options, "log-level = \"warn\"\n").unwrap();
    let mut daemon = launch.start();
    until("it serves", || {
        Client::of(daemon.address()).try_get("/lab/pid").ok()
    });
    send(daemon.answering(), Signal::KILL);
    daemon.log().line("master 1 was ended by SIGKILL");
    assert_eq!(daemon.lines().len(), 1, "{:?}", daemon.lines());
    // A file and another level are in force after a reload.
    fs::write(&options, "log-level = \"info\"\nlog-file = \"app.log\"\n").unwrap();
    assert_eq!(daemon.ask("reload").code, Some(0));
    let file = fs::read_to_string(daemon.path("app.log")).unwrap();
    assert!(file.contains("`log-level` info (was warn)"), "{file}");
    assert!(
        file.contains("is ready and serves") && !daemon.log().text().contains("serves"),
        "{file}"
    );
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));

    let said = lab_beside_others()
        .args("--log-file app.log")
        .env("LAB_START", "nonsense")
        .run("");
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .contains("ERROR gopool::daemon: master 1 cannot start")
            && !said.stderr.contains("INFO"),
        "{said:?}"
    );
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

/// A file may grow no more (`ulimit -f`): as on a full disk, lines are lost and nothing else is.
#[test]
fn a_file_that_may_grow_no_more_costs_lines_and_no_process() {
    for options in ["", "--no-daemon"] {
        let launch = lab_beside_others().args(&format!("{options} --log access --log-file app.log"));
        let wrapper = launch.path("small-files");
        fs::write(&wrapper, "ulimit -f 0 && exec \"$@\"\n").unwrap();
        let mut daemon = launch.through(&format!("sh {}", wrapper.display())).start();
        let first = until("it answers", || {
            let answer = Client::of(daemon.address()).try_get("/lab/pid").ok()?;
            answer.text().parse::<u32>().ok()
        });
        for path in ["/lab/inline", "/lab/isolated/env"] {
            assert_eq!(daemon.get(path).status, 200, "{path}");
        }
        assert_eq!(daemon.answering(), first, "nobody died of it");
        if options.is_empty() {
            let said = daemon.ask("status --json").json();
            assert_eq!(said["restarts"], 0);
            assert!(said["lost_lines"].as_u64() > Some(0), "{said}");
        }
        assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0), "{options}");
    }
}
