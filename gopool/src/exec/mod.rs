//! Where a route runs: on the pool, or here.
//!
//! The seam for every placement: an owned call goes in, an owned outcome comes back. The server knows no threads, the pool
//! knows no HTTP, and only this folder knows both sides.

use std::time::Duration;

use crate::{
    call::Call,
    error::Error,
    pool::{JobTimes, Lane, Mailbox},
    route::{Handler, Outcome, Route},
};

mod block_on;
mod cpu;
mod current;
mod inline;
pub mod par;
mod pooled;

pub use block_on::block_on;
pub(crate) use cpu::set_process_executor;
pub use cpu::{cpu, stats};
pub(crate) use current::{Current, current};
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
    /// Runs one call to its outcome. Dropping the future takes a waiting call out of the queue, and tells a running one to
    /// stop unless its route is `detached`.
    pub(crate) async fn run(&self, endpoint: &Endpoint, call: Call, mailbox: &Mailbox) -> Ran {
        let current = Current::of(&call, endpoint, self);
        match (endpoint.route.handler, self) {
            (Handler::Pool(handler), Self::Pooled(pooled)) => {
                pooled.run(endpoint, current, mailbox, handler, call).await
            }
            (Handler::Pool(handler) | Handler::Inline(handler), _) => {
                inline::call(handler, &call, current).into()
            }
            (Handler::Async(handler), _) => inline::drive(handler(call), endpoint.timeout, current)
                .await
                .into(),
        }
    }
}

/// What a panic's payload says, for the log.
fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a value that is no text".to_owned())
}

fn panicked(text: String) -> Error {
    Error::of(crate::error::Kind::Panic).cause(format!("the handler panicked: {text}"))
}
