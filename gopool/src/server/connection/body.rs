//! The body of a request, as whoever answers it reads it from the connection.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_http::{
    error::PayloadError,
    h1::{Message, MessageType},
};
use bytes::Bytes;

use super::{
    stream::Stream,
    wire::{BodyState, Wire},
};

/// The body of one request. Dropping it says that nobody wants what is left of it.
pub(super) struct Body<Io: Stream> {
    wire: Rc<RefCell<Wire<Io>>>,
    request: u64,
}

impl<Io: Stream> Body<Io> {
    pub(super) fn new(wire: Rc<RefCell<Wire<Io>>>, request: u64) -> Self {
        Self { wire, request }
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
        self.invite();
        ready!(self.poll_send(context)).map_err(PayloadError::Io)?;
        while self.body == BodyState::Wanted {
            match self.decode() {
                Ok(Some(Message::Chunk(Some(chunk)))) => return Poll::Ready(Some(Ok(chunk))),
                Ok(Some(_)) => self.body = BodyState::Read,
                Ok(None) if self.has_ended => return Poll::Ready(self.ended()),
                Ok(None) => {
                    ready!(self.poll_fill(context)).map_err(PayloadError::Io)?;
                }
                Err(_) => {
                    self.body = BodyState::Broken;
                    return Poll::Ready(Some(Err(PayloadError::EncodingCorrupted)));
                }
            }
        }
        Poll::Ready(None)
    }

    /// The client has closed its side. Only another protocol may end like that.
    fn ended(&mut self) -> Option<Result<Bytes, PayloadError>> {
        let is_whole = self.codec.message_type() == MessageType::Stream;
        self.body = BodyState::Broken;
        (!is_whole).then(|| {
            Err(PayloadError::Incomplete(Some(
                io::ErrorKind::UnexpectedEof.into(),
            )))
        })
    }
}

impl<Io: Stream> futures_util::Stream for Body<Io> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut wire = self.wire.borrow_mut();
        if wire.request == self.request {
            wire.poll_body(context)
        } else {
            Poll::Ready(None)
        }
    }
}

impl<Io: Stream> Drop for Body<Io> {
    fn drop(&mut self) {
        let Ok(mut wire) = self.wire.try_borrow_mut() else {
            return;
        };
        // The bytes after a wish for another protocol are no body unless it is granted.
        if wire.request == self.request && wire.plain.is_none() {
            wire.give_up_body();
        }
    }
}
