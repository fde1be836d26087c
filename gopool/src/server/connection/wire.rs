//! The socket of a connection, with its buffers, its codec and its timer.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use actix_http::{
    Request, ServiceConfig,
    error::ParseError,
    h1::{Codec, Message, MessageType},
};
use bytes::{Buf as _, Bytes, BytesMut};
use tokio::time::Instant;
use tokio_util::codec::Decoder as _;

use super::{
    chunked::Chunked,
    limits::Limits,
    stream::Stream,
    timer::{Alarm, Pace},
};
use crate::meter::Cut;

/// How much of what comes after a request is read while it is answered, which is how a client's leaving is seen.
const READ_AHEAD: usize = 16 << 10;
/// How often a client that has sent more than is read ahead is asked whether it has left.
const LOOK: Duration = Duration::from_millis(250);
/// How much is read at once.
const READ: usize = 8 << 10;
/// The same, of a body.
const READ_OF_BODY: usize = 32 << 10;

#[derive(Debug)]
pub(super) struct Wire<Io> {
    pub(super) io: Io,
    pub(super) codec: Codec,
    /// What to go on with if the wish of the request in hand for another protocol is not granted.
    pub(super) plain: Option<Codec>,
    /// Reads the body of the request in hand, if that comes in chunks.
    pub(super) chunked: Option<Chunked>,
    pub(super) input: BytesMut,
    /// What is to be sent: heads and small bodies, then the rest of a large body.
    pub(super) output: BytesMut,
    pub(super) large: Bytes,
    pub(super) alarm: Alarm,
    /// Whether what is being read asks for a head, whatever else is wrong with it.
    pub(super) is_head: bool,
    /// Of the request in hand.
    pub(super) body: BodyState,
    /// How much of it has not been read yet, if the client has told its length.
    pub(super) left: Option<u64>,
    /// Counts requests: a body that somebody kept must not read the next one's.
    pub(super) request: u64,
    /// Who waits for more of the body, in whatever task. It never asks the socket, which knows one reader only: the connection.
    pub(super) reader: Option<Waker>,
    /// The connection's own task, while somebody else may be that reader.
    pub(super) server: Option<Waker>,
    /// Whether the client has closed its sending side.
    pub(super) has_ended: bool,
    /// Why it was cut off.
    pub(super) cut: Option<Cut>,
    /// Of the answer in hand.
    pub(super) pace: Pace,
    limits: Limits,
}

/// What is still to be read of the body of the request in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyState {
    /// Nothing.
    Read,
    /// All; the client waits to be asked for it.
    Uninvited,
    /// Some, and somebody may want it.
    Wanted,
    /// Some, and nobody wants it; so much of it was forgotten already.
    Unwanted(u64),
    /// It cannot be read any further.
    Broken,
}

impl<Io: Stream> Wire<Io> {
    pub(super) fn new(io: Io, http: ServiceConfig, limits: Limits) -> Self {
        Self {
            io,
            codec: Codec::new(http),
            plain: None,
            chunked: None,
            input: BytesMut::new(),
            output: BytesMut::new(),
            large: Bytes::new(),
            alarm: Alarm::new(limits.keep_alive),
            is_head: false,
            body: BodyState::Read,
            left: None,
            request: 0,
            reader: None,
            server: None,
            has_ended: false,
            cut: None,
            pace: Pace::default(),
            limits,
        }
    }

    /// The next part of what has come.
    pub(super) fn decode(&mut self) -> Result<Option<Message<Request>>, ParseError> {
        let message = match &mut self.chunked {
            Some(chunked) => {
                let part = chunked.decode(&mut self.input)?;
                // What comes behind its end is the next head.
                self.chunked.take_if(|_| part == Some(None));
                part.map(Message::Chunk)
            }
            None => self.codec.decode(&mut self.input)?,
        };
        if let (Some(left), Some(Message::Chunk(Some(chunk)))) = (&mut self.left, &message) {
            *left = left.saturating_sub(chunk.len() as u64);
        }
        Ok(message)
    }

    /// Reads what there is; zero bytes are the end. tokio asks the system only if the socket has become readable since it was emptied.
    pub(super) fn poll_fill(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let much = if self.body == BodyState::Wanted {
            READ_OF_BODY
        } else {
            READ
        };
        if self.input.capacity() - self.input.len() < much / 8 {
            self.input.reserve(much);
        }
        let read = ready!(tokio_util::io::poll_read_buf(
            Pin::new(&mut self.io),
            context,
            &mut self.input
        ))?;
        self.has_ended |= read == 0;
        Poll::Ready(Ok(read))
    }

