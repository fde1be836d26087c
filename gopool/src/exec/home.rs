//! What an event loop has for itself of what all calls share.

use std::sync::Arc;

use super::executor::Executor;
use crate::context::Contexts;
use gopool_pool::Mailbox;

/// Where the calls of one event loop come from. No other loop writes to its reference counts.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) executor: Arc<Executor>,
    pub(crate) contexts: Arc<Contexts>,
    /// By which the pool and the event loop hand calls to each other.
    pub(crate) mailbox: Mailbox,
}

impl Home {
    pub(crate) fn new(executor: &Executor, contexts: &Contexts) -> Self {
        Self {
            executor: Arc::new(executor.clone()),
            contexts: Arc::new(contexts.clone()),
            mailbox: Mailbox::new(),
        }
    }
}
