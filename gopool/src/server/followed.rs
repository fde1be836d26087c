//! The body of an answer that flows, followed to its end: until then its request is being served, and its line of the log waits.

use std::{
    cell::RefCell,
    error::Error as StdError,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use super::{seen::Seen, watch::Ticket};

/// What breaks off an answer whose request an operator has cancelled.
const CANCELLED: &str = "cancelled by an operator";

/// A body, and the request that it belongs to.
pub(super) struct Followed {
    body: BoxBody,
    /// `None` when nobody could cancel it.
    ticket: Option<Ticket>,
    seen: Rc<RefCell<Seen>>,
    bytes: u64,
    end: &'static str,
}

impl Followed {
    /// The same body, followed.
    pub(super) fn follow(body: BoxBody, seen: Rc<RefCell<Seen>>) -> BoxBody {
        let ticket = seen.borrow().watched.ticket();
        if let Some(ticket) = &ticket {
            ticket.send();
        }
        BoxBody::new(Self {
            body,
            ticket,
            seen,
            bytes: 0,
            end: "client left",
        })
    }
}

impl MessageBody for Followed {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn StdError>>>> {
        if self
            .ticket
            .as_ref()
            .is_some_and(|ticket| ticket.is_cancelled(context))
        {
            self.end = "cancelled";
            return Poll::Ready(Some(Err(CANCELLED.into())));
        }
        let next = Pin::new(&mut self.body).poll_next(context);
        match &next {
            Poll::Ready(Some(Ok(part))) => self.bytes += part.len() as u64,
            Poll::Ready(Some(Err(_))) => self.end = "failed",
            Poll::Ready(None) => self.end = "complete",
            Poll::Pending => {}
        }
        next
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.seen.borrow_mut().watched.flowed(self.bytes, self.end);
    }
}
