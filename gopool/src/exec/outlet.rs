//! A body that a function writes on a thread of the pool, and how its head gets to the event loop ahead of its end.
//!
//! The head leaves with the first part, so a failure before it is a problem like any other, and what fits into the first part is an ordinary
//! answer. From then on the event loop has the reading end of a pipe, and the handle of the job with it: how the job ends is how the body ends.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::Stream;

use super::pipe::{Pipe, Tap};
use crate::{
    compress::{Encoder, ReplyCoding},
    error::{Error, Kind},
    message::{Failure, Response, Sink, Writer, Written},
    route::Outcome,
};
use gopool_isolated::Stall;
use gopool_pool::{Handle, Pool, TaskError};

/// Where a job leaves the beginning of its answer.
#[derive(Debug, Default)]
pub(crate) struct Outlet(OnceLock<Arc<Channel>>);

/// Whatever an outlet is a part of.
pub(super) trait HasOutlet: Clone + Send + 'static {
    fn outlet(&self) -> &Outlet;
}

impl HasOutlet for Arc<Outlet> {
    fn outlet(&self) -> &Outlet {
        self
    }
}

/// An answer on its way from its thread to its event loop.
#[derive(Debug)]
struct Channel {
    /// Until the event loop takes it, or the writer when it was never sent.
    head: Mutex<Option<Response>>,
    pipe: Arc<Pipe>,
    /// It was not let begin.
    is_refused: AtomicBool,
}

impl Channel {
    fn take_head(&self) -> Option<Response> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Makes the head that of an answer whose parts are coded by what is returned.
    fn begin(&self, coding: ReplyCoding) -> Option<Encoder> {
        let (head, encoder) = coding.begin(self.take_head()?);
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        encoder
    }
}

/// Where a function writes its answer.
pub(super) struct Desk<O> {
    pub(super) pool: Pool,
    /// How long it may be silent once it has begun.
    pub(super) silence: Duration,
    /// That of an answer that begins; one that is whole is for whoever gets it.
    pub(super) coding: ReplyCoding,
    pub(super) outlet: O,
    /// The process whose answer it is, if that is not this one.
    pub(super) process: Option<Stall>,
}

impl<O> Desk<O> {
    /// Calls what waits for the client.
    fn stalled(&self, wait: &dyn Fn()) {
        match &self.process {
            Some(process) => process.during(|| self.pool.stalled(wait)),
            None => self.pool.stalled(wait),
        }
    }
}

impl<O: HasOutlet> Desk<O> {
    /// Runs `written` on this thread, which is one of the pool's. The outcome of an answer that has begun says no more than how it ended.
    pub(super) fn write(self, head: Response, written: Written) -> Outcome {
        let outlet = self.outlet.clone();
        let channel = Arc::new(Channel {
            head: Mutex::new(Some(head)),
            pipe: Arc::default(),
            is_refused: AtomicBool::new(false),
        });
        let mut out = Writer::new(Inlet {
            channel: channel.clone(),
            desk: self,
            encoder: None,
            told: Instant::now(),
        });
        let ended = written(&mut out);
        let has_begun = outlet.outlet().has_begun();
        if channel.is_refused.load(Relaxed) && !has_begun {
            return Err(Error::of(Kind::QueueFull).detail("too many clients are behind with their answers"));
        }
        ended.map_err(Error::uncarried)?;
        if has_begun {
            out.end()?;
            return Ok(Response::ok());
        }
        let head = channel.take_head().unwrap_or_else(Response::ok);
        head.whole(out.into_rest()).map_err(Error::internal)
    }
}

/// What the writer hands its parts to.
struct Inlet<O> {
    channel: Arc<Channel>,
    desk: Desk<O>,
    /// Of an answer that has begun, if it is coded.
    encoder: Option<Encoder>,
    /// When the pool was told of progress.
    told: Instant,
}

