//! `upgrade`: the daemon itself is replaced, in the same process and with every socket open.

use std::{fs, thread, time::Duration};

use gopool_tests::{Signal, until};

use crate::{
    fixture::{Daemon, Said, build_of, deploy, executable_asks, lab, lab_beside_others, put, stand_in},
    load::{Load, Use},
    process::{descriptors, send, until_gone},
};

/// A daemon that runs the first build of a program which can be replaced.
fn deployed() -> Daemon {
    let launch = lab().args("--pid-file lab.pid");
    let program = launch.path("app");
    deploy(&program, 1);
    launch.program(program).serving()
}

/// Asks for it by another program, because the daemon's own may be broken.
fn upgrade(daemon: &Daemon) -> Said {
    executable_asks(&format!("upgrade --pid {}", daemon.pid()))
}

/// How many descriptors it has open while one master serves and no other lives.
fn settled_descriptors(daemon: &Daemon) -> usize {
    daemon.until_settled();
    descriptors(daemon.pid())
}

#[test]
fn a_daemon_is_replaced_again_and_again_under_load_and_refuses_nobody() {
    let mut daemon = deployed();
    let uses = [Use::KeptAlive, Use::KeptAlive, Use::Fresh, Use::Fresh];
    let load = Load::start(daemon.address(), &uses, &["/lab/pid", "/lab/hello?name=you"]);
    let open = settled_descriptors(&daemon);
    for build in 2..=6 {
        let old = daemon.pid_of(build - 1);
        deploy(daemon.program(), build);
        let said = daemon.ask("upgrade");
        assert_eq!(said.stdout, format!("master {build} serves\n"), "{said:?}");
        assert_eq!(build_of(daemon.pid()), Some(build), "the daemon itself");
        assert_eq!(build_of(daemon.until_other_answers(old)), Some(build));
        load.until_more(200);
        until_gone(old);
    }
    let failed: Vec<_> = load
        .stop()
        .into_iter()
        .filter(|request| request.body().is_none())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    // What the last good master has read of options is kept from the first reload on.
    let now = settled_descriptors(&daemon);
    assert!(
        now <= open + 1,
        "{now} descriptors after five upgrades, {open} before"
    );

    let second = daemon.ask("serve");
    assert!(
        second
            .stderr
            .contains(&format!("another daemon (pid {})", daemon.pid())),
        "the lock was kept: {second:?}"
    );
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!daemon.path("lab.pid").exists());
}

