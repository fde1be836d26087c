//! What is left of a body that nobody wants: let go of as it comes, so that the connection can go on. Only if little is left and it comes
//! soon; else the connection ends with the answer.

use std::{
    io,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::h1::Message;

use super::{
    limits::Limits,
    stream::Stream,
    wire::{BodyState, Wire},
};

/// How much of a body that nobody wants is read and forgotten.
const MOST_FORGOTTEN: u64 = 256 << 10;
/// How long what is left of such a body may take to arrive once the answer is sent.
const REST_TIME: Duration = Duration::from_secs(2);

impl<Io: Stream> Wire<Io> {
    /// Whether the connection can go on behind the body of the request in hand: it is read, or its client has begun to send it, and
    /// said how little is left.
    pub(super) fn can_go_on(&self) -> bool {
        match self.body {
            BodyState::Read => true,
            BodyState::Unwanted(forgotten) => self
                .left
                .is_some_and(|left| forgotten.saturating_add(left) <= MOST_FORGOTTEN),
            BodyState::Uninvited | BodyState::Wanted | BodyState::Broken => false,
        }
    }

    /// Sets how long it may take until the next head begins, or until such a body before it has come.
    pub(super) fn begin_to_wait(&mut self, limits: &Limits) {
        let is_read = self.body == BodyState::Read;
        let time = if is_read {
            limits.keep_alive
        } else {
            limits.keep_alive.min(REST_TIME)
        };
        self.alarm.set(time);
    }

    /// Nobody wants what has not been read of the body. A client that waits to be asked for it may send it all the same, or may not.
    pub(super) fn give_up_body(&mut self) {
        if self.body == BodyState::Wanted {
            self.body = BodyState::Unwanted(0);
        }
    }

    /// Lets go of what has come of a body that nobody wants.
    pub(super) fn forget_unwanted(&mut self) {
        while let BodyState::Unwanted(forgotten) = self.body {
            match self.decode() {
                Ok(Some(Message::Chunk(Some(chunk)))) => {
                    let forgotten = forgotten + chunk.len() as u64;
                    self.body = match forgotten <= MOST_FORGOTTEN {
                        true => BodyState::Unwanted(forgotten),
                        false => BodyState::Broken,
                    };
                }
                Ok(Some(Message::Chunk(None))) => self.body = BodyState::Read,
                Ok(None) => return,
                // No body at all.
                Ok(Some(_)) | Err(_) => self.body = BodyState::Broken,
            }
        }
    }

    /// Ready when all of such a body has come, or will not.
    pub(super) fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.forget_unwanted();
            match self.body {
                BodyState::Read => return Poll::Ready(Ok(())),
                BodyState::Unwanted(_) if !self.has_ended => ready!(self.poll_fill(context))?,
                _ => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
            };
        }
    }
}
