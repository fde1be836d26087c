//! What the daemon does next: phases, events, and the one transition between them. No I/O, no clock.
//!
//! [`State::step`] takes an event and the time, and gives back the next state and the actions that the loop
//! in `supervise.rs` carries out. The states and the races are told in the README beside this file.

use std::fmt;
use std::time::Duration;

use super::backoff::Backoff;
use super::exits::How;

mod masters;
#[cfg(test)]
mod tests;

use masters::{Leaving, seconds};
pub(super) use masters::{Next, Serving, Starting};

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

/// Names one master for the daemon's life; pids come back, these do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(pub(super) u32);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "master {}", self.0)
    }
}

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

    fn kill_overdue(&mut self, turn: &mut Turn<'_>) {
        for master in &mut self.leaving {
            if master.kill_at.take_if(|at| *at <= turn.now).is_some() {
                turn.say(format!(
                    "{} did not leave in time; killing its process group",
                    master.id
                ));
                turn.act(Action::Kill(master.id));
            }
        }
    }

    /// Starts the next master now, whoever serves meanwhile.
    fn start(&mut self, turn: &mut Turn<'_>) {
        self.started += 1;
        let id = Id(self.started);
        let starting = Next::Starting(Starting {
            id,
            ready_by: turn.now.saturating_add(turn.rules.ready_timeout),
        });
        if let Phase::Down(next) | Phase::Rolling { next, .. } = &mut self.phase {
            *next = starting;
            turn.act(Action::Start(id));
        }
    }

    fn start_overdue(&mut self, start: Starting, turn: &mut Turn<'_>) {
        let reason = format!("was not ready within {}", seconds(turn.rules.ready_timeout));
        turn.act(Action::Kill(start.id));
        self.leaving.push(Leaving {
            id: start.id,
            kill_at: None,
            why: reason.clone(),
        });
        self.start_lost(&format!("{} {reason}", start.id), turn);
    }

    fn failed(&mut self, id: Id, reason: String, turn: &mut Turn<'_>) {
        if self.starting().is_none_or(|start| start.id != id) {
            return;
        }
        self.dismiss(id, reason.clone(), turn);
        let reason = format!("{id} cannot start: {reason}");
        // A configuration that never worked is told once, with its cause; trying again would only hide it.
        if self.launched {
            self.start_lost(&reason, turn);
        } else {
            turn.say(format!("{reason}; giving up, nothing was ever up"));
            self.stop(NOT_LAUNCHED, turn);
        }
    }

    fn not_started(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.starting().is_some_and(|start| start.id == id) {
            self.start_lost(&format!("{id} could not be run: {reason}"), turn);
        }
    }

    /// The start under way came to nothing; its process is leaving, gone, or never was.
    fn start_lost(&mut self, reason: &str, turn: &mut Turn<'_>) {
        self.answer(Err(reason.to_owned()), turn);
        self.phase = match self.take_phase() {
            Phase::Rolling {
                old,
                cause: Cause::Reload,
                ..
            } => {
                turn.say(format!("reload failed: {reason}; {} goes on serving", old.id));
                turn.act(Action::Notify(Notice::Ready));
                Phase::Serving(old)
            }
            Phase::Rolling { old, cause, .. } => match self.rest(reason, turn) {
                Some(next) => Phase::Rolling { old, next, cause },
                None => return self.give_up(Phase::Serving(old), reason, turn),
            },
            Phase::Down(_) => match self.rest(reason, turn) {
                Some(next) => Phase::Down(next),
                None => return self.give_up(Phase::Stopping(GAVE_UP), reason, turn),
            },
            other => other,
        };
        self.reload_again(turn);
    }

    /// Counts a death and says how long the next start has to wait, or that there is none.
    fn rest(&mut self, reason: &str, turn: &mut Turn<'_>) -> Option<Next> {
        self.deaths += 1;
        self.rest_after(reason, turn)
    }

    fn rest_after(&self, reason: &str, turn: &mut Turn<'_>) -> Option<Next> {
        let delay = turn.rules.backoff.delay(self.deaths)?;
        let next = match self.deaths {
            0 => "starting the next at once".to_owned(),
            deaths => format!(
                "starting the next in {} ms (death {deaths} of {})",
                delay.as_millis(),
                turn.rules.backoff.give_up
            ),
        };
        turn.say(format!("{reason}; {next}"));
        Some(Next::Resting {
            until: turn.now.saturating_add(delay),
        })
    }

    /// Counts the end of a master that served until then: a healthy one forgives the deaths before it.
    fn count(&mut self, master: &Serving, until: Duration, turn: &Turn<'_>) {
        let healthy = until.saturating_sub(master.since) >= turn.rules.backoff.healthy_after;
        self.deaths = if healthy { 0 } else { self.deaths + 1 };
    }

    fn give_up(&mut self, left: Phase, reason: &str, turn: &mut Turn<'_>) {
        self.phase = left;
        turn.say(format!(
            "giving up after {} deaths without a healthy master; the last: {reason}",
            self.deaths
        ));
        self.stop(GAVE_UP, turn);
    }

    fn ready(&mut self, id: Id, loops: usize, turn: &mut Turn<'_>) {
        if self.starting().is_none_or(|start| start.id != id) {
            return;
        }
        self.launched = true;
        if let Phase::Rolling { old, cause, .. } = self.take_phase() {
            // A fault was counted when it was seen. Being reloaded is no death, but it may have been health.
            if cause == Cause::Reload
                && turn.now.saturating_sub(old.since) >= turn.rules.backoff.healthy_after
            {
                self.deaths = 0;
            }
            turn.say(format!("{id} is ready and serves; draining {}", old.id));
            self.dismiss(old.id, format!("replaced by {id}"), turn);
        } else {
            turn.say(format!("{id} is ready and serves"));
        }
        self.phase = Phase::Serving(Serving::new(id, loops, turn.now));
        turn.act(Action::Notify(Notice::Ready));
        self.answer(Ok(format!("{id} serves")), turn);
        self.reload_again(turn);
    }

    fn beat(&mut self, id: Id, index: usize, now: Duration) {
        if let Some(master) = self.serving_mut().filter(|master| master.id == id) {
            master.hear(index, now);
        }
    }

    fn forgive_silence(&mut self, now: Duration) {
        if let Some(master) = self.serving_mut() {
            master.hear_all(now);
        }
    }

    /// The serving master has to be replaced; it goes on until its successor is ready.
    fn unwell(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.watched().is_none_or(|master| master.id != id) {
            return;
        }
        let reason = format!("{id} {reason}");
        self.phase = match self.take_phase() {
            Phase::Serving(old) => {
                self.count(&old, old.last_well(), turn);
                match self.rest_after(&reason, turn) {
                    Some(next) => Phase::Rolling {
                        old,
                        next,
                        cause: Cause::Fault,
                    },
                    None => return self.give_up(Phase::Serving(old), &reason, turn),
                }
            }
            Phase::Rolling { old, next, .. } => {
                self.count(&old, old.last_well(), turn);
                turn.say(format!("{reason}; its successor is already on the way"));
                Phase::Rolling {
                    old,
                    next,
                    cause: Cause::Fault,
                }
            }
            other => other,
        };
    }

    fn exited(&mut self, id: Id, end: End, turn: &mut Turn<'_>) {
        if let Some(index) = self.leaving.iter().position(|master| master.id == id) {
            return self.left(index, end, turn);
        }
        if self.starting().is_some_and(|start| start.id == id) {
            let reason = format!("{} before it was ready", end.how);
            turn.act(Action::Remember(end, reason.clone()));
            return self.start_lost(&format!("{id} {reason}"), turn);
        }
        if self.serving().is_some_and(|master| master.id == id) {
            turn.act(Action::Remember(end, "died while it served".to_owned()));
            self.died(&format!("{id} {}", end.how), turn);
        }
    }

    fn left(&mut self, index: usize, end: End, turn: &mut Turn<'_>) {
        let Leaving { id, why, .. } = self.leaving.swap_remove(index);
        turn.say(format!("{id} {}, as told ({why})", end.how));
        turn.act(Action::Remember(end, why));
        self.end_when_empty(turn);
        self.reload_again(turn);
    }

    /// The serving master died unasked.
    fn died(&mut self, reason: &str, turn: &mut Turn<'_>) {
        self.phase = match self.take_phase() {
            Phase::Serving(old) => {
                self.count(&old, turn.now, turn);
                match self.rest_after(reason, turn) {
                    Some(next) => Phase::Down(next),
                    None => return self.give_up(Phase::Stopping(GAVE_UP), reason, turn),
                }
            }
            Phase::Rolling { old, next, cause } => {
                // A fault was counted when it was seen; and a successor is on the way, so nothing is decided here.
                if cause == Cause::Reload {
                    self.count(&old, turn.now, turn);
                }
                turn.say(format!("{reason}; its successor is already on the way"));
                Phase::Down(next)
            }
            other => other,
        };
    }

    fn reload(&mut self, ticket: Option<Ticket>, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Stopping(_) | Phase::Ended(_) => {
                self.asked.extend(ticket);
                self.answer(Err("the daemon is stopping".to_owned()), turn);
            }
            Phase::Serving(_) if self.leaving.is_empty() => {
                self.asked.extend(ticket);
                self.roll(turn);
            }
            // The operator has repaired something: waiting longer helps nobody.
            Phase::Down(Next::Resting { .. })
            | Phase::Rolling {
                next: Next::Resting { .. },
                ..
            } => {
                self.asked.extend(ticket);
                turn.say("reload asked for; starting the next master now".to_owned());
                self.start(turn);
            }
            // The start under way may have loaded the former binary, and draining masters must not pile up.
            _ => {
                turn.say("reload asked for; it begins when the present start or drain is over".to_owned());
                self.again.get_or_insert_default().extend(ticket);
            }
        }
    }

    /// Begins the reload that had to wait, once nothing is in its way.
    fn reload_again(&mut self, turn: &mut Turn<'_>) {
        let resting = matches!(self.next(), Some(Next::Resting { .. }));
        let free = matches!(self.phase, Phase::Serving(_)) && self.leaving.is_empty();
        if !resting && !free {
            return;
        }
        let Some(tickets) = self.again.take() else { return };
        self.asked.extend(tickets);
        if free { self.roll(turn) } else { self.start(turn) }
    }

    fn roll(&mut self, turn: &mut Turn<'_>) {
        self.phase = match self.take_phase() {
            Phase::Serving(old) => {
                turn.say(format!(
                    "reload asked for; {} serves until its successor is ready",
                    old.id
                ));
                Phase::Rolling {
                    old,
                    next: Next::Resting { until: turn.now },
                    cause: Cause::Reload,
                }
            }
            other => other,
        };
        turn.act(Action::Notify(Notice::Reloading));
        self.start(turn);
    }

    fn answer(&mut self, result: Result<String, String>, turn: &mut Turn<'_>) {
        if !self.asked.is_empty() {
            turn.act(Action::Answer(std::mem::take(&mut self.asked), result));
        }
    }

    fn terminate(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Stopping(_) | Phase::Ended(_)) {
            turn.say("asked to stop; draining".to_owned());
            self.stop(STOPPED, turn);
        }
    }

    fn interrupt(&mut self, turn: &mut Turn<'_>) {
        if !std::mem::replace(&mut self.interrupted, true) || !matches!(self.phase, Phase::Stopping(_)) {
            return self.terminate(turn);
        }
        turn.say("interrupted again; killing every master at once".to_owned());
        self.phase = Phase::Stopping(INTERRUPTED);
        for master in &mut self.leaving {
            master.kill_at = None;
            turn.act(Action::Kill(master.id));
        }
    }

    /// Tells every master to leave; the daemon ends with `code` when the last is gone.
    fn stop(&mut self, code: u8, turn: &mut Turn<'_>) {
        turn.act(Action::Notify(Notice::Stopping));
        self.asked.extend(self.again.take().into_iter().flatten());
        self.answer(Err("the daemon is stopping".to_owned()), turn);
        let next = self.starting().map(|start| start.id);
        let serving = self.serving().map(|master| master.id);
        for id in next.into_iter().chain(serving) {
            if !self.is_leaving(id) {
                self.dismiss(id, "the daemon stops".to_owned(), turn);
            }
        }
        self.phase = Phase::Stopping(code);
        self.end_when_empty(turn);
    }

    fn end_when_empty(&mut self, turn: &mut Turn<'_>) {
        if let (Phase::Stopping(code), true) = (&self.phase, self.leaving.is_empty()) {
            let code = *code;
            turn.say(format!("no master is left; exit code {code}"));
            self.phase = Phase::Ended(code);
        }
    }

    /// Asks a master to drain and leave, and sets the time after which it is killed.
    fn dismiss(&mut self, id: Id, why: String, turn: &mut Turn<'_>) {
        let kill_at = Some(
            turn.now
                .saturating_add(turn.rules.shutdown_timeout.saturating_add(GRACE)),
        );
        self.leaving.push(Leaving { id, kill_at, why });
        turn.act(Action::Terminate(id));
    }
}
