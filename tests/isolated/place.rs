//! Where isolated routes run.

use gopool_tests::{lab, until};

use crate::family::pid;

#[test]
fn a_process_of_its_own_runs_them_with_values_of_its_own() {
    let server = lab().args("--max-processes 1 --spare-processes 0").start();
    let process = pid(&server);
    assert_ne!(process, server.pid());
    assert_eq!(server.get("/lab/isolated/ctx").text(), process.to_string());
}

#[test]
fn without_processes_they_run_in_the_master_on_the_pool() {
    let server = lab().args("--max-processes 0").start();
    assert_eq!(pid(&server), server.pid());
    assert_eq!(server.get("/lab/isolated/ctx").text(), server.pid().to_string());
    assert_eq!(
        server.get("/lab/isolated/polite").failure(),
        (504, "timeout".to_owned())
    );
}

#[test]
fn on_one_thread_they_run_there() {
    let server = lab().args("--single").start();
    assert_eq!(pid(&server), server.pid());
    assert_eq!(server.get("/lab/isolated/ctx").text(), server.pid().to_string());
}

/// A short call could have the place that a long one lends, but it could not have its process.
#[test]
fn no_more_calls_run_than_processes_may_however_short_they_are() {
    let server = lab()
        .args("--max-processes 1 --spare-processes 1 --queue-timeout 200ms")
        .start();
    until("calls of this route are known to be short", || {
        (0..30)
            .all(|_| server.get("/lab/isolated/hello").status == 200)
            .then_some(())
    });
    let _long = server.begin("/lab/isolated/sleep/600000");
    let ask = || server.get("/lab/isolated/hello").status;
    until("the only place is taken", || (ask() == 503).then_some(()));
    assert_eq!([ask(), ask(), ask()], [503; 3]);
}

#[test]
fn the_table_says_where() {
    let ended = lab().args("routes").run();
    let line = ended
        .stdout
        .lines()
        .find(|line| line.contains("/lab/isolated/abort"));
    assert!(
        line.is_some_and(|line| line.contains("isolated  abort")),
        "{line:?}"
    );
}
