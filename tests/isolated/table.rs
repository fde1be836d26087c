//! What may happen to a process, and what it costs: one request, at most.

use std::{
    fs,
    time::{Duration, Instant},
};

use gopool_tests::{Server, Signal, lab, until};

use crate::family::{Family, end, pid, send, until_reaped, until_tidy};

/// Three times: the request fails like this, the next one is answered. Then nothing is left.
fn costs_one(args: &str, path: &str, status: u16, kind: &str) {
    let server = lab().args(args).start();
    let mut family = Family::default();
    for _ in 0..3 {
        family.meet(server.pid());
        let answer = server.get(path);
        assert_eq!(answer.failure(), (status, kind.to_owned()), "{path}");
        assert_eq!(server.get("/lab/isolated/hello").text(), "hello");
    }
    end(server, family);
}

#[test]
fn an_overflow_of_the_stack_costs_one_request() {
    costs_one("", "/lab/isolated/segv", 500, "crashed");
}

#[test]
fn an_abort_costs_one_request() {
    costs_one("", "/lab/isolated/abort", 500, "crashed");
}

#[test]
fn an_exit_costs_one_request() {
    costs_one("", "/lab/isolated/exit/0", 500, "crashed");
}

#[test]
fn a_handler_that_takes_all_memory_costs_one_request() {
    costs_one("--process-memory 128MB", "/lab/isolated/oom", 500, "crashed");
}

#[test]
fn an_answer_over_the_limit_costs_one_request() {
    costs_one("--max-answer 1MB", "/lab/isolated/large/2", 500, "crashed");
}

#[test]
fn a_handler_that_does_not_stop_is_killed() {
    costs_one("", "/lab/isolated/spin", 504, "timeout");
    costs_one("--kill-grace 0", "/lab/isolated/spin", 504, "timeout");
}

#[test]
fn what_a_handler_has_started_is_killed_with_it() {
    costs_one("", "/lab/isolated/sh", 504, "timeout");
}

#[test]
fn a_timeout_is_never_early() {
    let server = lab().start();
    for _ in 0..3 {
        let began = Instant::now();
        assert_eq!(server.get("/lab/isolated/spin").status, 504);
        assert!(began.elapsed() >= Duration::from_millis(300));
    }
}

#[test]
fn a_handler_that_heeds_its_limit_keeps_its_process() {
    let server = lab().args("--kill-grace 10m --max-processes 1").start();
    // There are places for three that are late; the next ones would find none if those did not come back.
    for _ in 0..6 {
        assert_eq!(
            server.get("/lab/isolated/polite").failure(),
            (504, "timeout".to_owned())
        );
    }
    assert_eq!(server.get("/lab/isolated/hello").text(), "hello");
    until_tidy(&server);
    let ended = server.stop();
    assert!(!ended.stderr.contains("killed a process"), "{}", ended.stderr);
}

#[test]
fn a_panic_is_said_once_and_keeps_its_process() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let before = pid(&server);
    let answer = server.get("/lab/isolated/panic");
    assert_eq!(answer.failure(), (500, "panic".to_owned()));
    assert_eq!(pid(&server), before);
    let line = server.log().line("handler panicked");
    assert!(
        line.contains(answer.request_id()) && line.contains("on purpose"),
        "{line}"
    );
    let log = server.stop().stderr;
    assert_eq!(log.matches("on purpose").count(), 1, "{log}");
}

#[test]
fn a_cause_reaches_the_log_and_not_the_client() {
    let server = lab().start();
    let answer = server.get("/lab/isolated/fail");
    assert_eq!(answer.failure(), (500, "internal".to_owned()));
    assert!(!answer.text().contains("cause"));
    let line = server.log().line("a cause for the log");
    assert!(line.contains(answer.request_id()), "{line}");
}

#[test]
fn a_death_is_one_line_that_says_whose_and_how() {
    let server = lab().start();
    let answer = server.get("/lab/isolated/abort");
    let line = server.log().line("crashed pid=");
    for part in [
        "SIGABRT",
        "GET /lab/isolated/abort",
        answer.request_id(),
        "ran=",
        "served=",
        "peak=",
    ] {
        assert!(line.contains(part), "{line}");
    }
    let log = server.stop().stderr;
    assert_eq!(log.matches(answer.request_id()).count(), 1, "{log}");
}

#[test]
fn a_process_that_is_stopped_is_killed() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let mut family = Family::default();
    let stopped = pid(&server);
    family.meet(server.pid());
    send(stopped, Signal::STOP);
    // The limit of this one is short; that of the others is not, for they may have to wait for another process.
    let answer = server.get("/lab/isolated/polite");
    assert_eq!(answer.failure(), (504, "timeout".to_owned()));
    until_reaped(&server, stopped);
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    end(server, family);
}

#[test]
fn a_process_that_dies_with_nothing_to_do_harms_nobody() {
    let server = lab().start();
    for _ in 0..5 {
        let idle = pid(&server);
        send(idle, Signal::KILL);
        until_reaped(&server, idle);
        assert_eq!(server.get("/lab/isolated/hello").status, 200);
    }
    end(server, Family::default());
}

#[test]
fn a_client_that_leaves_frees_the_process() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let mut family = Family::default();
    let busy = pid(&server);
    family.meet(server.pid());
    let before = cpu_ticks(busy);
    let client = server.begin("/lab/isolated/spin/long");
    until("the process burns", || {
        (cpu_ticks(busy) > before + 5).then_some(())
    });
    drop(client);
    until_reaped(&server, busy);
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    end(server, family);
}

