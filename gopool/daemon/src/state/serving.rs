//! A master in service: its heartbeats, its complaints and its death.

use std::time::Duration;

use super::{Action, Cause, End, GAVE_UP, Id, Phase, State, Turn, masters::Serving};

impl State {
    pub(super) fn beat(&mut self, id: Id, index: usize, now: Duration) {
        if let Some(master) = self.serving_mut().filter(|master| master.id == id) {
            master.hear(index, now);
        }
    }

    pub(super) fn forgive_silence(&mut self, now: Duration) {
        if let Some(master) = self.serving_mut() {
            master.hear_all(now);
        }
    }

    /// Counts the end of a master that served until then: a healthy one forgives the deaths before it.
    fn count(&mut self, master: &Serving, until: Duration, turn: &Turn<'_>) {
        let healthy = until.saturating_sub(master.since) >= turn.rules.backoff.healthy_after;
        self.deaths = if healthy { 0 } else { self.deaths + 1 };
    }

    /// The serving master has to be replaced; it goes on until its successor is ready.
    pub(super) fn unwell(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
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

    pub(super) fn exited(&mut self, id: Id, end: End, turn: &mut Turn<'_>) {
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
}
