//! A master in service: its heartbeats, its complaints and its death.

use std::time::Duration;

use super::{Action, End, Id, State, Turn, masters::Serving};

impl State {
    pub(super) fn beat(&mut self, id: Id, index: usize, now: Duration) {
        if let Some(master) = self.serving.as_mut().filter(|master| master.id == id) {
            master.hear(index, now);
        }
    }

    pub(super) fn forgive_silence(&mut self, now: Duration) {
        if let Some(master) = &mut self.serving {
            master.hear_all(now);
        }
    }

    /// Counts the end of a master that served until then: a healthy one forgives the deaths before it.
    fn count(&mut self, master: &Serving, until: Duration, turn: &Turn<'_>) {
        let was_healthy = master.was_healthy(turn.rules.backoff.healthy_after, until);
        self.deaths = if was_healthy { 0 } else { self.deaths + 1 };
    }

    /// The serving master has to be replaced; it goes on until its successor is ready.
    pub(super) fn unwell(&mut self, id: Id, reason: &str, turn: &mut Turn<'_>) {
        if self.watched().is_none_or(|master| master.id != id) {
            return;
        }
        let Some(mut master) = self.serving.take() else {
            return;
        };
        self.count(&master, master.last_well(), turn);
        master.is_faulty = true;
        self.serving = Some(master);
        self.replace(&format!("{id} {reason}"), turn);
    }

    /// The serving master died unasked.
    fn died(&mut self, master: &Serving, reason: &str, turn: &mut Turn<'_>) {
        // A fault was counted when it was seen.
        if !master.is_faulty {
            self.count(master, turn.now, turn);
        }
        self.replace(reason, turn);
    }

    /// Sees to a successor, if none is on the way.
    fn replace(&mut self, reason: &str, turn: &mut Turn<'_>) {
        if self.next.is_some() {
            turn.say(format!("{reason}; its successor is already on the way"));
        } else {
            self.rest(reason, turn);
        }
    }

    pub(super) fn exited(&mut self, id: Id, end: End, turn: &mut Turn<'_>) {
        if let Some(index) = self.leaving.iter().position(|master| master.id == id) {
            return self.left(index, end, turn);
        }
        if self.is_starting(id) {
            let reason = format!("{} before it was ready", end.how);
            turn.act(Action::Remember(end, reason.clone()));
            return self.start_lost(&format!("{id} {reason}"), turn);
        }
        if let Some(master) = self.serving.take_if(|master| master.id == id) {
            turn.act(Action::Remember(end, "died while it served".to_owned()));
            self.died(&master, &format!("{id} {}", end.how), turn);
        }
    }
}
