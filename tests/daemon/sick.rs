//! Masters that live and are no good: stuck pools, stalled event loops, leaks.

use std::{
    fs,
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use gopool_tests::{Connection, LIMIT, Signal, until};

use crate::{
    fixture::{Daemon, lab, stand_in},
    load::{Load, Use},
    process::{children, is_gone, is_stopped, send, until_gone},
    service::control_socket,
};

/// Handlers that need no thread of the pool.
const LIGHT: &[&str] = &["/lab/inline", "/lab/async-sleep/1", "/lab/pid"];
const REQUESTS: usize = 10_000;
const THREADS: usize = 2;

#[test]
fn a_pool_whose_threads_are_all_overdue_costs_a_roll_and_no_other_request() {
    let daemon = lab()
        .args(&format!(
            "--max-threads {THREADS} --timeout 1000 --queue-timeout 10s"
        ))
        .args("--watchdog 2000 --shutdown-timeout 3s --healthy-after 0")
        .serving();
    let sick = daemon.pid_of(1);
    let load = Load::start(
        daemon.address(),
        &[Use::KeptAlive, Use::KeptAlive, Use::Fresh],
        LIGHT,
    );
    let mut spinning: Vec<Connection> = (0..2 * THREADS)
        .map(|_| daemon.begin("/lab/spin/600000"))
        .collect();
    let answers: Vec<_> = spinning.iter_mut().map(Connection::answer).collect();
    println!(
        "504 after {:.0?}",
        answers.iter().map(|answer| answer.took).collect::<Vec<_>>()
    );
    for answer in &answers {
        // All of them ran: the second half waited until the first was overdue.
        assert_eq!(answer.failure(), (504, "timeout".to_owned()));
    }
    let refusals = refusals_of_a_patient_client(&daemon, sick);
    println!("a patient request for the pool was refused {refusals} times, then served");
    daemon
        .log()
        .line("master 1 is sick: every pool thread and every replacement is overdue");
    let next = daemon.until_master_serves(2);
    until_gone(sick);
    until("the load is done", || (load.sent() >= REQUESTS).then_some(()));
    let requests = load.stop();
    let failed: Vec<_> = requests
        .iter()
        .filter(|request| request.body().is_none())
        .collect();
    println!("{} other requests, {} failed", requests.len(), failed.len());
    assert!(failed.is_empty(), "{failed:?}");
    assert_full_width(&daemon);
    // Beside the daemon and what the master has started itself.
    daemon.until_settled();
    assert_eq!(children(daemon.pid()), [next]);
}

/// Asks for the pool as HTTP wants it, coming back when told to, until another master answers; how often it was refused.
fn refusals_of_a_patient_client(daemon: &Daemon, sick: u32) -> usize {
    let mut refusals = 0;
    loop {
        let answer = daemon.get("/lab/hello?name=you");
        if answer.status == 200 {
            assert_ne!(daemon.answering(), sick);
            return refusals;
        }
        assert_eq!(
            answer.header("connection"),
            Some("close"),
            "the next attempt shall reach the successor"
        );
        assert_eq!(answer.failure(), (503, "queue-full".to_owned()));
        refusals += 1;
        let seconds = answer.header("retry-after").unwrap().parse().unwrap();
        thread::sleep(Duration::from_secs(seconds));
    }
}

#[test]
fn a_stuck_pool_is_reported_with_the_first_refusal_and_not_with_a_beat_long_after() {
    let daemon = lab()
        .args("--max-threads 1 --timeout 200 --queue-timeout 10s")
        .args("--watchdog 10m --shutdown-timeout 1s");
    let daemon = daemon.serving();
    let mut spinning = [daemon.begin("/lab/spin/600000"), daemon.begin("/lab/spin/600000")];
    assert!(
        spinning
            .iter_mut()
            .all(|connection| connection.answer().status == 504)
    );
    assert_eq!(
        daemon.get("/lab/hello?name=you").failure(),
        (503, "queue-full".to_owned())
    );
    daemon.until_master_serves(2);
}

fn assert_full_width(daemon: &Daemon) {
    let mut busy: Vec<_> = (0..THREADS).map(|_| daemon.begin("/lab/sleep/500")).collect();
    until("every thread runs", || {
        (daemon.get("/lab/stats").json()["running"] == THREADS).then_some(())
    });
    assert!(
        busy.iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
}

#[test]
fn a_stalled_event_loop_is_noticed_and_its_master_replaced() {
    let daemon = lab()
        .args("--watchdog 1000 --shutdown-timeout 2s --event-loops 1")
        .serving();
    let stalled = daemon.pid_of(1);
    let _stall = daemon.begin("/lab/stall/600000");
    let began = Instant::now();
    let next = first_answer_of_other(&daemon, stalled, began);
    println!("a new master answered after {:.0?}", next.duration_since(began));
    let told = Instant::now();
    until_gone(stalled);
    println!("the stalled one was gone {:.0?} later", told.elapsed());
    daemon
        .log()
        .line("master 1 is silent: no beat of event loop 0 for ");
}

/// When a new connection was first answered by another master. Connections that fell to the stalled one do not count:
/// they hang as long as it lives.
fn first_answer_of_other(daemon: &Daemon, stalled: u32, began: Instant) -> Instant {
    let (answers, first) = mpsc::channel();
    while began.elapsed() < LIMIT {
        let (answers, address) = (answers.clone(), daemon.address());
        thread::spawn(move || {
            let mut connection = Connection::open(address).unwrap();
            connection.get("/lab/pid");
            if let Ok(answer) = connection.try_answer(false)
                && answer.text() != stalled.to_string()
            {
                let _ = answers.send(Instant::now());
            }
        });
        if let Ok(answered) = first.recv_timeout(Duration::from_millis(50)) {
            return answered;
        }
    }
    panic!("no other master ever answered");
}

#[test]
fn one_stalled_event_loop_of_two_is_enough() {
    let daemon = lab()
        .args("--watchdog 1000 --shutdown-timeout 1s --event-loops 2")
        .serving();
    let stalled = daemon.pid_of(1);
    let _stall = daemon.begin("/lab/stall/600000");
    daemon.log().line("master 1 is silent");
    daemon.until_master_serves(2);
    until_gone(stalled);
}

#[test]
fn busy_pool_threads_are_no_silence() {
    // How many run at once depends on the cores: all have their turn.
    let daemon = lab()
        .args("--watchdog 1500 --max-threads 8 --queue-timeout 5m")
        .serving();
    let mut busy: Vec<_> = (0..8).map(|_| daemon.begin("/lab/polite/2000")).collect();
    assert!(
        busy.iter_mut()
            .all(|connection| connection.answer().status == 200)
    );
    assert_eq!(daemon.answering(), daemon.pid_of(1), "{:?}", daemon.lines());
    assert!(
        !daemon.lines().iter().any(|line| line.contains("silent")),
        "{:?}",
        daemon.lines()
    );
}

#[test]
fn a_master_that_leaks_is_rolled_and_the_reason_logged() {
    let daemon = lab()
        .args("--watchdog 1000 --max-memory 256MiB --shutdown-timeout 5s")
        .serving();
    let leaky = daemon.pid_of(1);
    let load = Load::start(daemon.address(), &[Use::Fresh], LIGHT);
    assert_eq!(daemon.get("/lab/leak/50").json()["kept_mb"], 50);
    assert_eq!(daemon.get("/lab/leak/250").json()["kept_mb"], 300);
    let line = daemon
        .log()
        .line("of memory, over the limit of 256 MB; starting the next");
    println!("{line}");
    assert!(
        !is_gone(leaky) || daemon.log().find("draining master 1").is_some(),
        "rolled, not killed"
    );
    assert_eq!(daemon.until_other_answers(leaky), daemon.until_master_serves(2));
    daemon
        .log()
        .line("master 1 exited with code 0, as told (replaced by master 2)");
    let requests = load.stop();
    let failed: Vec<_> = requests
        .iter()
        .filter(|request| request.body().is_none())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn a_master_that_never_beats_is_replaced() {
    let daemon = stand_in("no-beats").args("--watchdog 500").start();
    daemon.log().line("is silent: no beat of event loop 0");
    daemon.behave("");
    daemon.until_master_serves(2);
}

#[test]
fn a_frozen_master_is_replaced_and_killed() {
    let daemon = lab().args("--watchdog 1000 --shutdown-timeout 500").serving();
    let frozen = daemon.pid_of(1);
    send(frozen, Signal::STOP);
    daemon.log().line("master 1 is silent");
    daemon.until_master_serves(2);
    daemon.log().line("master 1 did not leave in time");
    daemon.log().line("master 1 was ended by SIGKILL");
    until_gone(frozen);
}

/// As when the whole machine is paused: nobody could beat, and nobody could hear.
#[test]
fn a_daemon_that_was_frozen_with_its_master_blames_nobody() {
    let watchdog = Duration::from_secs(1);
    let daemon = lab().args("--watchdog 1000").serving();
    let master = daemon.pid_of(1);
    let socket = control_socket(&daemon);
    for pid in [master, daemon.pid()] {
        send(pid, Signal::STOP);
        until("it is frozen", || is_stopped(pid).then_some(()));
    }
    // The silence that nobody is to blame for.
    thread::sleep(watchdog * 3 / 2);
    daemon.signal(Signal::CONT);
    // The first answer may come before the daemon looked at the clock, the second cannot. Asked without the command, whose start may
    // take longer than the master may be silent.
    status_of(&socket);
    let status = status_of(&socket);
    send(master, Signal::CONT);
    assert!(
        status.contains(r#""phase":"serving""#) && status.contains(r#""restarts":0"#),
        "{status}"
    );
    assert_eq!(daemon.answering(), master);
}

fn status_of(socket: &Path) -> String {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.write_all(b"status\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// More memory than is allowed from the first moment on: each master is too large, and each serves until the next one does.
#[test]
fn a_program_larger_than_its_limit_is_served_on_and_the_log_says_what_fails() {
    let mut daemon = stand_in("").args("--watchdog 400 --max-memory 1000 --first-delay 1 --longest-delay 5");
    daemon = daemon.args("--healthy-after 600000");
    let mut daemon = daemon.serving();
    let load = Load::start(daemon.address(), &[Use::Fresh], LIGHT);
    // More than there may be deaths in a row. On a slow machine one of them may be called silent.
    until("twenty were no better", || {
        let lines = daemon.lines();
        let too_large = lines.iter().filter(|line| {
            line.contains("MB of memory, over the limit of 0 MB")
                && line.contains("masters in a row were no better")
        });
        (too_large.count() >= 20).then_some(())
    });
    load.until_more(20);
    let failed: Vec<_> = load
        .stop()
        .into_iter()
        .filter(|request| request.body().is_none())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_faulty_master_goes_on_serving_as_long_as_no_start_succeeds() {
    let daemon = stand_in("no-beats").args("--watchdog 200 --first-delay 1 --longest-delay 5");
    let daemon = daemon.serving();
    daemon.behave("exit=3");
    daemon
        .log()
        .line("exited with code 3 before it was ready; 20 masters in a row were no better, master 1 goes on serving");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
    daemon.behave("");
    daemon.log().line("draining master 1");
}

#[test]
fn a_successor_whose_event_loops_do_not_beat_is_not_handed_over_to() {
    let daemon = stand_in("").args("--ready-timeout 3000").serving();
    daemon.behave("no-beats");
    let said = daemon.ask("reload");
    assert!(
        said.stderr
            .contains("said that it is ready, but its event loop 0 did not beat within 3 s"),
        "{said:?}"
    );
    daemon.log().line("master 1 goes on serving");
    assert_eq!(daemon.answering(), daemon.pid_of(1));
}

#[test]
fn without_a_watchdog_nobody_blames_a_master_that_stands_still() {
    let launch = lab().args("--event-loops 1");
    let options = launch.path("gopool.toml");
    fs::write(&options, "watchdog = \"1s\"\n").unwrap();
    let daemon = launch.serving();
    fs::write(&options, "watchdog = \"off\"\n").unwrap();
    daemon.signal(Signal::HUP);
    daemon.log().line("in force from now on: `watchdog` off (was 1s)");
    let master = daemon.pid_of(2);
    send(master, Signal::STOP);
    until("it is frozen", || is_stopped(master).then_some(()));
    // The silence that somebody would be to blame for.
    thread::sleep(Duration::from_millis(2_000));
    let said = daemon.ask("status --json").json();
    send(master, Signal::CONT);
    assert_eq!(
        (&said["phase"], &said["restarts"]),
        (&"serving".into(), &1.into()),
        "{said}"
    );
    assert_eq!(daemon.answering(), master);
}
