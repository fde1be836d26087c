//! With processes busy: the end of a master, of its daemon, a reload, a drain.

use std::fs;

use gopool_tests::{Reading, Server, Signal, lab, until};

use crate::family::{Family, children, pid, send};

/// A daemon's master that has two processes busy, one of them with programs of its own.
struct Busy {
    server: Server,
    master: u32,
    family: Family,
}

impl Busy {
    fn start(args: &str) -> Self {
        let server = lab().args("--max-processes 2").args(args).start_with_daemon();
        let master = master(&server);
        pid(&server);
        for path in ["/lab/isolated/spin/long", "/lab/isolated/sleep/600000"] {
            // Nobody waits for the answer; the connection stays open.
            std::mem::forget(server.begin(path));
        }
        let mut family = Family::default();
        until("both are busy, and a spare is there", || {
            family.meet(master);
            (children(master).len() >= 3 && family.living() >= 3).then_some(())
        });
        Self {
            server,
            master,
            family,
        }
    }
}

/// The process that serves.
fn master(server: &Server) -> u32 {
    server.get("/lab/pid").text().parse().unwrap()
}

fn until_another_serves(server: &Server, before: u32) {
    until("there is another master", || {
        let text =
            fs::read_to_string(format!("/proc/{}/task/{}/children", server.pid(), server.pid())).ok()?;
        let others = text.split(' ').filter_map(|pid| pid.parse::<u32>().ok());
        others.into_iter().find(|pid| *pid != before)
    });
}

#[test]
fn the_processes_of_a_master_that_was_killed_end_with_it() {
    let busy = Busy::start("");
    send(busy.master, Signal::KILL);
    busy.family.until_gone();
    until_another_serves(&busy.server, busy.master);
    assert_ne!(pid(&busy.server), busy.master);
    let ended = busy.server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn the_processes_of_a_daemon_that_was_killed_end_with_its_master() {
    let busy = Busy::start("--shutdown-timeout 500");
    send(busy.server.pid(), Signal::KILL);
    busy.family.until_gone();
}

#[test]
fn the_processes_of_a_master_that_hangs_end_with_it() {
    let busy = Busy::start("--watchdog 1000");
    send(busy.master, Signal::STOP);
    busy.family.until_gone();
    until_another_serves(&busy.server, busy.master);
    let ended = busy.server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_drain_ends_at_its_limit_and_leaves_nobody() {
    let busy = Busy::start("--shutdown-timeout 500");
    let ended = busy.server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    busy.family.until_gone();
}

#[test]
fn a_drain_lets_an_isolated_request_finish() {
    let server = lab().start();
    let mut family = Family::default();
    let mut client = server.begin("/lab/isolated/sleep/500");
    until("it runs", || {
        family.meet(server.pid());
        (family.living() >= 2).then_some(())
    });
    server.signal(Signal::TERM);
    assert_eq!(client.answer().text(), "slept");
    assert_eq!(server.ended().code, Some(0));
    family.until_gone();
}

#[test]
fn a_reload_loses_no_isolated_request() {
    let server = lab().start_with_daemon();
    let before = master(&server);
    let mut family = Family::default();
    family.meet(before);
    server.signal(Signal::HUP);
    // On connections of their own: a request on one that was kept may meet its end.
    let ask = |path: &str| {
        let answer = server.begin(path).answer();
        assert_eq!(answer.status, 200);
        answer.text().to_owned()
    };
    until("the successor serves", || {
        ask("/lab/isolated/hello");
        (ask("/lab/pid") != before.to_string()).then_some(())
    });
    until("the predecessor has ended", || {
        ask("/lab/isolated/hello");
        (!fs::exists(format!("/proc/{before}")).unwrap()).then_some(())
    });
    family.until_gone();
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

/// Replaces a master that has processes busy: these finish, meanwhile everybody else is answered, and nothing is left.
fn replaced(args: &str, replace: impl FnOnce(&Server)) {
    let server = lab().args("--max-processes 2").args(args).start_with_daemon();
    let before = master(&server);
    let mut slow = server.begin("/lab/isolated/sleep/3000");
    let mut events = Reading::get(&server, "/lab/isolated/stream/events/1000000/20");
    events.until("tick 1\n");
    let mut family = Family::default();
    until("both are busy", || {
        family.meet(before);
        (family.living() >= 2).then_some(())
    });
    replace(&server);
    until("the successor serves", || {
        // On a connection of its own: one that was kept may meet its end.
        let answer = server.begin("/lab/pid").answer();
        assert_eq!(answer.status, 200);
        (answer.text() != before.to_string()).then_some(())
    });
    assert_eq!(server.begin("/lab/isolated/hello").answer().text(), "hello");
    let events = events.whole();
    assert!(events.contains("retry: "), "told to come back");
    assert_eq!(slow.answer().text(), "slept");
    until("the predecessor has ended", || {
        (!fs::exists(format!("/proc/{before}")).unwrap()).then_some(())
    });
    family.until_gone();
    let ended = server.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_reload_lets_busy_processes_finish() {
    replaced("", |server| server.signal(Signal::HUP));
}

#[test]
fn a_master_over_its_memory_is_replaced_and_its_busy_processes_finish() {
    replaced("--watchdog 1000 --max-memory 256MiB", |server| {
        assert_eq!(server.begin("/lab/leak/300").answer().status, 200);
    });
}
