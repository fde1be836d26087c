//! The end of a connection.

use std::{
    future::poll_fn,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{io::ReadBuf, time::Instant};

use super::{
    shared::{Answerer, Connection},
    stream::Stream,
    wire::{BodyState, Wire},
};

/// How long a client may be silent that still has something to send.
const SILENCE: Duration = Duration::from_secs(5);
/// How long a client is listened to that has been told everything, or while the server stops.
const SHORT: Duration = Duration::from_secs(1);
/// How long a client may go on sending what nobody wants.
const LONG: Duration = Duration::from_secs(30);

/// How much is dropped at once.
const ROOM: usize = 8 << 10;

impl<Io: Stream, A: Answerer> Connection<'_, Io, A> {
    /// Closes our side, and listens for a while: closing with bytes unread, or under bytes that still come, would reset what the client
    /// has not read yet.
    pub(super) async fn close(&self) {
        let started = Instant::now();
        let (silence, most) = match self.wire.borrow().body {
            BodyState::Read => (SHORT, SHORT),
            _ if self.answerer.is_stopping() => (SHORT, SHORT),
            _ => (SILENCE, LONG),
        };
        self.wire.borrow_mut().let_go(silence);
        let mut is_shut = false;
        poll_fn(|context| {
            let wire = &mut *self.wire.borrow_mut();
            if !is_shut && let Poll::Ready(shut) = Pin::new(&mut wire.io).poll_shutdown(context) {
                is_shut = true;
                wire.has_ended |= shut.is_err();
            }
            if wire.drop_input(context) {
                wire.alarm.set_at((Instant::now() + silence).min(started + most));
            }
            if wire.has_ended && is_shut {
                return Poll::Ready(());
            }
            wire.alarm.poll(context)
        })
        .await;
    }
}

impl<Io: Stream> Wire<Io> {
    /// Needs no buffers any more: many clients may be at their end at once.
    fn let_go(&mut self, silence: Duration) {
        self.alarm.set(silence);
        self.input = BytesMut::new();
        self.output = BytesMut::new();
    }

    /// Drops what has come; whether there was something.
    fn drop_input(&mut self, context: &mut Context<'_>) -> bool {
        let mut has_come = false;
        let mut room = [MaybeUninit::uninit(); ROOM];
        while !self.has_ended {
            let mut dropped = ReadBuf::uninit(&mut room);
            match Pin::new(&mut self.io).poll_read(context, &mut dropped) {
                Poll::Ready(Ok(())) if !dropped.filled().is_empty() => has_come = true,
                Poll::Ready(_) => self.has_ended = true,
                Poll::Pending => break,
            }
        }
        has_come
    }
}
