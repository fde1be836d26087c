//! Masters that are well and have done enough.

use super::*;

const AGE: Duration = Duration::from_secs(100);

/// Plays words with a limit of age; when the daemon looks next, and how it stands.
fn aged(script: &str) -> (Option<f64>, String) {
    let rules = Rules {
        recycle_age: Some(AGE),
        watchdog: None,
        ..RULES
    };
    let (mut state, mut now) = (State::new(), Duration::ZERO);
    for word in script.split_whitespace() {
        match word.strip_prefix('@') {
            Some(seconds) => now = Duration::from_secs_f64(seconds.parse().unwrap_or_default()),
            None => drop(state.step(event(word), now, &rules)),
        }
    }
    let deadline = state.deadline(&rules).map(|at| at.as_secs_f64());
    (deadline, phase(&state))
}

#[test]
fn a_master_is_replaced_at_its_age_and_again_and_again_until_its_successor_is_ready() {
    let one = "tick beat:1 beat-of-loop-1:1 ready:1";
    let two = "beat:2 beat-of-loop-1:2 ready:2 tick";
    for (script, deadline, stands) in [
        ("", Some(100.0), "serving 1"),
        ("@99 tick", Some(100.0), "serving 1"),
        ("@100 tick", Some(160.0), "rolling 1 for Reload, starting 2"),
        // It goes on, and is not in a hurry.
        ("@100 tick exit:2", Some(115.0), "serving 1"),
        (
            "@100 tick exit:2 @115 tick",
            Some(175.0),
            "rolling 1 for Reload, starting 3",
        ),
    ] {
        let (at, phase) = aged(&format!("{one} {script}"));
        assert_eq!((at, phase.as_str()), (deadline, stands), "{script}");
    }
    // The next one's time begins when it serves; while the old one leaves nobody looks for it.
    let both = format!("{one} @100 tick @101 {two}");
    assert_eq!(aged(&both), (Some(131.5), "serving 2".to_owned()));
    assert_eq!(
        aged(&format!("{both} @102 exit:1")),
        (Some(201.0), "serving 2".to_owned())
    );
}

#[test]
fn a_master_that_has_done_enough_is_replaced_once_nothing_else_is_under_way() {
    for (script, stands) in [
        ("spent:1 tick", "rolling 1 for Reload, starting 2"),
        // Not its word.
        ("spent:2 tick", "serving 1"),
        ("hup spent:1 tick", "rolling 1 for Reload, starting 2"),
        ("upgrade:1 spent:1 tick", "serving 1"),
        (
            "upgrade:1 spent:1 tick broken tick",
            "rolling 1 for Reload, starting 2",
        ),
        ("spent:1 term tick", "stopping 0"),
    ] {
        let script = format!("tick ready:1 {script}");
        assert_eq!(phase(&play(&script).state), stands, "{script}");
    }
}
