//! Which call the code at hand belongs to.

use std::{sync::Arc, time::Instant};

use super::{
    endpoint::Endpoint,
    executor::Executor,
    outlet::{HasOutlet, Outlet},
};
use crate::{call::Call, error::Error, message::RequestId};
use gopool_pool::{Lane, TaskError};

tokio::task_local! {
    static CURRENT: Current;
}

/// What a handler's helpers (`gopool::cpu`, the log) know of the call they run in.
#[derive(Debug, Clone)]
pub(crate) enum Current {
    /// Of an async handler. Its CPU part must end by the deadline too, when the handler is dropped.
    Async {
        request_id: RequestId,
        workplace: Workplace,
        deadline: Option<Instant>,
    },
    /// Of a plain function.
    Plain(Arc<PlainCall>),
}

/// Where the CPU parts of a call run.
#[derive(Debug, Clone)]
pub(crate) struct Workplace {
    pub(crate) executor: Executor,
    pub(crate) lane: Option<Lane>,
}

/// The call of a plain function. The event loop and the pool's thread share it, and the event loop drops it: counts of shared
/// values then change on one thread only, and memory goes back to where it came from.
#[derive(Debug)]
pub(crate) struct PlainCall {
    pub(crate) call: Call,
    pub(crate) workplace: Workplace,
    /// Where an answer is left whose body flows.
    pub(crate) outlet: Outlet,
}

impl PlainCall {
    pub(crate) fn new(call: Call, workplace: Workplace) -> Arc<Self> {
        Arc::new(Self {
            call,
            workplace,
            outlet: Outlet::default(),
        })
    }
}

impl HasOutlet for Arc<PlainCall> {
    fn outlet(&self) -> &Outlet {
        &self.outlet
    }
}

impl Workplace {
    pub(crate) fn of(endpoint: &Endpoint, executor: &Executor) -> Self {
        Self {
            executor: executor.clone(),
            lane: endpoint.lane,
        }
    }

    /// What a job's failure means to the client.
    pub(super) fn failed(&self, failure: TaskError) -> Error {
        self.executor.failed(self.lane, failure)
    }
}

impl Current {
    pub(crate) fn request_id(&self) -> &RequestId {
        match self {
            Self::Async { request_id, .. } => request_id,
            Self::Plain(plain) => plain.call.request().id(),
        }
    }

    pub(crate) fn workplace(&self) -> &Workplace {
        match self {
            Self::Async { workplace, .. } => workplace,
            Self::Plain(plain) => &plain.workplace,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Async { deadline, .. } => *deadline,
            Self::Plain(_) => None,
        }
    }

    pub(crate) fn enter<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    pub(crate) async fn accompany<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// The call that the code at hand belongs to, or `None` outside of any.
pub(crate) fn current() -> Option<Current> {
    CURRENT.try_with(Clone::clone).ok()
}
