//! Where a route runs: on the pool, or here.
//!
//! The seam for every placement: an owned call goes in, an owned outcome comes back. The server knows no threads, the pool
//! knows no HTTP, and only this folder knows both sides.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    call::Call,
    error::Error,
    pool::{Handle, JobTimes, Lane, Mailbox},
    route::{Handler, LocalFuture, Outcome, Route},
};

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
    pub(crate) times: Option<JobTimes>,
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, times: None }
    }
}

impl Executor {
    /// Starts one call; the future is its outcome. Dropping it takes a waiting call out of the queue, and tells a running one
    /// to stop unless its route is `detached`.
    ///
    /// The call is handed over before the future exists: a future keeps room for all it was made from, those around it keep
    /// room for it, and actix allocates the outermost for each request.
    pub(crate) fn run<'a>(
        &'a self,
        endpoint: &Endpoint,
        call: Call,
        mailbox: &Mailbox,
    ) -> impl Future<Output = Ran> + use<'a> {
        let timeout = endpoint.timeout;
        let place = Place::of(endpoint, self);
        let started = match (endpoint.route.handler, self) {
            (Handler::Pool(handler), Self::Pooled(pooled)) => {
                let work = Arc::new(Work { call, place });
                let job = pooled.submit(endpoint, mailbox, inline::body(handler, work.clone()));
                Started::Pooled(pooled, work, job)
            }
            (Handler::Pool(handler) | Handler::Inline(handler), _) => {
                Started::Ended(inline::call(handler, Arc::new(Work { call, place })))
            }
            (Handler::Async(handler), _) => {
                let current = Current::Async {
                    request_id: call.request.id().clone(),
                    deadline: Instant::now().checked_add(timeout),
                    place,
                };
                Started::Async(Box::pin(inline::drive(handler(call), timeout, current)))
            }
        };
        async move {
            match started {
                Started::Pooled(pooled, _work, Ok(handle)) => pooled.outcome(handle).await,
                Started::Pooled(_, _, Err(refusal)) => Err(refusal).into(),
                Started::Ended(outcome) => outcome.into(),
                Started::Async(outcome) => outcome.await.into(),
            }
        }
    }
}

/// A call on its way.
enum Started<'a> {
    /// The work is kept until its outcome is there, so that it is dropped here.
    Pooled(&'a Pooled, Arc<Work>, Result<Handle<Outcome>, Error>),
    Ended(Outcome),
    /// In a box of its own, so that the others need no room for it.
    Async(LocalFuture<'static, Outcome>),
}

fn panicked(text: String) -> Error {
    Error::of(crate::error::Kind::Panic).cause(format!("the handler panicked: {text}"))
}
