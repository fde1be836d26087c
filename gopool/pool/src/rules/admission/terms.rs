//! What a caller asks for, apart from the work itself.

use crate::{keys::LaneId, time::Nanos};

/// The terms of one task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) lane: LaneId,
    /// From submission to start.
    pub(crate) queue_timeout: Nanos,
    /// From start to end.
    pub(crate) timeout: Nanos,
}
