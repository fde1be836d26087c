//! The body of a request, as whoever answers it reads it from the connection, in the connection's own task or in another one.
//!
//! It never asks the socket: it takes what the connection has read, and is woken by it. It does not keep the connection alive either.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::{Rc, Weak},
    task::{Context, Poll, Waker},
};

use actix_http::{
    error::PayloadError,
    h1::{Message, MessageType},
};
use bytes::Bytes;

use super::{
    stream::Stream,
    wire::{BodyState, Wire, remember},
};

/// The body of one request. Dropping it says that nobody wants what is left of it.
pub(super) struct Body<Io: Stream> {
    wire: Weak<RefCell<Wire<Io>>>,
    request: u64,
    /// Whoever reads on behind a failure must come to an end.
    has_failed: bool,
}

impl<Io: Stream> Body<Io> {
    pub(super) fn new(wire: &Rc<RefCell<Wire<Io>>>, request: u64) -> Self {
        Self {
            wire: Rc::downgrade(wire),
            request,
            has_failed: false,
        }
    }

    /// The connection, while it serves this body's request.
    fn wire(&self) -> Option<Rc<RefCell<Wire<Io>>>> {
        let wire = self.wire.upgrade()?;
        let is_current = wire.try_borrow().is_ok_and(|wire| wire.request == self.request);
        is_current.then_some(wire)
    }
}

impl<Io: Stream> Wire<Io> {
    /// Asks the client for the body, if it waits for that. Whoever refuses a request does so before.
    fn invite(&mut self) {
        if self.body == BodyState::Uninvited {
            self.body = BodyState::Wanted;
            if self.input.is_empty() {
                self.output.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
        }
    }

    fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, PayloadError>>> {
        if self.plain.is_some() {
            // What comes behind a wish for another protocol is this one's body only if the wish is granted.
            self.wait_for_more(context.waker());
            return Poll::Pending;
        }
        self.invite();
        while self.body == BodyState::Wanted {
            match self.decode() {
                Ok(Some(Message::Chunk(Some(chunk)))) => return Poll::Ready(Some(Ok(chunk))),
                Ok(Some(_)) => self.body = BodyState::Read,
                Ok(None) if self.has_ended => return Poll::Ready(self.ended()),
                Ok(None) => {
                    self.wait_for_more(context.waker());
                    return Poll::Pending;
                }
                Err(_) => {
                    self.body = BodyState::Broken;
                    return Poll::Ready(Some(Err(PayloadError::EncodingCorrupted)));
                }
            }
        }
        Poll::Ready((self.body != BodyState::Read).then(|| Err(incomplete())))
    }

    /// Has the connection read on, and wake who waits.
    fn wait_for_more(&mut self, waker: &Waker) {
        remember(&mut self.reader, waker);
        // In the connection's own task, it is about to do so.
        if let Some(server) = self.server.as_ref().filter(|server| !server.will_wake(waker)) {
            server.wake_by_ref();
        }
    }

    /// The client has closed its side. Only another protocol may end like that.
    fn ended(&mut self) -> Option<Result<Bytes, PayloadError>> {
        let is_whole = self.codec.message_type() == MessageType::Stream;
        self.body = BodyState::Broken;
        if let Some(server) = &self.server {
            server.wake_by_ref();
        }
        (!is_whole).then(|| Err(incomplete()))
    }
}

/// It ended before its end, which must not look like a whole one.
fn incomplete() -> PayloadError {
    PayloadError::Incomplete(Some(io::ErrorKind::UnexpectedEof.into()))
}

impl<Io: Stream> futures_util::Stream for Body<Io> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_failed {
            return Poll::Ready(None);
        }
        let next = match self.wire() {
            Some(wire) => wire.borrow_mut().poll_body(context),
            None => Poll::Ready(Some(Err(incomplete()))),
        };
        self.has_failed = matches!(next, Poll::Ready(Some(Err(_))));
        next
    }
}

impl<Io: Stream> Drop for Body<Io> {
    fn drop(&mut self) {
        let Some(wire) = self.wire() else { return };
        let Ok(mut wire) = wire.try_borrow_mut() else {
            return;
        };
        wire.reader = None;
        // The bytes after a wish for another protocol are no body unless it is granted.
        if wire.plain.is_none() {
            wire.give_up_body();
        }
    }
}
