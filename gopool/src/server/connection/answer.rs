//! The answer to a request: awaited while its client is watched, and written.

use std::{future::poll_fn, io, pin::pin, task::Poll};

use actix_http::{
    ConnectionType, Request, Response, StatusCode,
    body::{BodySize, BoxBody, MessageBody as _},
    h1::{Codec, Message},
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use actix_web::http::{Method, Version};
use tokio_util::codec::Encoder as _;

use super::{
    shared::{Answerer, Connection},
    stream::Stream,
    wire::{BodyState, Wire},
};
use crate::error::Error;

/// How much of a streamed answer is collected before it is sent, and what a body may have to be sent together with its head.
const WRITE_BEHIND: usize = 32 << 10;

/// What of a request decides how its answer is written.
#[derive(Clone, Copy)]
struct To {
    is_head: bool,
    is_old: bool,
}

impl<Io: Stream, A: Answerer> Connection<'_, Io, A> {
    /// Answers a request. The value is whether another one may follow.
    ///
    /// # Errors
    /// The client has left, or takes nothing, or the answer broke off.
    pub(super) async fn answer(&self, request: Request) -> io::Result<bool> {
        let to = To {
            is_head: *request.method() == Method::HEAD,
            is_old: request.head().version == Version::HTTP_10,
        };
        let mut answering = pin!(self.answerer.answer(request));
        let response = poll_fn(|context| {
            if let Poll::Ready(response) = answering.as_mut().poll(context) {
                return Poll::Ready(Some(response));
            }
            self.wire.borrow_mut().poll_left(context).map(|()| None)
        });
        let response = response.await.ok_or(io::ErrorKind::ConnectionAborted)?;
        self.write(response, to).await?;
        let wire = self.wire.borrow();
        Ok(wire.codec.keep_alive() && wire.can_go_on())
    }

    /// Answers what is no request, which is the end.
    pub(super) async fn refuse(&self, refusal: &Error) -> io::Result<bool> {
        let mut response = self.answerer.refuse(refusal, self.peer);
        response.head_mut().set_connection_type(ConnectionType::Close);
        let to = {
            // What the old codec knows is of another request.
            let wire = &mut *self.wire.borrow_mut();
            wire.codec = Codec::new(wire.codec.config().clone());
            wire.body = BodyState::Broken;
            To {
                is_head: wire.is_head,
                is_old: false,
            }
        };
        self.write(response, to).await?;
        Ok(false)
    }

    async fn write(&self, response: Response<BoxBody>, to: To) -> io::Result<()> {
        let streamed = {
            let wire = &mut *self.wire.borrow_mut();
            let is_left = wire.has_ended && wire.input.is_empty();
            let is_last = is_left || self.answerer.is_stopping();
            wire.encode(response, to, is_last)?
        };
        if let Some(body) = streamed {
            self.stream(body, to).await?;
        }
        self.flush().await
    }

    /// Sends a body as it comes.
    async fn stream(&self, body: BoxBody, to: To) -> io::Result<()> {
        let mut body = pin!(body);
        loop {
            let chunk = poll_fn(|context| {
                if let Poll::Ready(chunk) = body.as_mut().poll_next(context) {
                    return Poll::Ready(Ok(chunk));
                }
                // What there is goes out before more is waited for.
                let wire = &mut *self.wire.borrow_mut();
                if let Poll::Ready(Err(error)) = wire.poll_send(context) {
                    return Poll::Ready(Err(error));
                }
                let left = wire.poll_left(context);
                left.map(|()| Err(io::ErrorKind::ConnectionAborted.into()))
            });
            let chunk = self.or_cut(chunk.await)?;
            if let Some(Err(_)) = chunk {
                return self.break_off(to).await;
            }
            let is_full = {
                let wire = &mut *self.wire.borrow_mut();
                let Some(Ok(chunk)) = chunk else {
                    return wire.codec.encode(Message::Chunk(None), &mut wire.output);
                };
                wire.codec.encode(Message::Chunk(Some(chunk)), &mut wire.output)?;
                wire.output.len() >= WRITE_BEHIND
            };
            if is_full {
                self.flush().await?;
            }
        }
    }

    /// Ends in the middle of an answer, which must not look like a whole one. What there is of it goes out, for its last words may say why.
    async fn break_off(&self, to: To) -> io::Result<()> {
        self.flush().await?;
        // Who counts on chunks or a length sees that something is missing; others would take the close for the end.
        if to.is_old {
            self.wire.borrow().io.abort();
        }
        Err(io::ErrorKind::BrokenPipe.into())
    }

    async fn flush(&self) -> io::Result<()> {
        self.or_cut(poll_fn(|context| self.wire.borrow_mut().poll_send(context)).await)
    }

    /// What a wait came to, having counted a client that was cut off.
    fn or_cut<T>(&self, waited: io::Result<T>) -> io::Result<T> {
        if waited.is_err()
            && let Some(why) = self.wire.borrow_mut().cut.take()
        {
            self.answerer.cut(why);
        }
        waited
    }
}

impl<Io: Stream> Wire<Io> {
    /// Writes the head, and the body unless that is one to be streamed.
    fn encode(&mut self, response: Response<BoxBody>, to: To, is_last: bool) -> io::Result<Option<BoxBody>> {
        let (mut response, body) = response.into_parts();
        let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS && self.plain.take().is_some();
        if !switches {
            self.end_body();
            debug_assert!(!response.status().is_informational(), "{:?}", response.status());
        }
        let size = self.frame(&mut response, body.size(), to);
        // Whoever has just been too slow is not waited for again.
        let is_slow = response.status() == StatusCode::REQUEST_TIMEOUT && self.body != BodyState::Read;
        if (is_last || is_slow || !self.can_go_on()) && !switches {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        self.codec
            .encode(Message::Item((response, size)), &mut self.output)?;
        if to.is_head || matches!(size, BodySize::None | BodySize::Sized(0)) {
            return Ok(None);
        }
        let bytes = match body.try_into_bytes() {
            Ok(bytes) => bytes,
            Err(body) => return Ok(Some(body)),
        };
        if bytes.len() > WRITE_BEHIND && matches!(size, BodySize::Sized(_)) {
            // Its length frames it, so it need not be copied.
            self.large = bytes;
        } else {
            self.codec.encode(Message::Chunk(Some(bytes)), &mut self.output)?;
            self.codec.encode(Message::Chunk(None), &mut self.output)?;
        }
        Ok(None)
    }

    /// Ends what is left of the request's body with the answer.
    fn end_body(&mut self) {
        self.refuse_upgrade();
        self.give_up_body();
        self.forget_unwanted();
    }

    /// How long the body is that this answer may have.
    fn frame(&mut self, response: &mut Response<()>, size: BodySize, to: To) -> BodySize {
        match response.status() {
            StatusCode::NO_CONTENT => BodySize::None,
            StatusCode::NOT_MODIFIED => {
                response.headers_mut().remove(CONTENT_LENGTH);
                response.headers_mut().remove(TRANSFER_ENCODING);
                BodySize::None
            }
            StatusCode::RESET_CONTENT => BodySize::Sized(0),
            _ if size == BodySize::Stream && to.is_old => {
                // Who does not know chunks reads to the end of the connection.
                response.head_mut().no_chunking(true);
                response.head_mut().set_connection_type(ConnectionType::Close);
                size
            }
            _ if size == BodySize::None => BodySize::Sized(0),
            _ => size,
        }
    }
}
