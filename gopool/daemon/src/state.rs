//! What the daemon knows and what it does next: events in, actions out. No I/O, no clock.
//!
//! [`State::step`] takes an event and the time, and gives back the actions that the loop in `supervise.rs` carries out. The
//! states and the races are told in the README beside this crate.

use std::{
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{
    backoff::Backoff,
    log::Level,
    restarts::{Cause, Restarts},
    settings::Settings,
};

mod event;
mod leaving;
mod masters;
mod recycling;
mod reloading;
mod serving;
mod starting;
#[cfg(test)]
mod tests;
mod upgrading;

pub(crate) use event::{Action, End, Event, Notice, Ticket};
pub(crate) use masters::{Build, Id, Next};
use masters::{Leaving, Serving, Starting};

/// The limits that the daemon obeys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) watchdog: Option<Duration>,
    pub(crate) ready_timeout: Duration,
    /// What a master gets before its drain, when no other follows it.
    pub(crate) drain_delay: Duration,
    pub(crate) shutdown_timeout: Duration,
    /// For how long a master serves at most, if somebody else is to be had.
    pub(crate) recycle_age: Option<Duration>,
    /// For how long a successor has to live, ready and with each event loop heard, before it is handed over to.
    pub(crate) settle: Duration,
    pub(crate) backoff: Backoff,
}

/// A master that dies while it starts to serve does so within this time of saying that it is ready.
const SETTLE: Duration = Duration::from_millis(100);

impl Rules {
    pub(crate) fn of(settings: &Settings) -> Rules {
        Rules {
            watchdog: settings.watchdog,
            recycle_age: settings.recycle_age.map(spread),
            ready_timeout: settings.ready_timeout,
            drain_delay: settings.drain_delay,
            shutdown_timeout: settings.shutdown_timeout,
            settle: SETTLE,
            backoff: settings.backoff,
        }
    }
}

/// Up to a tenth longer, another time in each daemon.
fn spread(age: Duration) -> Duration {
    let percent = RandomState::new().hash_one(()) % 11;
    age.saturating_add(age / 100 * percent as u32)
}

/// The daemon's whole mind. A daemon that is replaced leaves it to its successor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// Who answers requests. Without one, connections wait in the backlog.
    serving: Option<Serving>,
    /// Who comes next: after nobody, or in a roll beside the one that serves.
    next: Option<Next>,
    /// The exit code, from the moment at which everybody was told to leave.
    ending: Option<u8>,
    /// Masters that were told to leave, or killed, and are not reaped yet.
    leaving: Vec<Leaving>,
    /// Deaths in a row without a healthy master, whatever the cause.
    deaths: u32,
    /// Masters started so far.
    started: u32,
    /// Those after the first, by why.
    restarts: Restarts,
    /// Whether a master ever served. Before that, a reason given by a master ends the launch.
    has_launched: bool,
    /// Whether what lies on the disk has failed since the last reload: then the last good program is the better one.
    is_disk_bad: bool,
    /// Whether an INT came: the next one is the second.
    was_interrupted: bool,
    /// Whom the start under way answers.
    waiters: Vec<Ticket>,
    /// A reload that arrived during a start or a drain and begins after it; and whom it answers.
    queued_reload: Option<Vec<Ticket>>,
    upgrade: Option<Upgrade>,
}

/// An upgrade of the daemon under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Upgrade {
    /// Whom it answers.
    ticket: Ticket,
    /// When the new program has been tried for long enough.
    until: Duration,
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
        self.act(Action::Say(Level::Info, line));
    }

    /// Says that something failed.
    fn warn(&mut self, line: String) {
        self.act(Action::Say(Level::Warn, line));
    }
}

impl State {
    /// The state before the first master: the first tick starts it.
    pub(crate) fn new() -> State {
        State {
            serving: None,
            next: Some(Next::Resting {
                until: Duration::ZERO,
                cause: None,
            }),
            ending: None,
            leaving: Vec::new(),
            deaths: 0,
            started: 0,
            restarts: Restarts::default(),
            has_launched: false,
            is_disk_bad: false,
            was_interrupted: false,
            waiters: Vec::new(),
            queued_reload: None,
            upgrade: None,
        }
    }

    /// Takes in an event at a time, counted from the daemon's start, and gives what to do about it.
    ///
    /// A beat or a tick without consequence allocates nothing.
    pub(crate) fn step(&mut self, event: Event, now: Duration, rules: &Rules) -> Vec<Action> {
        let mut turn = Turn {
            now,
            rules,
            actions: Vec::new(),
        };
        match event {
            Event::Tick => self.tick(&mut turn),
            Event::Overslept(late) => self.forgive(late, &turn),
            Event::Ready(id, loops) => self.ready(id, loops, &mut turn),
            Event::Beat(id, index) => self.beat(id, index, &mut turn),
            Event::Unwell(id, cause, reason) => self.unwell(id, cause, &reason, &mut turn),
            Event::Spent(id, reason) => self.spent(id, reason, &turn),
            Event::Failed(id, reason) => self.failed(id, reason, &mut turn),
            Event::NotStarted(id, reason) => self.not_started(id, &reason, &mut turn),
            Event::Exited(id, end) => self.exited(id, end, &mut turn),
            Event::Reload(ticket) => self.reload(ticket, &mut turn),
            Event::Upgrade(ticket) => self.upgrade(ticket, &mut turn),
            Event::Rehearsed(result) => self.rehearsed(result, &mut turn),
            Event::NotReplaced(reason) => self.refuse_upgrade(&reason, &mut turn),
            Event::Replaced => self.upgraded(&mut turn),
            Event::Terminate => self.terminate(&mut turn),
            Event::Interrupt => self.interrupt(&mut turn),
        }
        self.assert_sound();
        turn.actions
    }

