//! What each start after the first is counted as.

use super::*;

/// Causes and how often they were one.
fn restarts(script: &str) -> String {
    let state = play(script).state;
    let seen = state
        .restarts_by_cause()
        .by_cause()
        .filter(|(_, count)| *count > 0);
    let words: Vec<String> = seen.map(|(cause, count)| format!("{cause} {count}")).collect();
    let sum: u32 = state.restarts_by_cause().by_cause().map(|(_, count)| count).sum();
    assert_eq!(sum, state.restarts(), "each start has one cause: {script}");
    words.join(", ")
}

#[test]
fn each_start_after_the_first_has_the_cause_that_led_to_it() {
    for (script, counted) in [
        ("tick", ""),
        ("tick ready:1", ""),
        ("tick ready:1 exit:1", ""),
        ("tick ready:1 exit:1 @1 tick", "crash 1"),
        ("tick ready:1 sick:1 @1 tick", "sick 1"),
        ("tick ready:1 large:1 @1 tick", "memory 1"),
        ("tick ready:1 @8 tick @11 tick @12 tick", "hang 1"),
        ("tick exit:1 @1 tick", "failed_start 1"),
        ("tick @60 tick @61 tick", "failed_start 1"),
        ("tick ready:1 hup", "reload 1"),
        ("tick ready:1 hup exit:2", "reload 1"),
        ("tick ready:1 reload:1 ready:2 exit:1 reload:2", "reload 2"),
        ("tick hup ready:1", "reload 1"),
        // Without the reload there would have been a restart all the same.
        ("tick ready:1 hup exit:1", "crash 1"),
        ("tick ready:1 hup sick:1 exit:1 ready:2 hup", "sick 1, reload 1"),
        (
            "tick ready:1 hup exit:1 exit:2 @1 tick",
            "crash 1, failed_start 1",
        ),
        ("tick ready:1 hup exit:2 exit:1 @1 tick", "crash 1, reload 1"),
        (
            "tick ready:1 exit:1 @1 tick exit:2 @2 tick ready:3",
            "crash 1, failed_start 1",
        ),
        ("tick ready:1 spent:1 tick", "recycle 1"),
        ("tick ready:1 spent:1 tick exit:1", "crash 1"),
        // Whoever hurries it has not caused it.
        ("tick ready:1 exit:1 hup", "crash 1"),
        ("tick ready:1 sick:1 @1 tick hup exit:2", "sick 1, failed_start 1"),
    ] {
        assert_eq!(restarts(script), counted, "{script}");
    }
}
