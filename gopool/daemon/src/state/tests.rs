//! The transition as a table: what happened, and where it leaves the daemon with what to do.
//!
//! A script is a line of words: `@5` is the time in seconds, `ready:1` an event of master 1, `reload:7` a
//! request with ticket 7. The outcome is the phase, who is leaving (with the time of the kill), and the
//! actions of the last event without the log lines.

#![allow(clippy::panic, reason = "a failed test may panic")]

mod deadlines;
mod recycling;
mod restarts;
mod upgrading;

use super::*;
use crate::{
    exit_code::{GAVE_UP, STOPPED},
    exits::How,
};

const RULES: Rules = Rules {
    watchdog: Some(Duration::from_secs(10)),
    recycle_age: None,
    ready_timeout: Duration::from_secs(60),
    drain_delay: Duration::ZERO,
    shutdown_timeout: Duration::from_secs(30),
    settle: Duration::ZERO,
    backoff: Backoff {
        first: Duration::from_millis(100),
        factor: 1.5,
        longest: Duration::from_secs(15),
        healthy_after: Duration::from_secs(30),
        give_up: 16,
    },
};

struct Play {
    state: State,
    now: Duration,
    actions: Vec<Action>,
}

fn play(script: &str) -> Play {
    let mut play = Play {
        state: State::new(),
        now: Duration::ZERO,
        actions: Vec::new(),
    };
    script.split_whitespace().for_each(|word| play.word(word));
    play
}

impl Play {
    fn word(&mut self, word: &str) {
        if let Some(seconds) = word.strip_prefix('@') {
            self.now = Duration::from_secs_f64(seconds.parse().unwrap_or_default());
            return;
        }
        // Event loops are heard before their master says that it is ready.
        if let Some(id) = word.strip_prefix("ready:") {
            self.step(event(&format!("beat:{id}")));
            let actions = std::mem::take(&mut self.actions);
            assert!(actions.is_empty(), "{actions:?}");
            self.step(event(&format!("beat-of-loop-1:{id}")));
        }
        self.step(event(word));
    }

    fn step(&mut self, event: Event) {
        self.actions = self.state.step(event, self.now, &RULES);
    }

    fn outcome(&self) -> String {
        let mut parts = vec![phase(&self.state)];
        for master in &self.state.leaving {
            let kill = master
                .kill_at
                .map_or("killed".to_owned(), |at| format!("kill at {}", at.as_secs_f64()));
            parts.push(format!("leaving {} ({kill})", master.id.0));
        }
        let actions: Vec<String> = self.actions.iter().filter_map(action).collect();
        format!("{}; {}", parts.join(", "), actions.join(", "))
            .trim_end()
            .to_owned()
    }
}

fn event(word: &str) -> Event {
    let (name, number) = word.split_once(':').unwrap_or((word, "0"));
    let id = Id(number.parse().unwrap_or_default());
    match name {
        "tick" => Event::Tick,
        "overslept" => Event::Overslept(Duration::from_secs(u64::from(id.0))),
        "ready" | "says-ready" => Event::Ready(id, 2),
        "beat" => Event::Beat(id, 0),
        "beat-of-loop-1" => Event::Beat(id, 1),
        "sick" => Event::Unwell(id, Cause::Sick, "is sick".to_owned()),
        "large" => Event::Unwell(id, Cause::Memory, "is too large".to_owned()),
        "spent" => Event::Spent(id, "has answered 9 requests".to_owned()),
        "failed" => Event::Failed(id, "no table".to_owned()),
        "lost" => Event::NotStarted(id, "no such file".to_owned()),
        "exit" => Event::Exited(
            id,
            End {
                how: How::Code(3),
                uptime: Duration::ZERO,
            },
        ),
        "hup" => Event::Reload(None),
        "reload" => Event::Reload(Some(u64::from(id.0))),
        "int" => Event::Interrupt,
        "upgrade" => Event::Upgrade(u64::from(id.0)),
        "fine" => Event::Rehearsed(Ok(())),
        "broken" => Event::Rehearsed(Err("it is broken".to_owned())),
        "not-replaced" => Event::NotReplaced("no such file".to_owned()),
        "replaced" => Event::Replaced,
        _ => Event::Terminate,
    }
}

fn phase(state: &State) -> String {
    match (&state.serving, &state.next) {
        (Some(master), None) => format!("serving {}", master.id.0),
        (Some(old), Some(coming)) => {
            let cause = if old.is_faulty { "Fault" } else { "Reload" };
            format!("rolling {} for {cause}, {}", old.id.0, next(coming))
        }
        (None, Some(coming)) => format!("down, {}", next(coming)),
        (None, None) => match (state.exit_code(), state.ending) {
            (Some(code), _) => format!("ended {code}"),
            (None, code) => format!("stopping {}", code.unwrap_or_default()),
        },
    }
}

