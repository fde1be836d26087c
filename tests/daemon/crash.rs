//! Masters that die: nobody is refused, and the next one answers at once.

use std::{
    fs,
    time::{Duration, Instant},
};

use gopool_tests::{Client, Signal, until};

use crate::{
    fixture::{Daemon, build_of, deploy, lab, put, stand_in},
    load::{End, Load, Sent, Use, median},
    process::{send, until_gone},
};

/// The death of one master.
struct Kill {
    pid: u32,
    sent: Instant,
    gone: Instant,
}

impl Kill {
    /// Whether the request was under way while the master died.
    fn hit(&self, request: &Sent) -> bool {
        request.began <= self.gone && request.ended >= self.sent
    }

    /// From the kill to the next answer of another master.
    fn time_to_next_answer(&self, requests: &[Sent]) -> Duration {
        let answers = requests.iter().filter(|request| request.ended > self.sent);
        let of_others = answers.filter(|answer| answer.body().is_some_and(|pid| pid != self.pid.to_string()));
        let next = of_others.map(|answer| answer.ended).min();
        next.unwrap() - self.sent
    }
}

#[test]
fn twenty_killed_masters_refuse_nobody_and_cost_only_what_they_were_doing() {
    let daemon = lab().args("--healthy-after 0").serving();
    let load = Load::start(daemon.address(), &[Use::Fresh; 4], &["/lab/pid"]);
    let kills: Vec<Kill> = (1..=20)
        .map(|master| {
            let pid = daemon.until_master_serves(master);
            // Shorter is no health, whatever the option says.
            let healthy = Instant::now() + Duration::from_secs(1);
            load.until_more(100);
            until("it was healthy", || (Instant::now() > healthy).then_some(()));
            let sent = Instant::now();
            send(pid, Signal::KILL);
            until_gone(pid);
            Kill {
                pid,
                sent,
                gone: Instant::now(),
            }
        })
        .collect();
    daemon.until_master_serves(21);
    load.until_more(100);
    let requests = load.stop();

    let failed: Vec<&Sent> = requests
        .iter()
        .filter(|request| request.body().is_none())
        .collect();
    let refused = failed
        .iter()
        .filter(|request| matches!(request.end, End::Refused(_)))
        .count();
    let times: Vec<Duration> = kills
        .iter()
        .map(|kill| kill.time_to_next_answer(&requests))
        .collect();
    println!(
        "{} requests, {} inside dying masters failed, {refused} refused",
        requests.len(),
        failed.len()
    );
    println!(
        "from kill to the next answer: {times:.1?}, median {:.1?}",
        median(&times)
    );
    let lines = daemon.lines();
    let at_once = lines
        .iter()
        .filter(|line| line.ends_with("was ended by SIGKILL; starting the next at once"));
    assert_eq!(at_once.count(), 20, "{lines:?}");
    assert_eq!(refused, 0, "{failed:?}");
    for request in failed {
        assert!(
            kills.iter().any(|kill| kill.hit(request)),
            "failed while no master died: {request:?}"
        );
    }
}

/// What the master in service says that its option is.
fn max_threads(daemon: &Daemon) -> serde_json::Value {
    let info = Client::of(daemon.address()).get("/monitor/info").json();
    let options = info["options"].as_array().unwrap();
    let option = options.iter().find(|option| option["name"] == "max-threads");
    option.unwrap()["value"].clone()
}

#[test]
fn options_that_were_broken_in_place_are_those_of_before_for_the_successor_of_a_crash() {
    for before in [Some("max-threads = 3\n"), None] {
        let launch = lab().args("--info-url /monitor");
        let file = launch.path("gopool.toml");
        if let Some(text) = before {
            fs::write(&file, text).unwrap();
        }
        let daemon = launch.serving();
        let good = max_threads(&daemon);
        // In place: the same file, as an editor writes it.
        fs::write(&file, "max-threads = 0\n").unwrap();
        send(daemon.pid_of(1), Signal::KILL);
        daemon
            .log()
            .line("master 2 cannot start: gopool.toml:1: `max-threads` cannot be `0`");
        daemon.until_master_serves(3);
        daemon.log().line("with the options of the last good master");
        daemon
            .log()
            .line("what lies on the disk has failed: the options are those of the last good master");
        assert_eq!(max_threads(&daemon), good);
        // Once more, and by what master 3 had, which has read no file.
        send(daemon.pid_of(3), Signal::KILL);
        daemon.until_master_serves(4);
        assert_eq!(max_threads(&daemon), good);
        // Repaired, and asked for.
        fs::write(&file, "max-threads = 5\n").unwrap();
        daemon.reload();
        // The old master may answer for a while yet.
        until("the repaired options are in force", || {
            (max_threads(&daemon) == "5").then_some(())
        });
    }
}

