//! Masters on their way out, and the end of the daemon.

use super::{Action, End, GRACE, INTERRUPTED, Id, Notice, Phase, STOPPED, State, Turn, masters::Leaving};

impl State {
    /// Tells every master to leave; the daemon ends with `code` when the last is gone.
    pub(super) fn stop(&mut self, code: u8, turn: &mut Turn<'_>) {
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

    pub(super) fn terminate(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.phase, Phase::Stopping(_) | Phase::Ended(_)) {
            turn.say("asked to stop; draining".to_owned());
            self.stop(STOPPED, turn);
        }
    }

    pub(super) fn interrupt(&mut self, turn: &mut Turn<'_>) {
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

    /// Asks a master to drain and leave, and sets the time after which it is killed.
    pub(super) fn dismiss(&mut self, id: Id, why: String, turn: &mut Turn<'_>) {
        self.expect_to_leave(id, why, turn);
        turn.act(Action::Terminate(id));
    }

    /// Asks a master to leave its clients to the one that serves already, and sets the time after which it is killed.
    pub(super) fn hand_over(&mut self, old: Id, to: Id, turn: &mut Turn<'_>) {
        self.expect_to_leave(old, format!("replaced by {to}"), turn);
        turn.act(Action::HandOver(old));
    }

    fn expect_to_leave(&mut self, id: Id, why: String, turn: &mut Turn<'_>) {
        let kill_at = Some(
            turn.now
                .saturating_add(turn.rules.shutdown_timeout.saturating_add(GRACE)),
        );
        self.leaving.push(Leaving { id, kill_at, why });
    }

    pub(super) fn kill_overdue(&mut self, turn: &mut Turn<'_>) {
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

    pub(super) fn left(&mut self, index: usize, end: End, turn: &mut Turn<'_>) {
        let Leaving { id, why, .. } = self.leaving.swap_remove(index);
        turn.say(format!("{id} {}, as told ({why})", end.how));
        turn.act(Action::Remember(end, why));
        self.end_when_empty(turn);
        self.reload_again(turn);
    }

    fn end_when_empty(&mut self, turn: &mut Turn<'_>) {
        if let (Phase::Stopping(code), true) = (&self.phase, self.leaving.is_empty()) {
            let code = *code;
            turn.say(format!("no master is left; exit code {code}"));
            self.phase = Phase::Ended(code);
        }
    }
}
