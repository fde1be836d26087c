//! What the daemon does next: phases, events, and the one transition between them. No I/O, no clock.
//!
//! [`State::step`] takes an event and the time, and gives back the next state and the actions that the loop
//! in `supervise.rs` carries out. The states and the races are told in the README beside this file.

use std::time::Duration;

use super::{backoff::Backoff, exits::How};

mod leaving;
mod masters;
mod reloading;
mod serving;
mod starting;
#[cfg(test)]
mod tests;

pub(super) use masters::{Id, Next};
use masters::{Leaving, Serving, Starting};

/// Exit code: stopped as asked, nothing left behind.
pub(super) const STOPPED: u8 = 0;
/// Exit code: the launch failed, either in the daemon or by a reason that the first master gave.
pub(super) const NOT_LAUNCHED: u8 = 1;
/// Exit code: gave up after too many deaths (`EX_UNAVAILABLE`).
pub(super) const GAVE_UP: u8 = 69;
/// Exit code: a second INT ended everything at once (128 + SIGINT).
pub(super) const INTERRUPTED: u8 = 130;

/// A master that uses its drain limit to the full still needs a moment to set its cancel tokens and leave.
const GRACE: Duration = Duration::from_millis(500);

/// Names one reload request that waits for its answer.
pub(super) type Ticket = u64;

/// The limits that the transition obeys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    pub(super) watchdog: Duration,
    pub(super) ready_timeout: Duration,
    pub(super) shutdown_timeout: Duration,
    pub(super) backoff: Backoff,
}

/// Where the daemon stands.
#[derive(Debug, PartialEq)]
pub(super) enum Phase {
    /// Nobody serves; connections wait in the backlog for the next master.
    Down(Next),
    /// One master serves.
    Serving(Serving),
    /// One master serves and its successor is on the way.
    Rolling { old: Serving, next: Next, cause: Cause },
    /// Every master was told to leave; when the last is gone, the daemon ends with this code.
    Stopping(u8),
    /// The loop may return this code.
    Ended(u8),
}

/// Why a serving master is being replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody asked. If the successor fails, the old master simply goes on.
    Reload,
    /// The old master is silent, sick or too large. A successor is tried again and again.
    Fault,
}

/// How a master ended, and after how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) how: How,
    pub(super) uptime: Duration,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    /// Time passed; a deadline may have.
    Tick,
    /// The daemon itself did not run for a while (stopped, or its machine was): nobody could be heard.
    Overslept,
    /// A master is up, with this many event loops.
    Ready(Id, usize),
    /// The event loop of this index is alive.
    Beat(Id, usize),
    /// A master cannot go on as it should: it says so, or its memory is over the limit.
    Unwell(Id, String),
    /// A master says why its start failed, and is about to exit.
    Failed(Id, String),
    /// A master could not even be started.
    NotStarted(Id, String),
    /// A master is dead and reaped.
    Exited(Id, End),
    /// Somebody wants a new master; with a ticket if he waits for the answer.
    Reload(Option<Ticket>),
    /// Drain and end.
    Terminate,
    /// Drain and end; the second time, end at once.
    Interrupt,
}

/// What the loop has to do about it.
#[derive(Debug, PartialEq)]
pub(super) enum Action {
    Start(Id),
    /// TERM to the master alone: its children may be needed to finish its work.
    Terminate(Id),
    /// QUIT to the master alone: its successor serves already, so it may part from its clients gently.
    HandOver(Id),
    /// KILL to the master's whole process group.
    Kill(Id),
    /// Keep for the monitor why a master ended.
    Remember(End, String),
    Answer(Vec<Ticket>, Result<String, String>),
    Notify(Notice),
    Say(String),
}

/// What the service manager above is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Ready,
    Reloading,
    Stopping,
}

/// The daemon's whole mind.
#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: Phase,
    /// Masters that were told to leave, or killed, and are not reaped yet.
    pub(super) leaving: Vec<Leaving>,
    /// Deaths in a row without a healthy master, whatever the cause.
    pub(super) deaths: u32,
    /// Masters started so far.
    pub(super) started: u32,
    /// Whether a master was ever ready. Before that, a reason given by a master ends the launch.
    launched: bool,
    /// Whether an INT came: the next one is the second.
    interrupted: bool,
    /// Whom the start under way answers.
    asked: Vec<Ticket>,
    /// A reload that arrived during a start or a drain and begins after it.
    again: Option<Vec<Ticket>>,
}

