//! What a body may take, and where it goes.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::budget::Budget;
use crate::params::Delivery;

/// What a body may take, and how it comes to its handler.
#[derive(Debug, Clone)]
pub(crate) struct BodyLimits {
    /// In bytes.
    pub(crate) size: u64,
    /// Until all of it has arrived, beyond what it takes at `min_rate`.
    pub(crate) time: Duration,
    /// In bytes a second.
    pub(crate) min_rate: u64,
    /// For all bodies together.
    pub(crate) budget: Budget,
    pub(crate) delivery: Delivery,
    pub(crate) spool: Spool,
}

/// Where bodies go that need not be in memory. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Spool {
    pub(crate) folder: Arc<PathBuf>,
    /// What is kept in memory, in bytes.
    pub(crate) after: u64,
    /// For all files together.
    pub(crate) budget: Budget,
}
