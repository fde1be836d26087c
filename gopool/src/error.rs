//! Failures: a status, a public text, and a private cause that stays in the log.
//!
//! Clients get RFC 9457 `application/problem+json`. What a handler did not mean for the client never reaches it.

mod carried;
mod failure;
mod kind;
mod problem;
pub(crate) mod wire;

pub use failure::Error;
pub use kind::Kind;