    /// While an answer is made elsewhere: sends what is to be sent, and hears the client. Ready when something has come that this very
    /// task waits for, and with an error when the client has left or takes nothing.
    pub(super) fn poll_meanwhile(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(Err(error)) = self.poll_send(context) {
            return Poll::Ready(Err(error));
        }
        if self.body != BodyState::Read {
            remember(&mut self.server, context.waker());
        }
        self.poll_heard(context)
    }

    /// Reads ahead within a bound, and decodes nothing but a body that nobody wants.
    fn poll_heard(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.forget_unwanted();
            if self.has_ended {
                return match self.may_still_answer() {
                    true => Poll::Pending,
                    false => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
                };
            }
            if self.input.len() >= READ_AHEAD {
                return self.poll_look(context);
            }
            ready!(self.poll_fill(context))?;
            if let Some(reader) = self.reader.take() {
                if reader.will_wake(context.waker()) {
                    return Poll::Ready(Ok(()));
                }
                reader.wake();
            }
        }
    }

    /// Whether a client that has closed its sending side is answered all the same. Another protocol ends when its reader has read so.
    fn may_still_answer(&self) -> bool {
        let is_unread = self.body == BodyState::Wanted && self.codec.message_type() == MessageType::Stream;
        self.limits.half_closed || (is_unread && self.plain.is_none())
    }

    /// Ready when the client has left, though not all is read that it has sent.
    fn poll_look(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.io.is_read_closed() && !self.may_still_answer() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
            }
            self.alarm.set(LOOK);
            ready!(self.alarm.poll(context));
        }
    }

    /// Sends what is to be sent, as long as the client takes some of it now and then.
    pub(super) fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let unsent = if self.output.is_empty() {
                &self.large[..]
            } else {
                &self.output[..]
            };
            if unsent.is_empty() {
                break;
            }
            match Pin::new(&mut self.io).poll_write(context, unsent) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(sent) => self.sent(sent?),
                Poll::Pending => return self.poll_patience(context),
            }
        }
        match Pin::new(&mut self.io).poll_flush(context) {
            // What is encrypted has left us, but the client has not taken it.
            Poll::Pending => self.poll_patience(context),
            flushed => {
                self.pace.done(Instant::now);
                flushed
            }
        }
    }

    fn sent(&mut self, bytes: usize) {
        if self.io.taken().is_none() {
            self.pace.took(bytes, Instant::now);
        }
        if self.output.is_empty() {
            self.large.advance(bytes);
        } else {
            self.output.advance(bytes);
        }
    }

    /// Never ready with a success: the client takes nothing at this moment.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let now = Instant::now();
        if let Some(taken) = self.io.taken() {
            self.pace.has_taken(taken, now);
        }
        let (until, why) = self.pace.waits(now, &self.limits);
        self.alarm.set_at(until);
        ready!(self.alarm.poll(context));
        self.cut = Some(why);
        self.io.abort();
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// A connection that is gone tells so who waits for its body.
impl<Io> Drop for Wire<Io> {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Keeps a waker, unless it is the one that is kept.
pub(super) fn remember(kept: &mut Option<Waker>, waker: &Waker) {
    match kept {
        Some(kept) => kept.clone_from(waker),
        None => *kept = Some(waker.clone()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use actix_http::KeepAlive;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::*;

    /// Keeps what is written to it, as what encrypts does, and passes nothing on.
    struct Keeper {
        passed_on: u64,
    }

    impl AsyncRead for Keeper {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Keeper {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.passed_on += 1;
            Poll::Pending
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Stream for Keeper {
        fn is_read_closed(&self) -> bool {
            false
        }

        fn abort(&self) {}

        fn taken(&self) -> Option<u64> {
            Some(self.passed_on / 2)
        }
    }

    #[test]
    fn what_is_kept_back_is_waited_for_no_longer_than_what_is_not_taken() {
        crate::server::rt::Runtime::new().unwrap().block_on(async {
            let limits = Limits {
                head_timeout: Duration::from_secs(60),
                keep_alive: Duration::from_secs(60),
                send_timeout: Duration::from_millis(20),
                min_send_rate: 1,
                half_closed: false,
            };
            let http = ServiceConfig::new(KeepAlive::Os, Duration::ZERO, Duration::ZERO, false, None);
            let mut wire = Wire::new(Keeper { passed_on: 0 }, http, limits);
            wire.output.extend_from_slice(b"kept");
            let sent = poll_fn(|context| wire.poll_send(context)).await;
            assert_eq!(sent.unwrap_err().kind(), io::ErrorKind::TimedOut);
            assert_eq!((wire.output.len(), wire.cut), (0, Some(Cut::Stalled)));
        });
    }
}
