//! From nobody to a master that is ready, and what a failed start leads to.

use super::{
    Action, Cause, GAVE_UP, Id, NOT_LAUNCHED, Notice, Phase, State, Turn,
    masters::{Leaving, Next, Serving, Starting, seconds},
};

impl State {
    /// Starts the next master now, whoever serves meanwhile.
    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
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

    pub(super) fn not_started(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.starting().is_some_and(|start| start.id == id) {
            self.start_lost(&format!("{id} could not be run: {reason}"), turn);
        }
    }

    /// The start under way came to nothing; its process is leaving, gone, or never was.
    pub(super) fn start_lost(&mut self, reason: &str, turn: &mut Turn<'_>) {
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

    /// Says why and for how long the next start waits; `None` when the deaths are too many.
    pub(super) fn rest_after(&self, reason: &str, turn: &mut Turn<'_>) -> Option<Next> {
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

    pub(super) fn give_up(&mut self, left: Phase, reason: &str, turn: &mut Turn<'_>) {
        self.phase = left;
        turn.say(format!(
            "giving up after {} deaths without a healthy master; the last: {reason}",
            self.deaths
        ));
        self.stop(GAVE_UP, turn);
    }

    pub(super) fn ready(&mut self, id: Id, loops: usize, turn: &mut Turn<'_>) {
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
            self.hand_over(old.id, id, turn);
        } else {
            turn.say(format!("{id} is ready and serves"));
        }
        self.phase = Phase::Serving(Serving::new(id, loops, turn.now));
        turn.act(Action::Notify(Notice::Ready));
        self.answer(Ok(format!("{id} serves")), turn);
        self.reload_again(turn);
    }
}
