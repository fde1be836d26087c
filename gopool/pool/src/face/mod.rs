//! The face: what users of the pool name and hold.

pub(crate) mod block_on;
pub(crate) mod builder;
pub(crate) mod cancel;
pub(crate) mod handle;
pub(crate) mod job;
pub(crate) mod lane;
pub(crate) mod mailbox;
pub(crate) mod pool;
pub(crate) mod stats;
pub(crate) mod task;
pub(crate) mod tasks;
pub(crate) mod working;