/// As the kernel does when memory runs out.
#[test]
fn a_process_that_is_killed_from_outside_costs_its_request() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let process = pid(&server);
    let mut client = server.begin("/lab/isolated/detached/600000");
    let file = format!("/proc/{}/cwd/detached", server.pid());
    until("it runs", || fs::exists(&file).unwrap().then_some(()));
    send(process, Signal::KILL);
    assert_eq!(client.answer().failure(), (500, "crashed".to_owned()));
    let line = server.log().line("crashed pid=");
    assert!(line.contains("SIGKILL"), "{line}");
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    end(server, Family::default());
}

#[test]
fn a_detached_handler_goes_on_without_its_client() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let process = pid(&server);
    let client = server.begin("/lab/isolated/detached/300");
    let file = format!("/proc/{}/cwd/detached", server.pid());
    until("it runs", || fs::exists(&file).unwrap().then_some(()));
    drop(client);
    until("it ends", || {
        (fs::read_to_string(&file).unwrap() == "ended").then_some(())
    });
    assert_eq!(pid(&server), process);
    end(server, Family::default());
}

/// What a process has used, in the system's ticks.
fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    fields
        .split(' ')
        .nth(11)
        .and_then(|ticks| ticks.parse().ok())
        .unwrap_or(0)
}

#[test]
fn a_process_has_what_it_needs_and_nothing_of_its_masters() {
    let server = lab().start();
    assert_eq!(server.get("/lab/isolated/stdin").text(), "0");
    let list = server.get("/lab/isolated/fds");
    // What whoever started the test has left open for all is no matter of ours.
    let of_master = |line: &&str| {
        let (number, target) = line.split_once(' ').unwrap();
        let path = format!("/proc/{}/fd/{number}", server.pid());
        fs::read_link(path).is_ok_and(|link| link.as_os_str() == target)
    };
    let own: Vec<_> = list
        .text()
        .lines()
        .filter(|line| {
            !line.contains("/fd")
                && (line.starts_with(['0', '1', '2']) && line.as_bytes()[1] == b' ' || !of_master(line))
        })
        .collect();
    assert_eq!(own.len(), 5, "{own:?}");
    assert_eq!(
        own.iter().filter(|line| line.contains("socket:")).count(),
        2,
        "{own:?}"
    );
    let variables = server.get("/lab/isolated/env");
    let words = ["GOPOOL", "LISTEN_FDS"];
    assert!(
        words.iter().all(|word| !variables.text().contains(word)),
        "{}",
        variables.text()
    );
}

#[test]
fn large_bodies_cross_both_ways() {
    let server = lab().start();
    let body: Vec<u8> = (0..10_000_000_u32).map(|n| (n % 251) as u8).collect();
    let answer = server.post("/lab/isolated/echo", "application/octet-stream", &body);
    assert_eq!((answer.status, answer.body.len()), (200, body.len()));
    assert!(answer.body == body);
    end(server, Family::default());
}

#[test]
fn files_do_not_become_more() {
    let server = lab().start();
    server.get("/lab/isolated/hello");
    until_tidy(&server);
    let before = server.open_files();
    for _ in 0..20 {
        for path in ["abort", "exit/3", "hello"] {
            server.get(&format!("/lab/isolated/{path}"));
        }
    }
    server.get("/lab/isolated/spin");
    // Less than one for each that has died; how many live by now, each with four, is a matter of chance.
    until("the files of the dead are closed", || {
        (server.open_files() < before + 41).then_some(())
    });
    end(server, Family::default());
}

#[test]
fn a_program_that_was_replaced_goes_on_as_it_began() {
    let server = lab().by_way_of("cp \"$0\" ./app && exec ./app \"$@\"").start();
    let app = format!("/proc/{}/cwd/app", server.pid());
    fs::remove_file(&app).unwrap();
    fs::write(&app, "#!/bin/sh\nexit 1\n").unwrap();
    for _ in 0..3 {
        assert_eq!(server.get("/lab/isolated/abort").status, 500);
        assert_eq!(server.get("/lab/isolated/hello").status, 200);
    }
    end(server, Family::default());
}

#[test]
fn without_processes_to_be_had_requests_are_refused_and_others_served() {
    let server: Server = lab().env("LAB_WORKER_FILE", "stop").start();
    let stop = format!("/proc/{}/cwd/stop", server.pid());
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    fs::write(&stop, "").unwrap();
    until("nobody is there to take over", || {
        let answer = server.get("/lab/isolated/abort");
        (answer.failure() == (503, "no-process".to_owned())).then_some(())
    });
    assert_eq!(server.get("/lab/inline").status, 200);
    server.log().line("told to by a file");
    fs::remove_file(&stop).unwrap();
    until("they come again", || {
        (server.get("/lab/isolated/hello").status == 200).then_some(())
    });
    end(server, Family::default());
}

#[test]
fn without_a_file_left_for_a_process_requests_are_refused_and_others_served() {
    let launch = lab().args("--max-processes 1 --spare-processes 0 --event-loops 1");
    let server = launch.limit("-n 120").start();
    // On one connection: another would need a file.
    let mut client = server.connect();
    let mut ask = |path: &str| {
        client.get(path);
        client.answer()
    };
    until("no process can start", || {
        // What the one before had open is closed a moment after its end.
        ask("/lab/isolated/abort");
        ask("/lab/hoard/1000000");
        let answer = ask("/lab/isolated/hello");
        (answer.status != 200).then(|| assert_eq!(answer.failure(), (503, "no-process".to_owned())))
    });
    assert_eq!(ask("/lab/inline").status, 200);
    assert_eq!(ask("/lab/hello?name=x").status, 200);
    assert_eq!(ask("/lab/hoard/0").text(), "0");
    until("they come again", || {
        (ask("/lab/isolated/hello").status == 200).then_some(())
    });
    end(server, Family::default());
}