/// One call of [`State::step`]: the time, the rules, and the actions so far.
struct Turn<'a> {
    now: Duration,
    rules: &'a Rules,
    actions: Vec<Action>,
}

impl Turn<'_> {
    fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    fn say(&mut self, line: String) {
        self.act(Action::Say(line));
    }
}

impl State {
    /// The state before the first master: the first tick starts it.
    pub(super) fn new() -> State {
        State {
            phase: Phase::Down(Next::Resting {
                until: Duration::ZERO,
            }),
            leaving: Vec::new(),
            deaths: 0,
            started: 0,
            launched: false,
            interrupted: false,
            asked: Vec::new(),
            again: None,
        }
    }

    /// The transition: this state and an event at a time give the next state and what to do.
    ///
    /// Time is counted from the daemon's start. A beat or a tick without consequence allocates nothing.
    pub(super) fn step(mut self, event: Event, now: Duration, rules: &Rules) -> (State, Vec<Action>) {
        let mut turn = Turn {
            now,
            rules,
            actions: Vec::new(),
        };
        match event {
            Event::Tick => self.tick(&mut turn),
            Event::Overslept => self.forgive_silence(now),
            Event::Ready(id, loops) => self.ready(id, loops, &mut turn),
            Event::Beat(id, index) => self.beat(id, index, now),
            Event::Unwell(id, reason) => self.unwell(id, &reason, &mut turn),
            Event::Failed(id, reason) => self.failed(id, reason, &mut turn),
            Event::NotStarted(id, reason) => self.not_started(id, &reason, &mut turn),
            Event::Exited(id, end) => self.exited(id, end, &mut turn),
            Event::Reload(ticket) => self.reload(ticket, &mut turn),
            Event::Terminate => self.terminate(&mut turn),
            Event::Interrupt => self.interrupt(&mut turn),
        }
        (self, turn.actions)
    }

    /// When the next tick is due, if nothing else happens.
    pub(super) fn deadline(&self, rules: &Rules) -> Option<Duration> {
        let kills = self.leaving.iter().filter_map(|master| master.kill_at).min();
        let next = self.next().map(Next::deadline);
        let silence = self.watched().map(|master| master.silent_at(rules.watchdog));
        [kills, next, silence].into_iter().flatten().min()
    }

    /// Whether the master was told to leave or killed.
    pub(super) fn is_leaving(&self, id: Id) -> bool {
        self.leaving.iter().any(|master| master.id == id)
    }

    /// The master that serves, if one does.
    pub(super) fn serving(&self) -> Option<&Serving> {
        match &self.phase {
            Phase::Serving(master) | Phase::Rolling { old: master, .. } => Some(master),
            _ => None,
        }
    }

    /// The master that is on the way, if one is.
    pub(super) fn next(&self) -> Option<&Next> {
        match &self.phase {
            Phase::Down(next) | Phase::Rolling { next, .. } => Some(next),
            _ => None,
        }
    }

    /// The master whose silence would change something. One with a known fault is being replaced already.
    fn watched(&self) -> Option<&Serving> {
        match &self.phase {
            Phase::Serving(master)
            | Phase::Rolling {
                old: master,
                cause: Cause::Reload,
                ..
            } => Some(master),
            _ => None,
        }
    }

    fn serving_mut(&mut self) -> Option<&mut Serving> {
        match &mut self.phase {
            Phase::Serving(master) | Phase::Rolling { old: master, .. } => Some(master),
            _ => None,
        }
    }

    fn starting(&self) -> Option<Starting> {
        match self.next() {
            Some(Next::Starting(start)) => Some(*start),
            _ => None,
        }
    }

    /// Takes the phase out to take it apart; every caller puts the next one in before it returns.
    fn take_phase(&mut self) -> Phase {
        std::mem::replace(&mut self.phase, Phase::Ended(GAVE_UP))
    }

    fn tick(&mut self, turn: &mut Turn<'_>) {
        self.kill_overdue(turn);
        match self.next() {
            Some(Next::Resting { until }) if *until <= turn.now => self.start(turn),
            Some(Next::Starting(start)) if start.ready_by <= turn.now => self.start_overdue(*start, turn),
            _ => {}
        }
        let Some(master) = self.watched() else { return };
        if master.silent_at(turn.rules.watchdog) <= turn.now {
            let reason = master.silence(turn.now);
            self.unwell(master.id, &reason, turn);
        }
    }
}
