//! How a program runs its routes.

use super::pooled::Pooled;
use crate::error::Error;
use gopool_pool::{Lane, TaskError};

/// How this program runs its routes.
#[derive(Debug, Clone)]
pub(crate) enum Executor {
    /// Everything on the event loop: `start_single` and `--single`.
    Inline,
    /// Plain functions on the pool, the rest on the event loop.
    Pooled(Pooled),
}

impl Executor {
    /// What a job's failure means to the client.
    pub(super) fn failed(&self, lane: Option<Lane>, failure: TaskError) -> Error {
        match self {
            Self::Pooled(pooled) => pooled.failed(lane, failure),
            // Nothing is on a pool, so nothing fails there.
            Self::Inline => Error::internal(failure),
        }
    }
}
