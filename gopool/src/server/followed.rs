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

use super::seen::Seen;

/// A body, and the request that it belongs to.
pub(super) struct Followed {
    body: BoxBody,
    seen: Rc<RefCell<Seen>>,
    bytes: u64,
    end: &'static str,
}

impl Followed {
    /// The same body, followed.
    pub(super) fn follow(body: BoxBody, seen: Rc<RefCell<Seen>>) -> BoxBody {
        BoxBody::new(Self {
            body,
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
