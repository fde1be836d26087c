//! Which call the code at hand belongs to.

use std::time::Instant;

use super::{Endpoint, Executor};
use crate::{call::Call, message::RequestId, pool::Lane};

tokio::task_local! {
    static CURRENT: Current;
}

/// What a handler's helpers (`gopool::cpu`, the log) know of the call they run in.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) request_id: RequestId,
    pub(crate) executor: Executor,
    pub(crate) lane: Option<Lane>,
    /// When an async handler is dropped: its CPU part must end by then too.
    pub(crate) deadline: Option<Instant>,
}

impl Current {
    pub(crate) fn of(call: &Call, endpoint: &Endpoint, executor: &Executor) -> Self {
        Self {
            request_id: call.request.id().clone(),
            executor: executor.clone(),
            lane: endpoint.lane,
            deadline: None,
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
