//! Failures: a status, a public text, and a private cause that stays in the log.
//!
//! Clients get RFC 9457 `application/problem+json`. What a handler did not mean for the client never reaches it.

mod carried;
mod failure;
pub(crate) mod from;
mod kind;
mod own;
mod problem;
pub(crate) mod typed;
pub(crate) mod wire;

pub use failure::Error;
pub use kind::Kind;
pub use typed::Problem;
