//! A call that an operator may end before its time.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use super::watch::Ticket;
use crate::exec::{Execution, Ran};

/// A call on its way, which ends at once when its request is cancelled.
pub(super) struct Cancellable<'a> {
    execution: Execution<'a>,
    /// `None` when nobody could cancel it.
    ticket: Option<Ticket>,
}

impl<'a> Cancellable<'a> {
    pub(super) fn new(execution: Execution<'a>, ticket: Option<Ticket>) -> Self {
        Self { execution, ticket }
    }
}

impl Future for Cancellable<'_> {
    type Output = Ran;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ran> {
        // First, so that a call that is over, or starts and ends at once, costs no look at its ticket.
        if let Poll::Ready(ran) = Pin::new(&mut self.execution).poll(context) {
            return Poll::Ready(ran);
        }
        match &self.ticket {
            Some(ticket) if ticket.is_cancelled(context) => Poll::Ready(self.execution.cancel()),
            _ => Poll::Pending,
        }
    }
}
