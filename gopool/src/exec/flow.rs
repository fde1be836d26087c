//! From the response of a handler to one whose body the event loop can send, for each place where a handler runs.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::Span;

use super::{
    coded,
    current::{Current, PlainCall, current},
    executor::Executor,
    outlet::{Desk, Outlet, ended_or_begun},
    panic::catch,
};
use crate::{
    error::{Error, Kind},
    message::{Failure, Parts, Response, Sink, Source, Writer, Written},
    route::Outcome,
};

/// What is written where nobody can send it meanwhile, on an event loop, is collected up to this.
const MOST_COLLECTED: usize = 64 << 20;

/// A plain function on the pool has returned: what is to be written is written here, within its job.
pub(super) fn on_pool(response: Response, plain: &Arc<PlainCall>) -> Outcome {
    match (source(&response)?, &*plain.workplace.executor) {
        (Source::Written(written), Executor::Pooled(pooled, _)) => {
            let desk = Desk {
                pool: pooled.pool.clone(),
                silence: plain.call.envelope.deadline.run,
                coding: plain.call.envelope.codings.reply,
                outlet: plain.clone(),
                process: None,
            };
            desk.write(response, written)
        }
        (source, _) => here(response, source, while_it_flows(plain)),
    }
}

/// A plain function on an event loop has returned.
pub(super) fn on_loop(response: Response, plain: &Arc<PlainCall>) -> Outcome {
    let source = source(&response)?;
    here(response, source, while_it_flows(plain))
}

/// A body that flows is limited by its progress, and by the time that its caller has.
fn while_it_flows(plain: &Arc<PlainCall>) -> Current {
    Current::Plain {
        call: plain.clone(),
        deadline: plain.call.envelope.standing.due,
    }
}

/// An `async fn` has returned. What is to be written is written on the pool; of all else the first part is awaited, unless the head is to be prompt.
pub(super) async fn of_async(response: Response, limit: Duration) -> Outcome {
    let current = current().ok_or_else(|| Error::internal("an answer of no call"))?;
    match (source(&response)?, &*current.workplace().executor) {
        (Source::Written(written), Executor::Pooled(..)) => {
            elsewhere(response, written, current, limit).await
        }
        (
            Source::Parts {
                parts,
                is_prompt: false,
            },
            _,
        ) => first(response, Box::pin(Accompanied::new(parts, current, Some(limit)))).await,
        (source, _) => {
            let coding = current.reply_coding();
            coded::reply(coding, here(response, source, current)).await
        }
    }
}

/// Waits for the first part, so that a failure before it is one of the whole.
async fn first(response: Response, mut parts: Parts) -> Outcome {
    match parts.next().await {
        None => response.whole(Bytes::new()).map_err(Error::internal),
        Some(Err(failure)) => Err(Error::uncarried(failure)),
        Some(first) => Ok(response.with_parts(Box::pin(stream::iter([first]).chain(parts)))),
    }
}

pub(super) fn source(response: &Response) -> Result<Source, Error> {
    let source = response.flow().and_then(|flow| flow.take());
    source.ok_or_else(|| Error::internal("a response was sent twice whose body flows, which it does once"))
}

/// What the event loop can do by itself.
fn here(response: Response, source: Source, current: Current) -> Outcome {
    match source {
        Source::Written(written) => collect(response, written),
        Source::Content(content) => Ok(response.with_content(content)),
        Source::Parts { parts, .. } => {
            Ok(response.with_parts(Box::pin(Accompanied::new(parts, current, None))))
        }
    }
}

/// Runs `written` on the pool, in the lane of its route, until it has begun.
async fn elsewhere(response: Response, written: Written, current: Current, limit: Duration) -> Outcome {
    let workplace = current.workplace().clone();
    let Executor::Pooled(pooled, _) = &*workplace.executor else {
        return collect(response, written);
    };
    let outlet = Arc::new(Outlet::default());
    let desk = Desk {
        pool: pooled.pool.clone(),
        silence: limit,
        coding: current.reply_coding(),
        outlet: outlet.clone(),
        process: None,
    };
    let coding = desk.coding;
    let write = move || desk.write(response, written).map(|whole| coding.apply(whole));
    let work = move || current.enter(write);
    let mut handle = pooled.write(workplace.lane, limit, work)?;
    let ended = ended_or_begun(&mut handle, &outlet).await;
    let failed = move |failure| workplace.failed(failure);
    match ended {
        Some(ended) if !outlet.has_begun() => ended.unwrap_or_else(|failure| Err(failed(failure))),
        ended => outlet.answer(handle, ended, failed),
    }
}

/// Runs `written` here and now, because nobody could send what it writes meanwhile.
fn collect(head: Response, written: Written) -> Outcome {
    let collected = Collected::default();
    let mut out = Writer::new(collected.clone());
    written(&mut out).map_err(Error::uncarried)?;
    io::Write::flush(&mut out)?;
    let body = std::mem::take(&mut *collected.lock());
    head.whole(body.freeze()).map_err(Error::internal)
}

/// All parts of a body.
#[derive(Clone, Default)]
struct Collected(Arc<Mutex<BytesMut>>);

impl Collected {
    fn lock(&self) -> MutexGuard<'_, BytesMut> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Collected {
    fn send(&mut self, part: Bytes) -> io::Result<()> {
        let mut body = self.lock();
        if body.len() + part.len() > MOST_COLLECTED {
            return Err(io::Error::other(
                "a body that flows is collected on an event loop, up to 64 MiB; run its handler on the pool",
            ));
        }
        body.extend_from_slice(&part);
        Ok(())
    }
}

/// The user's parts: asked for in the name of the call, in its span, and kept from harming their event loop by a panic.
struct Accompanied {
    parts: Parts,
    current: Current,
    span: Span,
    /// How long nothing may come.
    silence: Option<Duration>,
    /// Since something is waited for.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Accompanied {
    fn new(parts: Parts, current: Current, silence: Option<Duration>) -> Self {
        Self {
            parts,
            current,
            span: Span::current(),
            silence,
            timer: None,
        }
    }

    fn poll_silence(&mut self, context: &mut Context<'_>) -> Poll<Error> {
        let Some(limit) = self.silence else {
            return Poll::Pending;
        };
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + limit)));
        ready!(timer.as_mut().poll(context));
        Poll::Ready(Error::of(Kind::Timeout).detail(format!("silent for {limit:?}")))
    }
}

impl Stream for Accompanied {
    type Item = Result<Bytes, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self {
            parts,
            current,
            span,
            timer,
            ..
        } = &mut *self;
        let poll = || catch(|| parts.as_mut().poll_next(context));
        match span.in_scope(|| current.clone().enter(poll)) {
            Err(panic) => Poll::Ready(Some(Err(panic.carried()))),
            Ok(Poll::Ready(part)) => {
                *timer = None;
                Poll::Ready(part)
            }
            Ok(Poll::Pending) => self
                .poll_silence(context)
                .map(|silent| Some(Err(silent.carried()))),
        }
    }
}
