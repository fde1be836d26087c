//! A task that runs past its timeout, as those see it who are told of it.

use crate::threads::payload::Tag;
use std::{fmt, sync::Arc};

/// A task whose thread has become overdue.
#[derive(Clone)]
pub struct OverdueTask {
    pub(crate) lane: Arc<str>,
    pub(crate) tag: Option<Tag>,
    /// Looks who runs it by now.
    pub(crate) look: Arc<dyn Fn() -> Option<(String, u32)> + Send + Sync>,
}

impl OverdueTask {
    /// The name of its lane.
    pub fn lane(&self) -> &str {
        &self.lane
    }

    /// What was said of it with [`Task::tag`](crate::Task::tag).
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The name of its thread and what the system calls it; `None` once the task has ended.
    pub fn thread(&self) -> Option<(String, u32)> {
        (self.look)()
    }
}

impl fmt::Debug for OverdueTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverdueTask")
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// Who is told of overdue tasks.
#[derive(Clone, Default)]
pub(crate) struct OnOverdue(pub(crate) Option<Arc<dyn Fn(OverdueTask) + Send + Sync>>);

impl fmt::Debug for OnOverdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnOverdue").field(&self.0.is_some()).finish()
    }
}