fn next(next: &Next) -> String {
    match next {
        Next::Resting { until, .. } => format!("resting until {}", until.as_secs_f64()),
        Next::Starting(start) => format!("starting {}", start.id.0),
    }
}

fn action(action: &Action) -> Option<String> {
    Some(match action {
        Action::Start(id, Build::OnDisk) => format!("start {}", id.0),
        Action::Start(id, Build::LastGood) => format!("start the good {}", id.0),
        // Part of every way to service.
        Action::Trust(_) => return None,
        Action::Terminate(id) => format!("term {}", id.0),
        Action::HandOver(id) => format!("quit {}", id.0),
        Action::Kill(id) => format!("kill {}", id.0),
        Action::Remember(_, reason) => format!("remember `{reason}`"),
        Action::Answer(tickets, Ok(_)) => format!("answer {tickets:?} ok"),
        Action::Answer(tickets, Err(_)) => format!("answer {tickets:?} error"),
        Action::Notify(Notice::Ready(_)) => "notify Ready".to_owned(),
        Action::Notify(Notice::Reloading) => "notify Reloading".to_owned(),
        Action::Notify(Notice::Stopping(_)) => "notify Stopping".to_owned(),
        Action::Rehearse => "rehearse".to_owned(),
        Action::EndRehearsal => "end rehearsal".to_owned(),
        Action::ReplaceDaemon => "replace daemon".to_owned(),
        Action::Say(..) => return None,
    })
}

/// Each line is a script and its outcome.
fn check(table: &str) {
    for (script, outcome) in table.lines().filter_map(|line| line.split_once(" -> ")) {
        assert_eq!(play(script).outcome(), outcome, "after: {script}");
    }
}

#[test]
fn a_start_leads_to_service_or_to_the_back_off() {
    check(
        "
        tick -> down, starting 1; start 1
        tick ready:1 -> serving 1; notify Ready
        tick @1 exit:1 -> down, resting until 1.1; remember `exited with code 3 before it was ready`
        tick @1 exit:1 @1.05 tick -> down, resting until 1.1;
        tick @1 exit:1 @1.1 tick -> down, starting 2; start 2
        tick @1 exit:1 @1.1 tick @2 exit:2 @2.14 tick -> down, resting until 2.15;
        tick @1 lost:1 -> down, resting until 1.1;
        tick @59 tick -> down, starting 1;
        tick @60 tick -> down, resting until 60.1, leaving 1 (killed); kill 1
        tick @60 tick @60.01 exit:1 -> down, resting until 60.1; remember `was not ready within 60 s`
        tick @60 tick ready:1 -> down, resting until 60.1, leaving 1 (killed);
        ",
    );
}

#[test]
fn a_reason_given_ends_the_first_launch_but_no_later_start() {
    check(
        "
        tick @1 failed:1 -> stopping 1, leaving 1 (kill at 31.5); term 1, notify Stopping
        tick @1 failed:1 exit:1 -> ended 1; remember `no table`
        tick ready:1 @1 exit:1 @1.1 tick failed:2 -> down, resting until 1.25, leaving 2 (kill at 31.6); term 2
        ",
    );
}

#[test]
fn a_dead_master_is_succeeded_at_once_only_after_a_healthy_period() {
    check(
        "
        tick ready:1 @5 exit:1 -> down, resting until 5.1; remember `died while it served`
        tick ready:1 @29.9 exit:1 -> down, resting until 30; remember `died while it served`
        tick ready:1 @30 exit:1 -> down, resting until 30; remember `died while it served`
        tick ready:1 @30 exit:1 tick -> down, starting 2; start 2
        ",
    );
    assert_eq!(play("tick ready:1 @29.9 exit:1").state.deaths, 1);
    assert_eq!(play("tick ready:1 @30 exit:1").state.deaths, 0);
}

#[test]
fn silence_is_measured_per_event_loop_from_ready_on() {
    check(
        "
        tick @1 ready:1 @10.9 tick -> serving 1;
        tick @1 ready:1 @8.5 tick @11 tick -> rolling 1 for Fault, resting until 11.1;
        tick @1 ready:1 @8.5 tick @10 beat:1 @11 tick -> rolling 1 for Fault, resting until 11.1;
        tick @1 ready:1 @8.5 tick @10 beat:1 beat-of-loop-1:1 @11 tick -> serving 1;
        tick @1 ready:1 @8.5 tick @11 tick @11.1 tick -> rolling 1 for Fault, starting 2; start 2
        tick @1 ready:1 @8.5 tick @11 tick @11.1 tick @99 tick beat:1 -> rolling 1 for Fault, resting until 99.15, leaving 2 (killed);
        ",
    );
    let silent = play("tick ready:1 @30 tick @32.5 tick");
    assert_eq!(silent.state.deaths, 1, "thirty-one silent seconds are no health");
}