    /// When the next tick is due, if nothing else happens.
    pub(crate) fn deadline(&self, rules: &Rules) -> Option<Duration> {
        let kills = self.leaving.iter().filter_map(|master| master.kill_at).min();
        let next = self.next.as_ref().map(Next::deadline);
        let silence = rules
            .watchdog
            .and_then(|watchdog| Some(self.watched()?.look_at(watchdog)));
        let rehearsal = self.upgrade.as_ref().map(|upgrade| upgrade.until);
        [kills, next, silence, rehearsal, self.recycle_at()]
            .into_iter()
            .flatten()
            .min()
    }

    /// With which code the daemon may end now.
    pub(crate) fn exit_code(&self) -> Option<u8> {
        self.ending.filter(|_| self.leaving.is_empty())
    }

    /// The master that serves, if one does.
    pub(crate) fn serving(&self) -> Option<Id> {
        self.serving.as_ref().map(|master| master.id)
    }

    /// The master that is on the way, if one is.
    pub(crate) fn next(&self) -> Option<&Next> {
        self.next.as_ref()
    }

    /// Whether every master was told to leave for good.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// Whether the master was told to leave or killed.
    pub(crate) fn is_leaving(&self, id: Id) -> bool {
        self.leaving.iter().any(|master| master.id == id)
    }

    /// Deaths in a row without a healthy master.
    pub(crate) fn deaths(&self) -> u32 {
        self.deaths
    }

    /// Masters started after the first.
    pub(crate) fn restarts(&self) -> u32 {
        self.started.saturating_sub(1)
    }

    /// The same by why.
    pub(crate) fn restarts_by_cause(&self) -> Restarts {
        self.restarts
    }

    /// The master whose silence would change something. A faulty one is being replaced already.
    fn watched(&self) -> Option<&Serving> {
        self.serving.as_ref().filter(|master| !master.is_faulty)
    }

    /// Whether a deadline runs that is not to pass while nobody can do anything about it.
    pub(crate) fn is_waiting_for_a_master(&self) -> bool {
        matches!(self.next, Some(Next::Starting(_))) || !self.leaving.is_empty() || self.upgrade.is_some()
    }

    /// This master, if it is the one on the way.
    fn starting(&mut self, id: Id) -> Option<&mut Starting> {
        match &mut self.next {
            Some(Next::Starting(start)) if start.id == id => Some(start),
            _ => None,
        }
    }

    fn tick(&mut self, turn: &mut Turn<'_>) {
        self.kill_overdue(turn);
        self.end_rehearsal_if_overdue(turn);
        match &self.next {
            Some(Next::Resting { until, cause }) if *until <= turn.now => self.start(*cause, turn),
            Some(Next::Starting(start)) if start.settles_at().is_some_and(|at| at <= turn.now) => {
                self.take_over(turn)
            }
            Some(Next::Starting(start)) if start.ready_by <= turn.now => self.start_overdue(turn),
            _ => {}
        }
        self.recycle_if_due(turn);
        let watched = self.serving.as_mut().filter(|master| !master.is_faulty);
        if let Some(master) = watched
            && let Some(watchdog) = turn.rules.watchdog
            && master.is_silent(turn.now, watchdog)
        {
            let (id, reason) = (master.id, master.silence(turn.now));
            self.unwell(id, Cause::Hang, &reason, turn);
        }
    }

    /// What holds after every step.
    fn assert_sound(&self) {
        let nobody_new = self.serving.is_none() && self.next.is_none();
        debug_assert_eq!(
            self.is_ending(),
            nobody_new,
            "somebody serves or comes, until the end begins: {self:?}"
        );
        debug_assert!(
            self.serving.as_ref().is_none_or(|master| !master.is_faulty) || self.next.is_some(),
            "a faulty master has a successor on the way: {self:?}"
        );
        debug_assert!(
            self.serving
                .as_ref()
                .is_none_or(|master| !self.is_leaving(master.id)),
            "who serves is not leaving: {self:?}"
        );
        debug_assert!(
            self.waiters.is_empty() || matches!(self.next, Some(Next::Starting(_))),
            "whoever waits waits for a start: {self:?}"
        );
        debug_assert!(
            self.queued_reload.is_none()
                || matches!(self.next, Some(Next::Starting(_)))
                || !self.leaving.is_empty(),
            "a reload waits for a start or a drain: {self:?}"
        );
    }
}
