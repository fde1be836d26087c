//! Content codings: replies that are sent compressed, and bodies of requests that come so.
//!
//! What the head of a request says of them is read on the event loop (`negotiation.rs`) and crosses with the call as [`Codings`]. The work
//! is done where CPU work belongs, on the thread of the handler: `body.rs` decodes within the limit of the body, `reply.rs` decides which replies are worth it.

mod body;
#[cfg(feature = "compress")]
mod coder;
mod coding;
mod negotiation;
mod reply;
#[cfg(not(feature = "compress"))]
mod without;

use serde::{Deserialize, Serialize};

pub(crate) use self::{
    body::{CodedBody, body_coding},
    reply::ReplyCoding,
};
#[cfg(feature = "compress")]
pub(crate) use coder::Encoder;
#[cfg(not(feature = "compress"))]
pub(crate) use without::Encoder;

/// Whether this program was built with the feature `compress`.
pub(crate) const IS_AVAILABLE: bool = cfg!(feature = "compress");

/// What is to be done to the body of a request, and to that of its reply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Codings {
    /// `None` for a body as it is.
    pub(crate) body: Option<CodedBody>,
    pub(crate) reply: ReplyCoding,
}

impl Codings {
    /// Whether there is anything to do.
    pub(crate) fn is_some(&self) -> bool {
        *self != Self::default()
    }
}
