//! Lanes, as users hold them.

use crate::{keys::LaneId, priority::Priority, rules::queue::LaneSettings, time::Nanos};
use std::{
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

/// The unit of fairness: lanes share the CPU time by weight. Tasks of one lane start in the order of their submission while they have not
/// waited for long, see [`LaneOptions::queue_target`].
///
/// A lane lives as long as its pool, so make one for each kind of work, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    pub(crate) id: LaneId,
    pub(crate) pool: u64,
    pub(crate) priority: Option<Priority>,
    pub(crate) caller: Option<u64>,
}

impl Lane {
    /// The same lane, for tasks that are this urgent, whatever the lane's own priority is.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = Some(priority);
        self
    }

    /// The same lane, for tasks of this caller: callers share what the lane has, so that none starves the others. `key` is a hash of what
    /// the caller is known by; nobody should be able to choose one with the hash of another.
    ///
    /// There are 64 lines for all callers; each has two of them, and a task stands in the shorter one.
    pub fn caller(mut self, key: u64) -> Self {
        self.caller = Some(key);
        self
    }
}

/// How a lane is to be.
#[derive(Debug, Clone)]
pub struct LaneOptions {
    pub(crate) name: Arc<str>,
    pub(crate) concurrency: Option<NonZeroUsize>,
    weight: NonZeroU32,
    priority: Priority,
    queue_target: Option<Duration>,
}

impl LaneOptions {
    /// A lane of this name, for statistics and logs.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            concurrency: None,
            weight: NonZeroU32::MIN,
            priority: Priority::Normal,
            queue_target: None,
        }
    }

    /// At most this many tasks of the lane run at once; other lanes pass its waiting tasks by. `None`: no limit.
    ///
    /// A task holds its place until its body has ended, however late.
    pub fn concurrency(mut self, limit: impl Into<Option<NonZeroUsize>>) -> Self {
        self.concurrency = limit.into();
        self
    }

    /// The lane's part of the CPU time, beside that of others which wait too: a lane of weight 3 has three times that of one of weight 1,
    /// which is the default.
    pub fn weight(mut self, weight: NonZeroU32) -> Self {
        self.weight = weight;
        self
    }

    /// How urgent its tasks are that say nothing themselves, see [`Lane::priority`].
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// For how long its waiting tasks are served in the order in which they came; older ones wait until nothing else does, or for every
    /// fourth start. `None`: as the pool has it.
    pub fn queue_target(mut self, target: impl Into<Option<Duration>>) -> Self {
        self.queue_target = target.into();
        self
    }

    pub(crate) fn settings(self, of_pool: Option<Nanos>) -> LaneSettings {
        LaneSettings {
            name: self.name,
            concurrency: self.concurrency.map(NonZeroUsize::get),
            weight: self.weight,
            priority: self.priority,
            target: self.queue_target.map(Nanos::from).or(of_pool),
        }
    }
}
