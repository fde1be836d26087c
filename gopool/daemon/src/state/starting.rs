//! From nobody to a master that is ready, and what a failed start leads to.

use super::{
    Action, Id, Notice, State, Turn,
    masters::{Leaving, Next, Serving, Starting, seconds},
};
use crate::exit_code::{GAVE_UP, NOT_LAUNCHED};

impl State {
    /// Starts the next master now, whoever serves meanwhile.
    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        self.started += 1;
        let id = Id(self.started);
        let ready_by = turn.now.saturating_add(turn.rules.ready_timeout);
        self.next = Some(Next::Starting(Starting { id, ready_by }));
        turn.act(Action::Start(id));
    }

    pub(super) fn start_overdue(&mut self, start: Starting, turn: &mut Turn<'_>) {
        let reason = format!("was not ready within {}", seconds(turn.rules.ready_timeout));
        turn.act(Action::Kill(start.id));
        self.leaving.push(Leaving {
            id: start.id,
            kill_at: None,
            why: reason.clone(),
        });
        self.start_lost(&format!("{} {reason}", start.id), turn);
    }

    pub(super) fn failed(&mut self, id: Id, reason: String, turn: &mut Turn<'_>) {
        if !self.is_starting(id) {
            return;
        }
        self.next = None;
        self.dismiss(id, reason.clone(), turn);
        let reason = format!("{id} cannot start: {reason}");
        // A configuration that never worked is told once, with its cause; trying again would only hide it.
        if self.has_launched {
            self.start_lost(&reason, turn);
        } else {
            turn.say(format!("{reason}; giving up, nothing was ever up"));
            self.stop(NOT_LAUNCHED, turn);
        }
    }

    pub(super) fn not_started(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.is_starting(id) {
            self.start_lost(&format!("{id} could not be run: {reason}"), turn);
        }
    }

    /// The start under way came to nothing; its process is leaving, gone, or never was.
    pub(super) fn start_lost(&mut self, reason: &str, turn: &mut Turn<'_>) {
        self.next = None;
        self.answer(Err(reason.to_owned()), turn);
        match self.watched() {
            Some(master) => {
                turn.say(format!("reload failed: {reason}; {} goes on serving", master.id));
                turn.act(Action::Notify(Notice::Ready));
            }
            None => {
                self.deaths += 1;
                self.rest(reason, turn);
            }
        }
        self.begin_queued_reload(turn);
    }

    /// Says why and for how long the next start waits, or gives up when the deaths are too many.
    pub(super) fn rest(&mut self, reason: &str, turn: &mut Turn<'_>) {
        let Some(delay) = turn.rules.backoff.delay(self.deaths) else {
            return self.give_up(reason, turn);
        };
        let next = match self.deaths {
            0 => "starting the next at once".to_owned(),
            deaths => format!(
                "starting the next in {} ms (death {deaths} of {})",
                delay.as_millis(),
                turn.rules.backoff.give_up
            ),
        };
        turn.say(format!("{reason}; {next}"));
        self.next = Some(Next::Resting {
            until: turn.now.saturating_add(delay),
        });
    }

    fn give_up(&mut self, reason: &str, turn: &mut Turn<'_>) {
        turn.say(format!(
            "giving up after {} deaths without a healthy master; the last: {reason}",
            self.deaths
        ));
        self.stop(GAVE_UP, turn);
    }

    pub(super) fn ready(&mut self, id: Id, loops: usize, turn: &mut Turn<'_>) {
        if !self.is_starting(id) {
            return;
        }
        self.next = None;
        self.has_launched = true;
        match self.serving.replace(Serving::new(id, loops, turn.now)) {
            Some(old) => self.succeed(&old, id, turn),
            None => turn.say(format!("{id} is ready and serves")),
        }
        turn.act(Action::Notify(Notice::Ready));
        self.answer(Ok(format!("{id} serves")), turn);
        self.begin_queued_reload(turn);
    }

    fn succeed(&mut self, old: &Serving, new: Id, turn: &mut Turn<'_>) {
        // A fault was counted when it was seen. Being reloaded is no death, but it may have been health.
        if !old.is_faulty && old.was_healthy(turn.rules.backoff.healthy_after, turn.now) {
            self.deaths = 0;
        }
        turn.say(format!("{new} is ready and serves; draining {}", old.id));
        self.hand_over(old.id, new, turn);
    }
}
