//! Masters that are replaced although they are well: they have served for long enough, or said so themselves.

use std::time::Duration;

use super::{
    Cause, Id, State, Turn,
    masters::{Spent, seconds},
};

impl State {
    /// A master says that it has done enough.
    pub(super) fn spent(&mut self, id: Id, reason: String, turn: &Turn<'_>) {
        if let Some(master) = self.serving.as_mut().filter(|master| master.id == id) {
            let at = turn.now;
            master.spent = Some(Spent { at, reason });
        }
    }

    /// From now on its time runs.
    pub(super) fn begin_to_age(&mut self, turn: &Turn<'_>) {
        let (Some(master), Some(age)) = (&mut self.serving, turn.rules.recycle_age) else {
            return;
        };
        let at = turn.now.saturating_add(age);
        let reason = format!("has served for {}", seconds(age));
        master.spent = Some(Spent { at, reason });
    }

    /// When that has to be looked at, if anything could be done about it then.
    pub(super) fn recycle_at(&self) -> Option<Duration> {
        let spent = self.serving.as_ref()?.spent.as_ref()?;
        (self.can_roll() && self.upgrade.is_none()).then_some(spent.at)
    }

    pub(super) fn recycle_if_due(&mut self, turn: &mut Turn<'_>) {
        if self.recycle_at().is_none_or(|at| at > turn.now) {
            return;
        }
        let Some(master) = &mut self.serving else { return };
        let Some(spent) = &mut master.spent else { return };
        // Should its successor fail, another one is tried then.
        spent.at = turn.now.saturating_add(turn.rules.backoff.longest);
        turn.say(format!(
            "{} {}; it serves until its successor is ready",
            master.id, spent.reason
        ));
        self.start(Some(Cause::Recycle), turn);
    }
}
