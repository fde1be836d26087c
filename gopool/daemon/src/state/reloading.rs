//! Reloads: begun, made to wait, and answered.

use super::{Action, Cause, Notice, State, Ticket, Turn, masters::Next};

impl State {
    pub(super) fn reload(&mut self, ticket: Option<Ticket>, turn: &mut Turn<'_>) {
        if self.is_ending() {
            self.waiters.extend(ticket);
            self.answer(Err("the daemon is stopping".to_owned()), turn);
        } else if self.can_roll() {
            self.waiters.extend(ticket);
            self.roll(turn);
        } else if let Some(Next::Resting { cause, .. }) = self.next {
            // The operator has repaired something: waiting longer helps nobody.
            self.waiters.extend(ticket);
            turn.say("reload asked for; starting the next master now".to_owned());
            self.is_disk_bad = false;
            self.start(cause, turn);
        } else {
            // The start under way may have loaded the former binary, and draining masters must not pile up.
            turn.say("reload asked for; it begins when the present start or drain is over".to_owned());
            self.queued_reload.get_or_insert_default().extend(ticket);
        }
    }

    /// Begins the reload that had to wait, once nothing is in its way.
    pub(super) fn begin_queued_reload(&mut self, turn: &mut Turn<'_>) {
        if !self.can_roll() && !self.is_resting() {
            return;
        }
        let Some(tickets) = self.queued_reload.take() else {
            return;
        };
        self.waiters.extend(tickets);
        if let Some(Next::Resting { cause, .. }) = self.next {
            self.is_disk_bad = false;
            self.start(cause, turn);
        } else {
            self.roll(turn);
        }
    }

    pub(super) fn can_roll(&self) -> bool {
        self.serving.is_some() && self.next.is_none() && self.leaving.is_empty()
    }

    fn is_resting(&self) -> bool {
        matches!(self.next, Some(Next::Resting { .. }))
    }

    fn roll(&mut self, turn: &mut Turn<'_>) {
        if let Some(old) = self.serving() {
            turn.say(format!(
                "reload asked for; {old} serves until its successor is ready"
            ));
        }
        turn.act(Action::Notify(Notice::Reloading));
        // Whoever reloads has put something there.
        self.is_disk_bad = false;
        self.start(Some(Cause::Reload), turn);
    }

    pub(super) fn answer(&mut self, result: Result<String, String>, turn: &mut Turn<'_>) {
        if !self.waiters.is_empty() {
            turn.act(Action::Answer(std::mem::take(&mut self.waiters), result));
        }
    }
}
