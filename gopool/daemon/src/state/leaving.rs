//! Masters on their way out, and the end of the daemon.

use std::time::Duration;

use super::{
    Action, End, Id, Notice, State, Turn,
    masters::{Leaving, Next},
};
use crate::exit_code::{INTERRUPTED, STOPPED};

/// A master that uses its drain limit to the full still needs a moment to set its cancel tokens and leave.
const GRACE: Duration = Duration::from_millis(500);

impl State {
    /// Tells every master to leave; the daemon ends with `code` when the last is gone.
    pub(super) fn stop(&mut self, code: u8, why: &str, turn: &mut Turn<'_>) {
        turn.act(Action::Notify(Notice::Stopping(why.to_owned())));
        self.end_rehearsal("the daemon is stopping", turn);
        self.waiters
            .extend(self.queued_reload.take().into_iter().flatten());
        self.answer(Err("the daemon is stopping".to_owned()), turn);
        if let Some(Next::Starting(start)) = self.next.take() {
            self.dismiss(start.id, "the daemon stops".to_owned(), turn);
        }
        if let Some(master) = self.serving.take() {
            self.dismiss(master.id, "the daemon stops".to_owned(), turn);
        }
        self.ending = Some(code);
        self.end_when_empty(turn);
    }

    pub(super) fn terminate(&mut self, turn: &mut Turn<'_>) {
        if !self.is_ending() {
            turn.say("asked to stop; draining".to_owned());
            self.stop(STOPPED, "draining", turn);
        }
    }

    pub(super) fn interrupt(&mut self, turn: &mut Turn<'_>) {
        let is_second = std::mem::replace(&mut self.was_interrupted, true);
        if !is_second || !self.is_ending() || self.leaving.is_empty() {
            if self.is_ending() {
                turn.say("interrupted; draining already, and a second interrupt ends it at once".to_owned());
            }
            return self.terminate(turn);
        }
        turn.say("interrupted again; killing every master at once".to_owned());
        self.ending = Some(INTERRUPTED);
        for master in &mut self.leaving {
            master.kill_at = None;
            turn.act(Action::Kill(master.id));
        }
    }

    /// Asks a master to drain and leave, and sets the time after which it is killed.
    pub(super) fn dismiss(&mut self, id: Id, why: String, turn: &mut Turn<'_>) {
        self.expect_to_leave(id, why, turn.rules.drain_delay, turn);
        turn.act(Action::Terminate(id));
    }

    /// Asks a master to leave its clients to the one that serves already, and sets the time after which it is killed.
    pub(super) fn hand_over(&mut self, old: Id, to: Id, turn: &mut Turn<'_>) {
        self.expect_to_leave(old, format!("replaced by {to}"), Duration::ZERO, turn);
        turn.act(Action::HandOver(old));
    }

    fn expect_to_leave(&mut self, id: Id, why: String, delay: Duration, turn: &Turn<'_>) {
        let limit = turn
            .rules
            .shutdown_timeout
            .saturating_add(delay)
            .saturating_add(GRACE);
        let kill_at = Some(turn.now.saturating_add(limit));
        self.leaving.push(Leaving { id, kill_at, why });
    }

    pub(super) fn kill_overdue(&mut self, turn: &mut Turn<'_>) {
        for master in &mut self.leaving {
            if master.kill_at.take_if(|at| *at <= turn.now).is_some() {
                turn.warn(format!(
                    "{} did not leave in time; killing its process group",
                    master.id
                ));
                turn.act(Action::Kill(master.id));
            }
        }
    }

    pub(super) fn left(&mut self, index: usize, end: End, turn: &mut Turn<'_>) {
        let Leaving { id, why, .. } = self.leaving.swap_remove(index);
        turn.say(format!("{id} {}, as told ({why})", end.how));
        turn.act(Action::Remember(end, why));
        self.end_when_empty(turn);
        self.begin_queued_reload(turn);
    }

    fn end_when_empty(&self, turn: &mut Turn<'_>) {
        if let Some(code) = self.exit_code() {
            turn.say(format!("no master is left; exit code {code}"));
        }
    }
}