#[test]
fn a_master_that_aborts_or_exits_is_succeeded_and_its_end_is_told() {
    let daemon = lab().serving();
    let mut first = daemon.begin("/lab/abort");
    assert!(
        first.try_answer(false).is_err(),
        "an aborted master answers nobody"
    );
    daemon
        .log()
        .line("master 1 was ended by SIGABRT; starting the next in 100 ms (death 1 of 16)");
    daemon.until_master_serves(2);
    let mut second = daemon.begin("/lab/exit/3");
    assert!(second.try_answer(false).is_err());
    daemon
        .log()
        .line("master 2 exited with code 3; starting the next in 150 ms (death 2 of 16)");
    assert_eq!(daemon.until_master_serves(3), daemon.answering());
    let status = daemon.ask("status").stdout;
    assert!(
        status.contains("was ended by SIGABRT") && status.contains("exited with code 3"),
        "{status}"
    );
}

/// More connections than the standard library's backlog holds.
#[test]
fn connections_made_while_no_master_lives_wait_in_a_long_backlog_for_the_next_one() {
    let daemon = stand_in("hang").args("--first-delay 1").start();
    let first = daemon.pid_of(1);
    let most = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let connections = most.trim().parse().unwrap_or(128).min(300);
    let mut waiting: Vec<_> = (0..connections).map(|_| daemon.begin("/pid")).collect();
    daemon.behave("");
    send(first, Signal::KILL);
    let next = daemon.until_master_serves(2).to_string();
    assert!(
        waiting
            .iter_mut()
            .all(|connection| connection.answer().text() == next)
    );
}

#[test]
fn what_a_dead_master_left_behind_is_killed() {
    let daemon = stand_in("child").serving();
    let child = fs::read_to_string(daemon.path("child")).unwrap().parse().unwrap();
    daemon.behave("");
    send(daemon.pid_of(1), Signal::KILL);
    until_gone(child);
}

#[test]
fn the_next_master_learns_how_the_last_ones_ended() {
    let daemon = stand_in("").serving();
    assert_eq!(daemon.get("/restarts").text(), "0");
    send(daemon.pid_of(1), Signal::KILL);
    daemon.until_master_serves(2);
    assert_eq!(daemon.get("/restarts").text(), "1");
    let exits = daemon.get("/exits");
    assert!(
        exits.text().contains("Signal(9)") && exits.text().contains("died while it served"),
        "{exits:?}"
    );
}

/// One start after the other that fails: the disk's program is broken, and the last good one runs on.
#[test]
fn a_crash_starts_the_last_good_program_when_the_one_on_the_disk_fails() {
    let daemon = broken_after_launch();
    send(daemon.pid_of(1), Signal::KILL);
    daemon
        .log()
        .line("master 2 exited with code 3 before it was ready");
    let log = daemon.log().line("master 3 starts as pid");
    assert!(log.ends_with(" from the last good program"), "{log}");
    assert_eq!(build_of(daemon.until_master_serves(3)), Some(1));
    // What is known to fail is not tried again.
    send(daemon.answering(), Signal::KILL);
    assert_eq!(build_of(daemon.until_master_serves(4)), Some(1));
    deploy(daemon.program(), 2);
    daemon.reload();
    assert_eq!(build_of(daemon.until_master_serves(5)), Some(2));
}

/// A daemon whose program was replaced by one that exits with code 3.
fn broken_after_launch() -> Daemon {
    let launch = lab();
    let program = launch.path("app");
    deploy(&program, 1);
    let daemon = launch.program(program).serving();
    put(
        daemon.program(),
        r#"printf '#!/bin/sh\nexit 3\n' > "$1" && chmod 755 "$1""#,
    );
    daemon
}

#[test]
fn a_master_that_dies_with_its_last_word_that_it_is_ready_is_no_successor() {
    let daemon = stand_in("").serving();
    daemon.behave("corpse");
    for _ in 0..5 {
        let said = daemon.ask("reload");
        assert!(said.stderr.contains("was ended by SIGABRT"), "{said:?}");
    }
    assert_eq!(daemon.answering(), daemon.pid_of(1));
    assert!(daemon.log().find("draining master 1").is_none());
}

#[test]
fn a_program_that_dies_right_after_it_was_ready_is_no_hot_loop_with_healthy_after_0() {
    let mut daemon = stand_in("corpse")
        .args("--healthy-after 0 --first-delay 1 --longest-delay 10")
        .start();
    assert_eq!(daemon.until_ended(), Some(69));
    daemon.log().line("death 15 of 16");
}
