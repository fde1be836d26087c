//! The daemon itself replaced.

use super::*;

#[test]
fn an_upgrade_is_tried_first_and_followed_by_a_reload_or_changes_nothing() {
    check(
        "
        tick ready:1 upgrade:5 -> serving 1; rehearse
        tick ready:1 upgrade:5 fine -> serving 1; replace daemon
        tick ready:1 upgrade:5 fine replaced -> rolling 1 for Reload, starting 2; notify Reloading, start 2
        tick ready:1 upgrade:5 fine replaced ready:2 -> serving 2, leaving 1 (kill at 30.5); quit 1, notify Ready, answer [5] ok
        tick ready:1 upgrade:5 broken -> serving 1; answer [5] error
        tick ready:1 upgrade:5 broken fine -> serving 1;
        tick ready:1 upgrade:5 fine not-replaced -> serving 1; answer [5] error
        tick ready:1 upgrade:5 upgrade:6 -> serving 1; answer [6] error
        tick ready:1 upgrade:5 broken upgrade:6 -> serving 1; rehearse
        tick ready:1 upgrade:5 @59 beat:1 beat-of-loop-1:1 tick -> serving 1;
        tick ready:1 upgrade:5 @59 beat:1 beat-of-loop-1:1 @60 tick -> serving 1; end rehearsal, answer [5] error
        ",
    );
}

#[test]
fn an_upgrade_waits_for_nobody_and_ends_with_the_daemon() {
    check(
        "
        tick upgrade:5 -> down, starting 1; rehearse
        tick upgrade:5 fine replaced ready:1 -> rolling 1 for Reload, starting 2; notify Ready, notify Reloading, start 2
        tick exit:1 upgrade:5 fine replaced -> down, starting 2; start 2
        tick ready:1 hup upgrade:5 -> rolling 1 for Reload, starting 2; rehearse
        tick ready:1 upgrade:5 term -> stopping 0, leaving 1 (kill at 30.5); notify Stopping, end rehearsal, answer [5] error, term 1
        tick ready:1 upgrade:5 term fine -> stopping 0, leaving 1 (kill at 30.5);
        tick ready:1 term upgrade:5 -> stopping 0, leaving 1 (kill at 30.5); answer [5] error
        ",
    );
}

#[test]
fn a_rehearsal_is_not_blamed_for_a_time_in_which_the_daemon_did_not_run() {
    check("tick ready:1 upgrade:5 @70 overslept:65 tick -> serving 1;");
    check("tick ready:1 upgrade:5 @70 overslept:5 tick -> serving 1; end rehearsal, answer [5] error");
    let deadline = play("tick ready:1 upgrade:5 @55 beat:1 beat-of-loop-1:1")
        .state
        .deadline(&RULES);
    assert_eq!(deadline, Some(Duration::from_secs(60)));
}

#[test]
fn what_a_daemon_leaves_is_what_its_successor_knows() {
    for script in [
        "tick",
        "tick ready:1 exit:1",
        "tick ready:1 sick:1 @2 tick",
        "tick ready:1 reload:7 reload:8 @1 beat:2 upgrade:5",
        "tick ready:1 hup ready:2 @1 term",
    ] {
        let state = play(script).state;
        let left = serde_json::to_string(&state).unwrap_or_default();
        let known: State = serde_json::from_str(&left).unwrap_or_else(|error| panic!("{script}: {error}"));
        assert_eq!(format!("{known:?}"), format!("{state:?}"), "{script}");
    }
}
