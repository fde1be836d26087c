//! From nobody to a master that is ready, and what a failed start leads to.

use super::{
    Action, Cause, Id, Notice, State, Turn,
    masters::{Build, Leaving, Next, Serving, Starting},
};
use crate::{
    exit_code::{GAVE_UP, NOT_LAUNCHED},
    log::Level,
};

impl State {
    /// Starts the next master now, whoever serves meanwhile.
    pub(super) fn start(&mut self, cause: Option<Cause>, turn: &mut Turn<'_>) {
        self.started += 1;
        if let Some(cause) = cause {
            self.restarts.count(cause);
        }
        let id = Id(self.started);
        let build = match self.is_disk_bad {
            true if self.has_launched => Build::LastGood,
            _ => Build::OnDisk,
        };
        let ready_by = turn.now.saturating_add(turn.rules.ready_timeout);
        self.next = Some(Next::Starting(Starting::new((id, build), cause, ready_by)));
        turn.act(Action::Start(id, build));
    }

    pub(super) fn start_overdue(&mut self, turn: &mut Turn<'_>) {
        let Some(Next::Starting(start)) = &self.next else {
            return;
        };
        let (id, why) = (start.id, start.why_late(turn.rules.ready_timeout));
        turn.act(Action::Kill(id));
        let reason = format!("{id} {why}");
        self.leaving.push(Leaving {
            id,
            kill_at: None,
            why,
        });
        self.start_lost(&reason, turn);
    }

    pub(super) fn failed(&mut self, id: Id, reason: String, turn: &mut Turn<'_>) {
        if self.starting(id).is_none() {
            return;
        }
        self.dismiss(id, reason.clone(), turn);
        let reason = format!("{id} cannot start: {reason}");
        // A configuration that never worked is told once, with its cause; trying again would only hide it.
        if self.has_launched {
            self.start_lost(&reason, turn);
        } else {
            self.next = None;
            let line = format!("{reason}; giving up, nothing was ever up");
            turn.act(Action::Say(Level::Error, line.clone()));
            self.stop(NOT_LAUNCHED, &line, turn);
        }
    }

    pub(super) fn not_started(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.starting(id).is_some() {
            self.start_lost(&format!("{id} could not be run: {reason}"), turn);
        }
    }

    /// The start under way came to nothing; its process is leaving, gone, or never was.
    pub(super) fn start_lost(&mut self, reason: &str, turn: &mut Turn<'_>) {
        if let Some(Next::Starting(start)) = self.next.take() {
            self.is_disk_bad = start.build == Build::OnDisk;
        }
        self.answer(Err(reason.to_owned()), turn);
        match self.watched() {
            Some(master) => {
                let line = format!("reload failed: {reason}; {} goes on serving", master.id);
                turn.act(Action::Notify(Notice::Ready(line.clone())));
                turn.warn(line);
            }
            None => {
                self.deaths = self.deaths.saturating_add(1);
                self.rest(reason, Cause::FailedStart, turn);
            }
        }
        self.begin_queued_reload(turn);
    }

    /// Says why and for how long the next start waits. Too many deaths are the end, unless somebody serves: then he goes on.
    pub(super) fn rest(&mut self, reason: &str, cause: Cause, turn: &mut Turn<'_>) {
        let is_hopeless = turn.rules.backoff.is_hopeless(self.deaths);
        if is_hopeless && self.serving.is_none() {
            return self.give_up(reason, turn);
        }
        let delay = turn.rules.backoff.delay(self.deaths);
        let next = match (self.deaths, self.serving()) {
            (0, _) => "starting the next at once".to_owned(),
            (deaths, Some(old)) if is_hopeless => format!(
                "{deaths} masters in a row were no better, {old} goes on serving; trying the next in {} ms",
                delay.as_millis()
            ),
            (deaths, _) => format!(
                "starting the next in {} ms (death {deaths} of {})",
                delay.as_millis(),
                turn.rules.backoff.give_up
            ),
        };
        turn.warn(format!("{reason}; {next}"));
        self.next = Some(Next::Resting {
            until: turn.now.saturating_add(delay),
            cause: Some(cause),
        });
    }

    fn give_up(&mut self, reason: &str, turn: &mut Turn<'_>) {
        let line = format!(
            "giving up after {} deaths without a healthy master; the last: {reason}",
            self.deaths
        );
        turn.act(Action::Say(Level::Error, line.clone()));
        self.stop(GAVE_UP, &line, turn);
    }

    pub(super) fn ready(&mut self, id: Id, loops: usize, turn: &mut Turn<'_>) {
        if let Some(start) = self.starting(id) {
            start.say_ready(loops);
            self.settle(turn);
        }
    }

    /// Notes it when the next master is proven.
    pub(super) fn settle(&mut self, turn: &mut Turn<'_>) {
        if let Some(Next::Starting(start)) = &mut self.next {
            start.settle_if_proven(turn.now.saturating_add(turn.rules.settle));
        }
        self.take_over(turn);
    }

    /// Lets the next master serve: at once when it is ready and nobody else serves, else when it has settled.
    pub(super) fn take_over(&mut self, turn: &mut Turn<'_>) {
        let Some(Next::Starting(start)) = &self.next else {
            return;
        };
        let is_time = start.settles_at().is_some_and(|at| at <= turn.now);
        let Some(loops) = start.ready_loops().filter(|_| is_time || self.serving.is_none()) else {
            return;
        };
        let (id, build) = (start.id, start.build);
        self.next = None;
        self.has_launched = true;
        self.is_disk_bad &= build == Build::LastGood;
        turn.act(Action::Trust(id));
        let old = self.serving.replace(Serving::new(id, loops, turn.now));
        self.begin_to_age(turn);
        match old {
            Some(old) => self.succeed(&old, id, turn),
            None => turn.say(format!("{id} is ready and serves")),
        }
        turn.act(Action::Notify(Notice::Ready(format!("{id} serves"))));
        self.answer(Ok(format!("{id} serves")), turn);
        self.begin_queued_reload(turn);
    }

    fn succeed(&mut self, old: &Serving, new: Id, turn: &mut Turn<'_>) {
        // A fault was counted when it was seen. Being reloaded is no death, but it may have been health.
        if !old.is_faulty && turn.rules.backoff.is_health(old.served(turn.now)) {
            self.deaths = 0;
        }
        turn.say(format!("{new} is ready and serves; draining {}", old.id));
        self.hand_over(old.id, new, turn);
    }
}
