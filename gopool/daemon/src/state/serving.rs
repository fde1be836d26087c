//! A master in service: its heartbeats, its complaints and its death.

use std::time::Duration;

use super::{
    Action, Cause, End, Id, State, Turn,
    masters::{Next, Serving},
};
use crate::settings::beat_every;

impl State {
    pub(super) fn beat(&mut self, id: Id, index: usize, turn: &mut Turn<'_>) {
        if let Some(master) = self.serving.as_mut().filter(|master| master.id == id) {
            master.hear(index, turn.now);
        } else if let Some(start) = self.starting(id) {
            start.hear(index);
            self.settle(turn);
        }
    }

    /// Nobody is blamed for a time in which the daemon did not run: it heard nobody, and nobody may have run either.
    pub(super) fn forgive(&mut self, late: Duration, turn: &Turn<'_>) {
        if let Some(Next::Starting(start)) = &mut self.next {
            start.ready_by = start.ready_by.saturating_add(late);
        }
        for kill_at in self
            .leaving
            .iter_mut()
            .filter_map(|master| master.kill_at.as_mut())
        {
            *kill_at = kill_at.saturating_add(late);
        }
        if let Some(upgrade) = &mut self.upgrade {
            upgrade.until = upgrade.until.saturating_add(late);
        }
        if let Some(master) = self
            .serving
            .as_mut()
            .filter(|_| late > beat_every(turn.rules.watchdog))
        {
            master.hear_all(turn.now);
        }
    }

    /// Counts the end of a master that served until then: a healthy one forgives the deaths before it.
    fn count(&mut self, master: &Serving, until: Duration, turn: &Turn<'_>) {
        let is_health = turn.rules.backoff.is_health(master.served(until));
        self.deaths = if is_health {
            0
        } else {
            self.deaths.saturating_add(1)
        };
    }

    /// The serving master has to be replaced; it goes on until its successor is ready.
    pub(super) fn unwell(&mut self, id: Id, cause: Cause, reason: &str, turn: &mut Turn<'_>) {
        if self.watched().is_none_or(|master| master.id != id) {
            return;
        }
        let Some(mut master) = self.serving.take() else {
            return;
        };
        self.count(&master, master.last_well(), turn);
        master.is_faulty = true;
        self.serving = Some(master);
        self.replace(&format!("{id} {reason}"), cause, turn);
    }

    /// The serving master died unasked.
    fn died(&mut self, master: &Serving, reason: &str, turn: &mut Turn<'_>) {
        // A fault was counted when it was seen.
        if !master.is_faulty {
            self.count(master, turn.now, turn);
        }
        self.replace(reason, Cause::Crash, turn);
        // Whoever is ready is better than nobody, even if not every event loop was heard yet.
        self.take_over(turn);
    }

    /// Sees to a successor, if none is on the way. One that a reload has started is needed for another reason from now on.
    fn replace(&mut self, reason: &str, cause: Cause, turn: &mut Turn<'_>) {
        match &mut self.next {
            None => self.rest(reason, cause, turn),
            Some(next) => {
                if let Next::Starting(start) = next
                    && let Some(was) = start.cause.take_if(|was| was.is_wish())
                {
                    start.cause = Some(cause);
                    self.restarts.recount(was, cause);
                }
                turn.warn(format!("{reason}; its successor is already on the way"));
            }
        }
    }

    pub(super) fn exited(&mut self, id: Id, end: End, turn: &mut Turn<'_>) {
        if let Some(index) = self.leaving.iter().position(|master| master.id == id) {
            return self.left(index, end, turn);
        }
        if self.starting(id).is_some() {
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
