//! Lanes, as users hold them.

use crate::keys::LaneId;
use std::{num::NonZeroUsize, sync::Arc};

/// The unit of fairness: tasks of one lane start in the order of their submission, lanes take turns.
///
/// A lane lives as long as its pool, so make one for each kind of work, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    pub(crate) id: LaneId,
    pub(crate) pool: u64,
}

/// How a lane is to be.
#[derive(Debug, Clone)]
pub struct LaneOptions {
    pub(crate) name: Arc<str>,
    pub(crate) concurrency: Option<NonZeroUsize>,
}

impl LaneOptions {
    /// A lane of this name, for statistics and logs.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            concurrency: None,
        }
    }

    /// At most this many tasks of the lane run at once; other lanes pass its waiting tasks by. `None`: no limit.
    ///
    /// A task holds its place until its body has ended, however late.
    pub fn concurrency(mut self, limit: impl Into<Option<NonZeroUsize>>) -> Self {
        self.concurrency = limit.into();
        self
    }
}