#[test]
fn a_replaced_daemon_knows_what_it_knew_and_does_what_it_did() {
    let mut daemon = deployed();
    send(daemon.pid_of(1), Signal::KILL);
    let master = daemon.until_master_serves(2);
    let mut inside = daemon.begin("/lab/sleep/2500");
    until("it runs", || {
        (daemon.get("/lab/stats").json()["running"] == 1).then_some(())
    });
    assert_eq!(daemon.ask("upgrade").stdout, "master 3 serves\n");
    assert_eq!(
        inside.answer().status,
        200,
        "a master of before finishes its requests"
    );
    until_gone(master);
    let status = daemon.ask("status --json").json();
    assert_eq!(status["restarts_by_cause"]["crash"], 1, "{status}");
    assert_eq!(status["restarts_by_cause"]["reload"], 1, "{status}");
    let exits: Vec<_> = status["exits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exit| exit["reason"].clone())
        .collect();
    assert_eq!(
        exits,
        ["died while it served", "replaced by master 3"],
        "{status}"
    );

    send(daemon.pid_of(3), Signal::KILL);
    daemon.log().line("master 3 was ended by SIGKILL");
    daemon.until_master_serves(4);
    daemon.signal(Signal::HUP);
    let last = daemon.until_master_serves(5);
    send(last, Signal::STOP);
    daemon.signal(Signal::TERM);
    send(last, Signal::CONT);
    assert_eq!(daemon.until_ended(), Some(0));
    daemon.assert_nothing_left();
}

#[test]
fn a_program_that_cannot_take_its_place_changes_nothing_and_the_reason_is_told() {
    let launch = lab().args("--ready-timeout 4s");
    let program = launch.path("app");
    deploy(&program, 1);
    let daemon = launch.program(program).serving();
    let master = daemon.answering();
    for (script, reason) in [
        (
            r##"printf '#!/bin/sh\necho no table >&2\nexit 3\n' > "$1" && chmod 755 "$1""##,
            "exited with code 3: no table",
        ),
        (
            r##"printf '#!/bin/sh\nexit 0\n' > "$1" && chmod 755 "$1""##,
            "exited with code 0, without a word",
        ),
        (
            r##"printf '#!/bin/sh\nkill -ABRT $$\n' > "$1" && chmod 755 "$1""##,
            "was ended by SIGABRT",
        ),
        (
            r##"printf '#!/bin/sh\nexec sleep 600\n' > "$1" && chmod 755 "$1""##,
            "within the ready limit",
        ),
        (
            r##"cp "$LAB" "$1" && chmod 644 "$1""##,
            "could not be run: Permission denied",
        ),
        (r##"head -c 5000 "$LAB" > "$1" && chmod 755 "$1""##, ""),
    ] {
        put(daemon.program(), script);
        let said = upgrade(&daemon);
        assert_eq!(
            (said.code, said.stdout.as_str()),
            (Some(1), ""),
            "{script}: {said:?}"
        );
        assert!(
            said.stderr.contains("upgrade refused: the new program") && said.stderr.contains(reason),
            "{script}: {said:?}"
        );
        assert_eq!(daemon.answering(), master, "{script}");
    }
    fs::remove_file(daemon.program()).unwrap();
    assert!(upgrade(&daemon).stderr.contains("could not be run: No such file"));
    deploy(daemon.program(), 2);
    fs::write(daemon.path("gopool.toml"), "max-threads = 0\n").unwrap();
    let said = upgrade(&daemon);
    assert!(
        said.stderr.contains("gopool.toml:1: `max-threads` cannot be `0`"),
        "{said:?}"
    );
    assert_eq!(daemon.answering(), master);
    fs::remove_file(daemon.path("gopool.toml")).unwrap();
    assert_eq!(upgrade(&daemon).stdout, "master 2 serves\n");
    assert_eq!(build_of(daemon.pid()), Some(2));
    daemon.until_settled();
    let left = daemon.processes();
    let runs = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let ours = left
        .iter()
        .filter(|pid| ["app\n", "sleep\n"].contains(&&*runs(pid)));
    assert_eq!(ours.count(), 2, "no rehearsal lives on: {left:?}");
}

#[test]
fn a_signal_during_an_upgrade_is_obeyed_after_it() {
    for delay in 0..24 {
        let mut daemon = stand_in("").serving();
        thread::scope(|scope| {
            let asking = scope.spawn(|| daemon.ask("upgrade"));
            daemon.log().line("upgrade asked for");
            thread::sleep(Duration::from_millis(3 * delay));
            daemon.signal(Signal::TERM);
            asking.join().unwrap();
        });
        assert_eq!(daemon.until_ended(), Some(0), "after {} ms", 3 * delay);
        daemon.assert_nothing_left();
    }
}

#[test]
fn unix_sockets_and_whoever_waits_for_an_answer_outlive_an_upgrade() {
    let launch = lab_beside_others();
    let path = launch.path("lab.sock");
    let mut daemon = launch.listen(&[format!("unix:{}", path.display())]).serving();
    let pid = daemon.pid();
    thread::scope(|scope| {
        // One of them is refused, because the other is under way, or comes after it.
        let asking = [(); 2].map(|()| scope.spawn(|| daemon.ask("upgrade")));
        let said = asking.map(|asking| asking.join().unwrap());
        assert!(said.iter().any(|said| said.code == Some(0)), "{said:?}");
        for said in said.iter().filter(|said| said.code != Some(0)) {
            assert!(
                said.stderr.contains("an upgrade is under way already"),
                "{said:?}"
            );
        }
    });
    assert_eq!(daemon.pid(), pid);
    std::os::unix::net::UnixStream::connect(&path).unwrap();
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
    assert!(!path.exists());
    let left: Vec<_> = fs::read_dir(daemon.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
