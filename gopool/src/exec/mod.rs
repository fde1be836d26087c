//! Where a route runs: on the pool, or here.
//!
//! The seam for every placement: an owned call goes in, an owned outcome comes back. The server knows no threads, the pool
//! knows no HTTP, and only this folder knows both sides.

use std::{
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tracing::Instrument as _;

use crate::{
    call::Call,
    error::Error,
    route::{Handler, LocalFuture, Outcome, Route},
};
use gopool_pool::{Handle, Lane, Mailbox, TaskTimes};

mod block_on;
mod cpu;
mod current;
mod inline;
pub mod par;
mod pooled;

pub use block_on::block_on;
pub use cpu::{cpu, stats};
pub(crate) use cpu::{set_process_executor, set_thread_executor};
pub(crate) use current::{Current, current};
use current::{Place, Work};
pub(crate) use pooled::Pooled;

/// One route with the limits that are in force for it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) route: &'static Route,
    /// From start to end.
    pub(crate) timeout: Duration,
    /// From acceptance to start.
    pub(crate) queue_timeout: Duration,
    /// In bytes.
    pub(crate) max_body: u64,
    /// How long the body may take to arrive.
    pub(crate) body_timeout: Duration,
    /// Its queue in the pool; a program on one thread has no pool.
    pub(crate) lane: Option<Lane>,
}

/// How this program runs its routes.
#[derive(Debug, Clone)]
pub(crate) enum Executor {
    /// Everything on the event loop: `start_single` and `--single`.
    Inline,
    /// Plain functions on the pool, the rest on the event loop.
    Pooled(Pooled),
}

/// What one call came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    /// How long it waited and ran; `None` where it was not on the pool.
    pub(crate) times: Option<TaskTimes>,
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, times: None }
    }
}

impl Executor {
    /// Starts one call, in the span that is current.
    pub(crate) fn run(&self, endpoint: &Endpoint, call: Call, mailbox: &Mailbox) -> Running<'static> {
        let place = Place::of(endpoint, self);
        match (endpoint.route.handler, self) {
            (Handler::Pool(handler), Self::Pooled(pooled)) => {
                let work = Arc::new(Work { call, place });
                match pooled.submit(endpoint, mailbox, inline::body(handler, work.clone())) {
                    Ok(handle) => Running::Pooled(work, handle),
                    Err(refusal) => Running::ended(Err(refusal)),
                }
            }
            (Handler::Pool(handler) | Handler::Inline(handler), _) => {
                Running::ended(inline::call(handler, Arc::new(Work { call, place })))
            }
            (Handler::Async(handler), _) => {
                let timeout = endpoint.timeout;
                let current = Current::Async {
                    request_id: call.request.id().clone(),
                    deadline: Instant::now().checked_add(timeout),
                    place,
                };
                let driven = inline::drive(handler(call), timeout, current).in_current_span();
                Running::Here(Box::pin(driven))
            }
        }
    }
}

/// A call on its way; the future of what it comes to. Dropping it takes a waiting call out of the queue, and tells a running
/// one to stop unless its route is `detached`.
///
/// Small, because actix allocates room for it with each request.
pub(crate) enum Running<'a> {
    /// The work is kept until its outcome is there, so that it is dropped here.
    Pooled(Arc<Work>, Handle<Outcome>),
    /// On this event loop, in a box, so that the others need no room for it.
    Here(LocalFuture<'a, Ran>),
    Ended(Ready<Outcome>),
}

impl Running<'_> {
    /// One whose outcome is known.
    pub(crate) fn ended(outcome: Outcome) -> Self {
        Self::Ended(ready(outcome))
    }
}

impl Future for Running<'_> {
    type Output = Ran;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ran> {
        match &mut *self {
            Self::Pooled(work, handle) => Pin::new(&mut *handle).poll(context).map(|outcome| Ran {
                outcome: outcome.unwrap_or_else(|failure| Err(work.place.failed(failure))),
                times: Some(handle.times()),
            }),
            Self::Here(future) => future.as_mut().poll(context),
            Self::Ended(outcome) => Pin::new(outcome).poll(context).map(Ran::from),
        }
    }
}

fn panicked(text: String) -> Error {
    Error::of(crate::error::Kind::Panic).cause(format!("the handler panicked: {text}"))
}