#[test]
fn nobody_is_blamed_for_a_time_in_which_the_daemon_did_not_run() {
    check(
        "
        tick @1 ready:1 @99 overslept:88 tick -> serving 1;
        tick @1 ready:1 @11.5 tick -> serving 1;
        tick @1 ready:1 @11.5 tick @13.9 tick -> serving 1;
        tick @1 ready:1 @11.5 tick @14 tick -> rolling 1 for Fault, resting until 14.1;
        tick @1 ready:1 @11.5 tick beat:1 beat-of-loop-1:1 @20 tick @21 tick -> serving 1;
        tick @70 overslept:69 tick -> down, starting 1;
        tick @70 overslept:69 @129 tick -> down, resting until 129.1, leaving 1 (killed); kill 1
        tick ready:1 term @40 overslept:20 tick -> stopping 0, leaving 1 (kill at 50.5);
        ",
    );
}

#[test]
fn nobody_hands_over_to_a_master_before_each_of_its_event_loops_was_heard() {
    check(
        "
        tick says-ready:1 -> serving 1; notify Ready
        tick ready:1 reload:7 says-ready:2 -> rolling 1 for Reload, starting 2;
        tick ready:1 reload:7 says-ready:2 beat:2 -> rolling 1 for Reload, starting 2;
        tick ready:1 reload:7 says-ready:2 beat:2 beat-of-loop-1:2 -> serving 2, leaving 1 (kill at 30.5); quit 1, notify Ready, answer [7] ok
        tick ready:1 reload:7 says-ready:2 beat:2 exit:2 -> serving 1; remember `exited with code 3 before it was ready`, answer [7] error, notify Ready
        tick ready:1 reload:7 says-ready:2 @60 beat:1 beat-of-loop-1:1 tick -> serving 1, leaving 2 (killed); kill 2, answer [7] error, notify Ready
        tick ready:1 reload:7 says-ready:2 exit:1 -> serving 2; remember `died while it served`, notify Ready, answer [7] ok
        ",
    );
}

#[test]
fn a_successor_has_to_live_for_a_moment_before_it_is_handed_over_to() {
    let rules = Rules {
        settle: Duration::from_millis(100),
        ..RULES
    };
    let mut play = play("tick ready:1 hup beat:2 beat-of-loop-1:2");
    assert!(
        play.state
            .step(event("says-ready:2"), play.now, &rules)
            .is_empty()
    );
    assert_eq!(play.state.deadline(&rules), Some(rules.settle));
    play.state.step(Event::Tick, rules.settle / 2, &rules);
    assert_eq!(play.state.serving(), Some(Id(1)));
    play.state.step(Event::Tick, rules.settle, &rules);
    assert_eq!(play.state.serving(), Some(Id(2)));
}

#[test]
fn what_failed_on_the_disk_is_followed_by_the_last_good_program() {
    check(
        "
        tick exit:1 @0.1 tick -> down, starting 2; start 2
        tick ready:1 @5 exit:1 @5.1 tick -> down, starting 2; start 2
        tick ready:1 @5 exit:1 @5.1 tick exit:2 @5.25 tick -> down, starting 3; start the good 3
        tick ready:1 @5 exit:1 @5.1 tick exit:2 @5.25 tick exit:3 @5.5 tick -> down, starting 4; start 4
        tick ready:1 @5 exit:1 @5.1 tick exit:2 @5.25 tick ready:3 @6 exit:3 @6.4 tick -> down, starting 4; start the good 4
        tick ready:1 @5 exit:1 @5.1 tick exit:2 @5.25 tick ready:3 reload:7 -> rolling 3 for Reload, starting 4; notify Reloading, start 4
        tick ready:1 reload:7 exit:2 @5 exit:1 @5.1 tick -> down, starting 3; start the good 3
        tick ready:1 reload:7 exit:2 @5 exit:1 reload:8 -> down, starting 3; start 3
        tick ready:1 @5 sick:1 @5.1 tick exit:2 @5.25 tick -> rolling 1 for Fault, starting 3; start the good 3
        ",
    );
}

