//! When the daemon looks again.

use super::*;

#[test]
fn the_next_deadline_is_the_earliest_of_all() {
    let deadline = |script: &str| play(script).state.deadline(&RULES).map(|at| at.as_secs_f64());
    assert_eq!(deadline("tick"), Some(60.0), "ready limit");
    assert_eq!(deadline("tick @1 exit:1"), Some(1.1), "back-off");
    assert_eq!(
        deadline("tick @1 ready:1"),
        Some(8.5),
        "a beat before the watchdog"
    );
    assert_eq!(deadline("tick @1 ready:1 @8.5 tick"), Some(11.0), "watchdog");
    assert_eq!(
        deadline("tick ready:1 @25 beat:1 beat-of-loop-1:1 hup @26 ready:2 @27 beat:2"),
        Some(33.5)
    );
    assert_eq!(deadline("tick ready:1 term"), Some(30.5), "kill");
    assert_eq!(
        deadline("tick ready:1 int int"),
        None,
        "only the death is awaited"
    );
}

#[test]
fn without_a_watchdog_silence_is_no_reason_to_look() {
    let rules = Rules {
        watchdog: None,
        ..RULES
    };
    let mut state = State::new();
    for word in ["tick", "beat:1", "beat-of-loop-1:1", "ready:1"] {
        state.step(event(word), Duration::from_secs(1), &rules);
    }
    assert_eq!(state.deadline(&rules), None);
    for _ in 0..2 {
        state.step(Event::Tick, Duration::from_secs(3600), &rules);
        state.step(
            Event::Overslept(Duration::from_secs(60)),
            Duration::from_secs(3600),
            &rules,
        );
    }
    assert_eq!((state.serving(), state.next()), (Some(Id(1)), None));
}

#[test]
fn absurd_limits_never_overflow() {
    let rules = Rules {
        watchdog: Some(Duration::MAX),
        recycle_age: Some(Duration::MAX),
        ready_timeout: Duration::MAX,
        drain_delay: Duration::MAX,
        shutdown_timeout: Duration::MAX,
        ..RULES
    };
    let mut state = State::new();
    for word in [
        "tick", "ready:1", "tick", "hup", "ready:2", "sick:2", "term", "tick",
    ] {
        state.step(event(word), Duration::from_secs(1), &rules);
        state.deadline(&rules);
    }
    assert_eq!((state.ending, state.leaving.len()), (Some(STOPPED), 2));
}