impl<O: HasOutlet> Sink for Inlet<O> {
    fn send(&mut self, part: Bytes) -> io::Result<()> {
        let Desk { pool, outlet, .. } = &self.desk;
        let outlet = outlet.outlet();
        let is_first = !outlet.has_begun();
        if is_first && !pool.may_stall() {
            self.channel.is_refused.store(true, Relaxed);
            return Err(io::Error::other("too many clients are behind with their answers"));
        }
        if is_first {
            self.encoder = self.channel.begin(self.desk.coding);
        }
        let part = match &mut self.encoder {
            Some(encoder) => encoder.part(&part)?,
            None => part,
        };
        self.channel.pipe.push(part, |wait| self.desk.stalled(wait))?;
        if is_first {
            let Desk { pool, outlet, .. } = &self.desk;
            let _now_it_has = outlet.outlet().0.set(self.channel.clone());
            pool.nudge();
        }
        self.tell_progress();
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        let Some(encoder) = self.encoder.take() else {
            return Ok(());
        };
        let last = encoder.end()?;
        let stalled = |wait: &dyn Fn()| self.desk.stalled(wait);
        self.channel.pipe.push(last.into(), stalled)
    }
}

impl<O> Inlet<O> {
    /// Not each time: that takes the pool's lock.
    fn tell_progress(&mut self) {
        if self.told.elapsed() > self.desk.silence / 4 {
            self.desk.pool.progress();
            self.told = Instant::now();
        }
    }
}

impl Outlet {
    /// Whether an answer has begun. To be looked at after the job's handle was polled: the job leaves the answer first, then it nudges.
    pub(super) fn has_begun(&self) -> bool {
        self.0.get().is_some()
    }

    /// The answer that has begun, the rest of it to come. `ended` is the job's outcome if it is over already; `failed` says what its failure means.
    pub(super) fn answer(
        &self,
        handle: Handle<Outcome>,
        ended: Option<Result<Outcome, TaskError>>,
        failed: impl Fn(TaskError) -> Error + Send + 'static,
    ) -> Outcome {
        let channel = self.0.get();
        let begun = channel.and_then(|channel| Some((channel.take_head()?, channel.pipe.clone())));
        let (head, pipe) = begun.ok_or_else(|| Error::internal("an answer that has not begun"))?;
        let mut reading = Reading {
            handle,
            tap: Tap(pipe),
            failed: Box::new(failed),
            ended: None,
        };
        if let Some(outcome) = ended {
            reading.end(outcome);
        }
        Ok(head.with_parts(Box::pin(reading)))
    }
}

/// Waits for the outcome of a job, or until its answer has begun, which is `None`.
pub(super) async fn ended_or_begun(
    handle: &mut Handle<Outcome>,
    outlet: &Outlet,
) -> Option<Result<Outcome, TaskError>> {
    poll_fn(|context| match Pin::new(&mut *handle).poll(context) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if outlet.has_begun() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// The reading end of a body that is being written. Dropping it is a client that leaves: first the job is cancelled, then what it waits for is over.
struct Reading {
    handle: Handle<Outcome>,
    tap: Tap,
    failed: Box<dyn Fn(TaskError) -> Error + Send>,
    ended: Option<Result<(), Error>>,
}

/// Nothing in it is pinned in place.
impl Unpin for Reading {}

impl Reading {
    fn end(&mut self, outcome: Result<Outcome, TaskError>) {
        let outcome = outcome.unwrap_or_else(|failure| Err((self.failed)(failure)));
        self.ended = Some(outcome.map(drop));
    }
}

impl Stream for Reading {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Asked first: a job that is over has put all that there will be into the pipe.
        if self.ended.is_none()
            && let Poll::Ready(outcome) = Pin::new(&mut self.handle).poll(context)
        {
            self.end(outcome);
        }
        if let Poll::Ready(part) = self.tap.0.poll(context) {
            return Poll::Ready(Some(Ok(part)));
        }
        match self.ended.as_mut() {
            None => Poll::Pending,
            Some(ended) => {
                let ended = std::mem::replace(ended, Ok(()));
                Poll::Ready(ended.err().map(|error| Err(error.carried())))
            }
        }
    }
}