#[test]
fn a_faulty_master_serves_until_its_successor_is_ready() {
    check(
        "
        tick ready:1 @2 sick:1 -> rolling 1 for Fault, resting until 2.1;
        tick ready:1 @2 sick:1 sick:1 -> rolling 1 for Fault, resting until 2.1;
        tick ready:1 @2 sick:1 @2.1 tick ready:2 -> serving 2, leaving 1 (kill at 32.6); quit 1, notify Ready
        tick ready:1 @2 sick:1 @2.1 tick @3 exit:2 -> rolling 1 for Fault, resting until 3.15; remember `exited with code 3 before it was ready`
        tick ready:1 @2 sick:1 @2.1 tick @3 exit:1 -> down, starting 2; remember `died while it served`
        tick ready:1 @2 sick:1 @2.05 exit:1 -> down, resting until 2.1; remember `died while it served`
        tick sick:1 -> down, starting 1;
        ",
    );
    assert_eq!(
        play("tick ready:1 @2 sick:1 @2.05 exit:1").state.deaths,
        1,
        "one fault is one death"
    );
}

#[test]
fn a_reload_replaces_the_master_or_changes_nothing() {
    check(
        "
        tick ready:1 reload:7 -> rolling 1 for Reload, starting 2; notify Reloading, start 2
        tick ready:1 reload:7 @1 ready:2 -> serving 2, leaving 1 (kill at 31.5); quit 1, notify Ready, answer [7] ok
        tick ready:1 reload:7 @1 ready:2 exit:1 -> serving 2; remember `replaced by master 2`
        tick ready:1 reload:7 exit:2 -> serving 1; remember `exited with code 3 before it was ready`, answer [7] error, notify Ready
        tick ready:1 reload:7 lost:2 -> serving 1; answer [7] error, notify Ready
        tick ready:1 reload:7 @1 failed:2 -> serving 1, leaving 2 (kill at 31.5); term 2, answer [7] error, notify Ready
        tick ready:1 reload:7 @60 beat:1 beat-of-loop-1:1 tick -> serving 1, leaving 2 (killed); kill 2, answer [7] error, notify Ready
        tick ready:1 reload:7 exit:1 -> down, starting 2; remember `died while it served`
        tick ready:1 reload:7 sick:1 exit:2 -> rolling 1 for Fault, resting until 0.15; remember `exited with code 3 before it was ready`, answer [7] error
        ",
    );
    assert_eq!(
        play("tick ready:1 reload:7 exit:2").state.deaths,
        0,
        "a failed reload is no death"
    );
}

#[test]
fn a_reload_waits_for_the_start_or_the_drain_before_it() {
    check(
        "
        tick ready:1 reload:7 reload:8 -> rolling 1 for Reload, starting 2;
        tick ready:1 reload:7 reload:8 @1 ready:2 -> serving 2, leaving 1 (kill at 31.5); quit 1, notify Ready, answer [7] ok
        tick ready:1 reload:7 reload:8 @1 ready:2 exit:1 -> rolling 2 for Reload, starting 3; remember `replaced by master 2`, notify Reloading, start 3
        tick ready:1 reload:7 reload:8 @1 ready:2 exit:1 exit:3 -> serving 2; remember `exited with code 3 before it was ready`, answer [8] error, notify Ready
        tick ready:1 reload:7 reload:8 exit:2 -> rolling 1 for Reload, starting 3; remember `exited with code 3 before it was ready`, answer [7] error, notify Ready, notify Reloading, start 3
        tick ready:1 hup @1 ready:2 reload:9 -> serving 2, leaving 1 (kill at 31.5);
        tick ready:1 hup @1 ready:2 reload:9 exit:1 -> rolling 2 for Reload, starting 3; remember `replaced by master 2`, notify Reloading, start 3
        tick hup -> down, starting 1;
        tick hup ready:1 -> rolling 1 for Reload, starting 2; notify Ready, notify Reloading, start 2
        tick exit:1 reload:7 -> down, starting 2; start 2
        tick reload:7 exit:1 -> down, starting 2; remember `exited with code 3 before it was ready`, start 2
        tick reload:7 term -> stopping 0, leaving 1 (kill at 30.5); notify Stopping, answer [7] error, term 1
        tick term reload:7 -> stopping 0, leaving 1 (kill at 30.5); answer [7] error
        ",
    );
}

