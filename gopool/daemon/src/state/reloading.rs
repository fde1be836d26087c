//! Reloads: begun, made to wait, and answered.

use super::{Action, Cause, Notice, Phase, State, Ticket, Turn, masters::Next};

impl State {
    pub(super) fn reload(&mut self, ticket: Option<Ticket>, turn: &mut Turn<'_>) {
        match &self.phase {
            Phase::Stopping(_) | Phase::Ended(_) => {
                self.asked.extend(ticket);
                self.answer(Err("the daemon is stopping".to_owned()), turn);
            }
            Phase::Serving(_) if self.leaving.is_empty() => {
                self.asked.extend(ticket);
                self.roll(turn);
            }
            // The operator has repaired something: waiting longer helps nobody.
            Phase::Down(Next::Resting { .. })
            | Phase::Rolling {
                next: Next::Resting { .. },
                ..
            } => {
                self.asked.extend(ticket);
                turn.say("reload asked for; starting the next master now".to_owned());
                self.start(turn);
            }
            // The start under way may have loaded the former binary, and draining masters must not pile up.
            _ => {
                turn.say("reload asked for; it begins when the present start or drain is over".to_owned());
                self.again.get_or_insert_default().extend(ticket);
            }
        }
    }

    /// Begins the reload that had to wait, once nothing is in its way.
    pub(super) fn reload_again(&mut self, turn: &mut Turn<'_>) {
        let resting = matches!(self.next(), Some(Next::Resting { .. }));
        let free = matches!(self.phase, Phase::Serving(_)) && self.leaving.is_empty();
        if !resting && !free {
            return;
        }
        let Some(tickets) = self.again.take() else { return };
        self.asked.extend(tickets);
        if free { self.roll(turn) } else { self.start(turn) }
    }

    fn roll(&mut self, turn: &mut Turn<'_>) {
        self.phase = match self.take_phase() {
            Phase::Serving(old) => {
                turn.say(format!(
                    "reload asked for; {} serves until its successor is ready",
                    old.id
                ));
                Phase::Rolling {
                    old,
                    next: Next::Resting { until: turn.now },
                    cause: Cause::Reload,
                }
            }
            other => other,
        };
        turn.act(Action::Notify(Notice::Reloading));
        self.start(turn);
    }

    pub(super) fn answer(&mut self, result: Result<String, String>, turn: &mut Turn<'_>) {
        if !self.asked.is_empty() {
            turn.act(Action::Answer(std::mem::take(&mut self.asked), result));
        }
    }
}
