//! What a call in another process is called in its pool.

use crate::{call::Origin, message::RequestId};
use gopool_isolated::Interrupt;

/// A call that a thread waits for, for those who list and cancel calls.
#[derive(Debug)]
pub(crate) struct IsolatedCall {
    pub(crate) request_id: RequestId,
    pub(crate) origin: Option<Origin>,
    pub(crate) interrupt: Interrupt,
}
