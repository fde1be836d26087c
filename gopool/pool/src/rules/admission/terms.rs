//! What a caller asks for, apart from the work itself.

use crate::{keys::LaneId, priority::Priority, time::Nanos};

/// The terms of one task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) lane: LaneId,
    /// That of its lane, if it says nothing.
    pub(crate) priority: Option<Priority>,
    /// Who asks, where a lane is shared among its callers: a hash of what they are known by.
    pub(crate) caller: Option<u64>,
    /// From submission to start.
    pub(crate) queue_timeout: Nanos,
    /// From start to end.
    pub(crate) timeout: Nanos,
    /// From submission to end.
    pub(crate) within: Nanos,
    /// Whether the door has let it in already, so that it is not judged by chance a second time.
    pub(crate) is_admitted: bool,
}

impl Terms {
    /// Of this lane, without limits.
    pub(crate) fn of(lane: LaneId) -> Self {
        Self {
            lane,
            priority: None,
            caller: None,
            queue_timeout: Nanos::FOREVER,
            timeout: Nanos::FOREVER,
            within: Nanos::FOREVER,
            is_admitted: false,
        }
    }
}
