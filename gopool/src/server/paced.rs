//! The body of a request that has to come at a pace, whoever reads it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::error::PayloadError;
use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::time_for;

/// How long a body may be waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// All in all, beyond what it takes at `min_rate`.
    pub(crate) time: Duration,
    /// In bytes a second.
    pub(crate) min_rate: u64,
}

/// A body that fails when its client takes too long with it. Time in which nobody waits for more does not count.
pub(super) struct Paced {
    body: Payload,
    pace: Pace,
    /// So many bytes have come.
    come: u64,
    /// So long it was waited for, up to the wait that goes on.
    waited: Duration,
    waiting_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// The body, of which so many bytes have come.
    pub(super) fn new(body: Payload, pace: Pace, come: u64) -> Self {
        Self {
            body,
            pace,
            come,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
        }
    }

    /// Ready when it was waited for too long, which is the end of it.
    fn poll_impatience(&mut self, context: &mut Context<'_>) -> Poll<PayloadError> {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let time = self.pace.time + time_for(self.come, self.pace.min_rate);
        let until = since + time.saturating_sub(self.waited);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        ready!(timer.as_mut().poll(context));
        self.body = Payload::None;
        Poll::Ready(PayloadError::Io(io::ErrorKind::TimedOut.into()))
    }
}

impl Stream for Paced {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Poll::Ready(next) = Pin::new(&mut self.body).poll_next(context) else {
            return self.poll_impatience(context).map(|error| Some(Err(error)));
        };
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
        if let Some(Ok(part)) = &next {
            self.come += part.len() as u64;
        }
        Poll::Ready(next)
    }
}

/// Has whoever reads this body wait for it so long and no longer.
pub(super) fn pace(body: &mut Payload, pace: Pace) {
    let paced = match std::mem::replace(body, Payload::None) {
        Payload::None => return,
        body => Paced::new(body, pace, 0),
    };
    *body = Payload::Stream {
        payload: Box::pin(paced),
    };
}

/// Whether a body has failed for having been waited for too long.
pub(super) fn is_too_slow(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use actix_http::BoxedPayloadStream;
    use futures_util::{StreamExt as _, stream};

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// What comes of a body that brings so many bytes at once and then nothing, for a reader that takes so long for the first ones.
    fn read(bytes: usize, rests: Duration) -> (usize, Duration) {
        crate::server::rt::Runtime::new().unwrap().block_on(async {
            let parts = stream::iter([Ok(Bytes::from(vec![b'x'; bytes]))]).chain(stream::pending());
            let parts: BoxedPayloadStream = Box::pin(parts);
            let payload = Payload::Stream { payload: parts };
            let pace = Pace {
                time: MS * 100,
                min_rate: 1000,
            };
            let mut body = Paced::new(payload, pace, 0);
            let first = body.next().await.unwrap().unwrap().len();
            tokio::time::sleep(rests).await;
            let started = Instant::now();
            assert!(is_too_slow(&body.next().await.unwrap().unwrap_err()));
            let waited = started.elapsed();
            assert!(body.next().await.is_none(), "a failure is the end");
            (first, waited)
        })
    }

    #[test]
    fn a_body_that_stops_fails_after_its_time_and_what_its_bytes_may_take() {
        let (first, waited) = read(1, Duration::ZERO);
        assert!(first == 1 && waited >= MS * 100);
        let (_, waited) = read(200, Duration::ZERO);
        assert!(waited >= MS * 300);
    }

    #[test]
    fn time_in_which_nobody_waits_does_not_count() {
        let (_, waited) = read(1, MS * 150);
        assert!(waited >= MS * 100);
    }
}
