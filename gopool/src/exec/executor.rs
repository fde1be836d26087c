//! How a program runs its routes.

use std::sync::Arc;

use super::{isolated::Isolated, pooled::Pooled};
use crate::error::Error;
use gopool_pool::{Lane, TaskError};

/// How this program runs its routes.
#[derive(Debug, Clone)]
pub(crate) enum Executor {
    /// Everything on the event loop: `start_single` and `--single`.
    Inline,
    /// Plain functions on the pool, the rest on the event loop. Isolated ones in processes, where there are any, else on the pool too.
    Pooled(Pooled, Option<Arc<Isolated>>),
}

impl Executor {
    /// What a job's failure means to the client.
    pub(super) fn failed(&self, lane: Option<Lane>, failure: TaskError) -> Error {
        match self {
            Self::Pooled(pooled, _) => pooled.failed(lane, failure),
            // Nothing is on a pool, so nothing fails there.
            Self::Inline => Error::internal(failure),
        }
    }
}
