//! The body of an answer that is made while it is sent, as actix's.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll, ready},
};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    drain::{Drain, Serving},
    reading,
};
use crate::{
    error::{Error, Kind},
    message::{Beat, Failure, Flow, Parts, RequestId, Source, wrong_length},
};

/// What keeps a connection busy, and is no event.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// A body that flows.
pub(super) struct Flowing {
    /// `None` when no more are to come.
    parts: Option<Parts>,
    length: Option<u64>,
    sent: u64,
    /// It is one of events.
    heart: Option<Heart>,
    /// Why it is to break off now.
    failure: Option<Failure>,
    id: RequestId,
    _counted: Serving,
}

impl Flowing {
    /// The body of the answer to this request. Streams of events end when `drain` begins.
    pub(super) fn new(flow: &Flow, id: &RequestId, drain: &Drain) -> Self {
        let (parts, failure) = match flow.take() {
            Some(Source::Parts { parts, .. }) => (Some(parts), None),
            Some(Source::Content(content)) => (Some(reading::parts(content)), None),
            // Whoever ran the handler has made parts of all else.
            _ => (None, Some("a body that nobody makes".into())),
        };
        Self {
            parts,
            length: flow.length,
            sent: 0,
            heart: flow.beat.map(|beat| Heart::new(beat, drain)),
            failure,
            id: id.clone(),
            _counted: drain.flows(),
        }
    }

    /// Breaks off. A browser does not show why an answer ends, so the last event says it.
    fn fail(&mut self, failure: Failure) -> Poll<Option<Result<Bytes, Failure>>> {
        self.parts = None;
        let error = Error::uncarried(failure);
        // A panic has a line of its own already.
        if error.kind() != Kind::Panic {
            tracing::error!(request_id = self.id.as_str(), %error, "the answer broke off");
        }
        let last = self.heart.as_ref().map(|_| last_event(&error, &self.id));
        let failure = error.carried();
        let Some(last) = last else {
            return Poll::Ready(Some(Err(failure)));
        };
        self.failure = Some(failure);
        Poll::Ready(Some(Ok(last)))
    }

    /// Takes the next part.
    fn part(&mut self, part: Bytes) -> Poll<Option<Result<Bytes, Failure>>> {
        self.sent += part.len() as u64;
        if let Some(length) = self.length.filter(|length| self.sent > *length) {
            return self.fail(wrong_length(length).into());
        }
        let part = match &mut self.heart {
            Some(heart) => heart.beside(part),
            None => part,
        };
        Poll::Ready(Some(Ok(part)))
    }
}

impl MessageBody for Flowing {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.length.map_or(BodySize::Stream, BodySize::Sized)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn StdError>>>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Some(Err(failure)));
        }
        if let Some(farewell) = self.heart.as_mut().and_then(|heart| heart.farewell(context)) {
            self.parts = None;
            return Poll::Ready(Some(Ok(farewell)));
        }
        loop {
            let Some(parts) = &mut self.parts else {
                return Poll::Ready(None);
            };
            let next = match parts.as_mut().poll_next(context) {
                // An empty one would look like the end.
                Poll::Ready(Some(Ok(part))) if part.is_empty() => continue,
                Poll::Ready(Some(Ok(part))) => self.part(part),
                Poll::Ready(Some(Err(failure))) => self.fail(failure),
                Poll::Ready(None) => match self.length.filter(|length| *length > self.sent) {
                    Some(length) => self.fail(wrong_length(length).into()),
                    None => Poll::Ready(None),
                },
                Poll::Pending => match &mut self.heart {
                    Some(heart) => heart.poll(context).map(|comment| Some(Ok(comment))),
                    None => Poll::Pending,
                },
            };
            return next.map(|next| next.map(|next| next.map_err(|failure| failure as Box<dyn StdError>)));
        }
    }
}

/// Keeps a stream of events alive, and ends it.
struct Heart {
    beat: Beat,
    /// Set while something is waited for.
    timer: Option<Pin<Box<Sleep>>>,
    stopping: Pin<Box<dyn Future<Output = ()>>>,
    has_begun: bool,
    has_stopped: bool,
}

impl Heart {
    fn new(beat: Beat, drain: &Drain) -> Self {
        Self {
            beat,
            timer: None,
            stopping: Box::pin(drain.stopping()),
            has_begun: false,
            has_stopped: false,
        }
    }

    /// Goes with a part: what clients are told with the first one.
    fn beside(&mut self, part: Bytes) -> Bytes {
        self.timer = None;
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        match self.beat.retry.filter(|_| is_first) {
            Some(retry) => [&*come_back(retry.as_millis()), &part].concat().into(),
            None => part,
        }
    }

    /// What the last thing is that clients are told, once the server stops.
    fn farewell(&mut self, context: &mut Context<'_>) -> Option<Bytes> {
        if self.has_stopped || self.stopping.as_mut().poll(context).is_pending() {
            return None;
        }
        self.has_stopped = true;
        let retry = self.beat.retry.map(|retry| retry.as_millis());
        Some(come_back(retry.unwrap_or_else(|| fastrand::u128(1000..3000))))
    }

    /// A comment when it is time for one.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Bytes> {
        let Some(silence) = self.beat.keep_alive else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + silence)));
        ready!(timer.as_mut().poll(context));
        self.timer = None;
        Poll::Ready(COMMENT)
    }
}

/// Tells a client when to come back.
fn come_back(milliseconds: u128) -> Bytes {
    format!("retry: {milliseconds}\n\n").into()
}

/// A failure as the last event.
fn last_event(error: &Error, id: &RequestId) -> Bytes {
    // A problem is one line.
    let problem = error.to_response(id).take_body();
    [b"event: error\ndata: ", &problem[..], b"\n\n"].concat().into()
}