#[test]
fn stopping_reaches_every_master_in_every_phase() {
    check(
        "
        tick ready:1 @1 term -> stopping 0, leaving 1 (kill at 31.5); notify Stopping, term 1
        tick ready:1 @1 term exit:1 -> ended 0; remember `the daemon stops`
        tick ready:1 @1 term @2 term -> stopping 0, leaving 1 (kill at 31.5);
        tick ready:1 @1 term @31.5 tick -> stopping 0, leaving 1 (killed); kill 1
        tick ready:1 @1 term @31.5 tick tick -> stopping 0, leaving 1 (killed);
        tick term -> stopping 0, leaving 1 (kill at 30.5); notify Stopping, term 1
        tick term ready:1 -> stopping 0, leaving 1 (kill at 30.5);
        tick exit:1 term -> ended 0; notify Stopping
        tick ready:1 hup term -> stopping 0, leaving 2 (kill at 30.5), leaving 1 (kill at 30.5); notify Stopping, term 2, term 1
        tick ready:1 hup ready:2 @1 term -> stopping 0, leaving 1 (kill at 30.5), leaving 2 (kill at 31.5); notify Stopping, term 2
        tick ready:1 hup term exit:2 -> stopping 0, leaving 1 (kill at 30.5); remember `the daemon stops`
        ",
    );
}

#[test]
fn only_a_second_int_ends_at_once() {
    check(
        "
        tick ready:1 int -> stopping 0, leaving 1 (kill at 30.5); notify Stopping, term 1
        tick ready:1 term int -> stopping 0, leaving 1 (kill at 30.5);
        tick ready:1 int int -> stopping 130, leaving 1 (killed); kill 1
        tick ready:1 int int exit:1 -> ended 130; remember `the daemon stops`
        tick ready:1 hup int int -> stopping 130, leaving 2 (killed), leaving 1 (killed); kill 2, kill 1
        ",
    );
}

/// Plays deaths of these kinds in turn until the daemon ends, and counts the starts and the seconds it took.
fn die_until_the_end(kinds: &[&str]) -> (u32, f64, u8) {
    let mut play = play("tick");
    for kind in kinds.iter().cycle() {
        if let Some(code) = play.state.ending {
            return (play.state.started, play.now.as_secs_f64(), code);
        }
        let id = play.state.started;
        for word in kind.split(' ') {
            play.word(&format!("{word}:{id}"));
        }
        if let Some(Next::Resting { until, .. }) = play.state.next() {
            play.now = *until;
        }
        play.word("tick");
    }
    (0, 0.0, 0)
}

#[test]
fn sixteen_deaths_of_any_kinds_without_health_are_the_end() {
    let (starts, seconds, code) = die_until_the_end(&["exit"]);
    assert_eq!((starts, code), (16, GAVE_UP));
    assert!((68.0..70.0).contains(&seconds), "fifteen delays are {seconds} s");
    let (starts, _, code) = die_until_the_end(&["exit", "ready exit", "ready sick exit"]);
    assert_eq!((starts, code), (16, GAVE_UP), "one counter for all causes");
}

#[test]
fn while_somebody_serves_there_is_no_end_but_the_longest_delay() {
    let mut play = play("tick ready:1");
    play.state.deaths = 15;
    play.word("sick:1");
    assert_eq!(play.outcome(), "rolling 1 for Fault, resting until 15;");
    let said = play.actions.iter().find_map(|action| match action {
        Action::Say(_, line) => Some(line.as_str()),
        _ => None,
    });
    assert_eq!(
        said,
        Some(
            "master 1 is sick; 16 masters in a row were no better, master 1 goes on serving; trying the next in 15000 ms"
        )
    );
    for word in ["@15", "tick", "exit:2"] {
        play.word(word);
    }
    assert_eq!(
        play.outcome(),
        "rolling 1 for Fault, resting until 30; remember `exited with code 3 before it was ready`"
    );
}

#[test]
fn an_application_that_is_always_too_large_is_served_by_each_successor_in_turn() {
    let mut play = play("tick");
    for master in 1..=40 {
        play.word(&format!("ready:{master}"));
        assert_eq!(play.state.serving(), Some(Id(master)));
        play.word(&format!("sick:{master}"));
        let Some(Next::Resting { until, .. }) = play.state.next() else {
            panic!("{}", play.outcome());
        };
        play.now = *until;
        play.word("tick");
        if master > 1 {
            play.word(&format!("exit:{}", master - 1));
        }
    }
    let hours = play.now.as_secs_f64() / 3600.0;
    assert!((0.1..0.2).contains(&hours), "{hours}");
}

#[test]
fn giving_up_on_a_start_that_is_already_dead_waits_for_nobody() {
    let mut last = play("tick");
    last.state.deaths = 15;
    last.word("exit:1");
    assert_eq!(
        last.outcome(),
        "ended 69; remember `exited with code 3 before it was ready`, notify Stopping"
    );
}
