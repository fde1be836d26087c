//! The daemon's own program replaced: tried out first, then put in its place, then a master of it rolled in.

use super::{Action, State, Ticket, Turn, Upgrade};

impl State {
    pub(super) fn upgrade(&mut self, ticket: Ticket, turn: &mut Turn<'_>) {
        let refusal = match (self.is_ending(), &self.upgrade) {
            (true, _) => "the daemon is stopping",
            (false, Some(_)) => "an upgrade is under way already",
            (false, None) => {
                let until = turn.now.saturating_add(turn.rules.ready_timeout);
                self.upgrade = Some(Upgrade { ticket, until });
                turn.say("upgrade asked for; trying out the program on the disk".to_owned());
                return turn.act(Action::Rehearse);
            }
        };
        turn.act(Action::Answer(vec![ticket], Err(refusal.to_owned())));
    }

    pub(super) fn rehearsed(&mut self, result: Result<(), String>, turn: &mut Turn<'_>) {
        if self.upgrade.is_none() {
            return;
        }
        match result {
            Ok(()) => turn.act(Action::ReplaceDaemon),
            Err(reason) => self.refuse_upgrade(&reason, turn),
        }
    }

    /// The daemon goes on as it is.
    pub(super) fn refuse_upgrade(&mut self, reason: &str, turn: &mut Turn<'_>) {
        let Some(Upgrade { ticket, .. }) = self.upgrade.take() else {
            return;
        };
        let line = format!("upgrade refused: {reason}; the daemon goes on as it is");
        turn.warn(line.clone());
        turn.act(Action::Answer(vec![ticket], Err(line)));
    }

    /// This is the new program.
    pub(super) fn upgraded(&mut self, turn: &mut Turn<'_>) {
        if let Some(Upgrade { ticket, .. }) = self.upgrade.take() {
            turn.say("the daemon was replaced by the program on the disk".to_owned());
            self.reload(Some(ticket), turn);
        }
    }

    pub(super) fn end_rehearsal(&mut self, reason: &str, turn: &mut Turn<'_>) {
        if self.upgrade.is_some() {
            turn.act(Action::EndRehearsal);
            self.refuse_upgrade(reason, turn);
        }
    }

    pub(super) fn end_rehearsal_if_overdue(&mut self, turn: &mut Turn<'_>) {
        if self
            .upgrade
            .as_ref()
            .is_some_and(|upgrade| upgrade.until <= turn.now)
        {
            self.end_rehearsal(
                "the new program did not say that all is well within the ready limit",
                turn,
            );
        }
    }
}
