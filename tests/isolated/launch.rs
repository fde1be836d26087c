//! A launch tries one process, and is refused with its reason.

use gopool_tests::{lab, until};

use crate::family::children;

#[test]
fn a_launch_is_refused_when_no_process_can_start() {
    for command in ["--no-daemon --port 0", "check"] {
        let ended = lab().args(command).env("LAB_WORKER", "fail").run();
        ended.assert_says(
            1,
            &["`on_worker` failed", "told to by `LAB_WORKER`", "isolated.rs"],
        );
    }
}

#[test]
fn a_process_that_is_not_ready_in_time_is_a_refusal() {
    let launch = lab().args("--no-daemon --port 0 --ready-timeout 1s");
    let ended = launch.env("LAB_WORKER", "slow:60000").run();
    ended.assert_says(
        1,
        &["a process for isolated routes cannot start", "not ready after 1s"],
    );
}

#[test]
fn a_check_tries_one_and_leaves_none() {
    let ended = lab().args("check").run();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("nothing would stop a launch"));
}

#[test]
fn who_types_what_only_a_master_may_say_is_told_so() {
    let ended = lab().args("--gopool-isolated").run();
    ended.assert_says(
        1,
        &["`--gopool-isolated` is for processes that a nursery starts itself"],
    );
}

#[test]
fn processes_are_as_many_as_options_say() {
    let server = lab().args("--min-processes 2 --process-idle-timeout 50").start();
    until("two are kept", || {
        (children(server.pid()).len() == 2).then_some(())
    });
    let server = lab().args("--process-idle-timeout 50").start();
    until("none is kept", || children(server.pid()).is_empty().then_some(()));
    assert_eq!(server.get("/lab/isolated/hello").status, 200);
    let ended = lab()
        .args("--no-daemon --min-processes 3 --max-processes 2")
        .run();
    ended.assert_says(2, &["`--min-processes`", "`--max-processes`"]);
}
