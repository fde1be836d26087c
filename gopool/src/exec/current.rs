//! Which call the code at hand belongs to.

use std::{sync::Arc, time::Instant};

use super::{Endpoint, Executor};
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
        place: Place,
        deadline: Option<Instant>,
    },
    /// Of a plain function.
    Plain(Arc<Work>),
}

/// Where the CPU parts of a call run.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) executor: Executor,
    pub(crate) lane: Option<Lane>,
}

/// The work of a plain function. The event loop and the pool's thread share it, and the event loop drops it: counts of shared
/// values then change on one thread only, and memory goes back to where it came from.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) call: Call,
    pub(crate) place: Place,
}

impl Place {
    pub(crate) fn of(endpoint: &Endpoint, executor: &Executor) -> Self {
        Self {
            executor: executor.clone(),
            lane: endpoint.lane,
        }
    }

    /// What a job's failure means to the client.
    pub(super) fn failed(&self, failure: TaskError) -> Error {
        match &self.executor {
            Executor::Pooled(pooled) => pooled.failed(self.lane, failure),
            // Nothing of it is on a pool, so nothing fails there.
            Executor::Inline => Error::internal(failure),
        }
    }
}

impl Current {
    pub(crate) fn request_id(&self) -> &RequestId {
        match self {
            Self::Async { request_id, .. } => request_id,
            Self::Plain(work) => work.call.request.id(),
        }
    }

    pub(crate) fn place(&self) -> &Place {
        match self {
            Self::Async { place, .. } => place,
            Self::Plain(work) => &work.place,
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
