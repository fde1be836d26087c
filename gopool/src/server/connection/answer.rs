//! The answer to a request: awaited while its client is watched, and written.

use std::{
    future::poll_fn,
    io,
    pin::pin,
    task::{Context, Poll, ready},
};

use actix_http::{
    ConnectionType, Request, RequestHead, Response, StatusCode,
    body::{BodySize, BoxBody, MessageBody as _},
    h1::{Codec, Message},
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use actix_web::http::{Method, Version};
use bytes::Bytes;
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
        let response = self.meanwhile(|context| answering.as_mut().poll(context)).await?;
        self.write(response, to).await?;
        let wire = self.wire.borrow();
        Ok(wire.codec.keep_alive() && wire.can_go_on())
    }

    /// Answers what is not served, which is the end. There is no `head` if it could not be read.
    pub(super) async fn refuse(&self, refusal: &Error, head: Option<&RequestHead>) -> io::Result<bool> {
        let mut response = self.answerer.refuse(refusal, head, self.peer);
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
            wire.pace.begin();
            let is_left = wire.has_ended && wire.input.is_empty();
            let is_last = is_left || self.answerer.is_stopping();
            wire.encode(response, to, is_last)?
        };
        if let Some(body) = streamed {
            self.stream(body, to).await?;
            // Such an answer may have been made of the request's body.
            self.wire.borrow_mut().end_body();
        }
        self.flush().await
    }

    /// Waits for what is made elsewhere, while the client is heard.
    async fn meanwhile<T>(&self, mut made: impl FnMut(&mut Context<'_>) -> Poll<T>) -> io::Result<T> {
        let made = poll_fn(|context| {
            loop {
                if let Poll::Ready(made) = made(context) {
                    return Poll::Ready(Ok(made));
                }
                ready!(self.wire.borrow_mut().poll_meanwhile(context))?;
            }
        });
        self.or_cut(made.await)
    }

    /// Sends a body as it comes.
    async fn stream(&self, body: BoxBody, to: To) -> io::Result<()> {
        let mut body = pin!(body);
        loop {
            let chunk = self.meanwhile(|context| body.as_mut().poll_next(context)).await?;
            let (is_last, encoded) = {
                let wire = &mut *self.wire.borrow_mut();
                (chunk.is_none(), wire.encode_part(chunk))
            };
            match encoded {
                Ok(_) if is_last => return Ok(()),
                Ok(is_full) if is_full => self.flush().await?,
                Ok(_) => {}
                Err(_) => return self.break_off(to).await,
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
        let size = self.frame(&mut response, body.size(), to);
        let has_none = to.is_head || matches!(size, BodySize::None | BodySize::Sized(0));
        let body = match has_none {
            true => Ok(Bytes::new()),
            false => body.try_into_bytes(),
        };
        match switches {
            true => self.begin_protocol(),
            false => self.begin_answer(body.is_err()),
        }
        // Whoever has just been too slow is not waited for again.
        let is_slow = response.status() == StatusCode::REQUEST_TIMEOUT && self.body != BodyState::Read;
        let goes_on = self.can_go_on() || (self.body == BodyState::Wanted && !is_slow);
        if (is_last || is_slow || !goes_on) && !switches {
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        self.codec
            .encode(Message::Item((response, size)), &mut self.output)?;
        match body {
            Err(body) => return Ok(Some(body)),
            Ok(_) if has_none => {}
            // Its length frames it, so it need not be copied.
            Ok(bytes) if bytes.len() > WRITE_BEHIND && matches!(size, BodySize::Sized(_)) => {
                self.large = bytes
            }
            Ok(bytes) => {
                self.codec.encode(Message::Chunk(Some(bytes)), &mut self.output)?;
                self.codec.encode(Message::Chunk(None), &mut self.output)?;
            }
        }
        Ok(None)
    }

    /// Writes a part of a body, or its end; whether enough is written to be sent.
    fn encode_part<E>(&mut self, part: Option<Result<Bytes, E>>) -> io::Result<bool> {
        match part {
            // An empty one would look like the end.
            Some(Ok(part)) if part.is_empty() => {}
            Some(Ok(part)) => self.codec.encode(Message::Chunk(Some(part)), &mut self.output)?,
            Some(Err(_)) => return Err(io::ErrorKind::BrokenPipe.into()),
            // An error is a body that is shorter than it said.
            None => self.codec.encode(Message::Chunk(None), &mut self.output)?,
        }
        Ok(self.output.len() >= WRITE_BEHIND)
    }

    /// From here on the client is not asked for its body any more. It may go on sending it if the answer is made while it is sent.
    fn begin_answer(&mut self, streams: bool) {
        self.refuse_upgrade();
        if self.body == BodyState::Uninvited {
            self.body = BodyState::Broken;
        }
        if !streams {
            self.end_body();
        }
    }

    /// Whoever waits for what the client says in another protocol may read it from here on.
    fn begin_protocol(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Ends what is left of the request's body with the answer.
    fn end_body(&mut self) {
        self.give_up_body();
        self.forget_unwanted();
        // A reader that is left learns that it will not get it.
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
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
