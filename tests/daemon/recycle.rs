//! Masters that are well and are replaced all the same: after a time, or after so many requests.

use gopool_tests::{Signal, until};

use crate::{
    fixture::{lab, stand_in},
    load::{Load, Use},
};

#[test]
fn a_master_is_replaced_after_its_requests_and_no_request_fails() {
    let mut daemon = lab().args("--recycle-requests 50 --watchdog 2s").serving();
    let load = Load::start(
        daemon.address(),
        &[Use::Fresh, Use::KeptAlive],
        &["/lab/pid", "/lab/inline"],
    );
    daemon.until_master_serves(3);
    let failed: Vec<_> = load
        .stop()
        .into_iter()
        .filter(|request| request.body().is_none())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    let line = daemon.log().line("master 1 has had its 5");
    assert!(
        line.ends_with(" requests; it serves until its successor is ready"),
        "{line}"
    );
    let said = daemon.ask("status --json").json();
    assert!(said["restarts_by_cause"]["recycle"].as_u64() >= Some(2), "{said}");
    assert_eq!(daemon.ended_by(Signal::TERM).0, Some(0));
}

#[test]
fn a_master_is_replaced_at_its_age_and_goes_on_while_no_successor_starts() {
    let daemon = stand_in("")
        .args("--recycle-age 1000 --longest-delay 200")
        .serving();
    daemon.behave("exit=3");
    let failed = until("two successors have failed", || {
        let lines = daemon.lines();
        let failed: Vec<_> = lines
            .into_iter()
            .filter(|line| line.contains("exited with code 3 before it was ready"))
            .collect();
        (failed.len() >= 2).then_some(failed)
    });
    let old = daemon.answering();
    assert!(failed[1].ends_with(" goes on serving"), "{failed:?}");
    daemon.behave("");
    let new = daemon.until_other_answers(old);
    assert!(
        daemon
            .lines()
            .iter()
            .any(|line| line.contains(" has served for 1")
                && line.ends_with("it serves until its successor is ready"))
    );
    assert_ne!(new, old);
}
