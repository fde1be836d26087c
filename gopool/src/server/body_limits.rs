//! What a body may take, and where it goes.

use std::{path::PathBuf, sync::Arc};

use super::{budget::Budget, paced::Pace};
use crate::params::Delivery;

/// What a body may take, and how it comes to its handler.
#[derive(Debug, Clone)]
pub(crate) struct BodyLimits {
    /// In bytes.
    pub(crate) size: u64,
    /// How long all of it may take to arrive.
    pub(crate) pace: Pace,
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
