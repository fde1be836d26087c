//! Replies: how a handler's return value becomes a response.
//!
//! A handler may return what is a [`Reply`], any `T: Serialize`, a [`Status`] around either, and a `Result` around all of
//! these. Rust has no "this trait, or else that one", so the attribute's expansion, where the types are concrete, lets
//! the lookup of an index choose: see [`returned`] and [`by_type`].

pub(crate) mod by_type;
mod fallible;
mod replies;
pub(crate) mod returned;
mod status;

pub use fallible::{HandlerError, HookReply};
pub use replies::Reply;
pub use status::Status;

#[cfg(test)]
mod tests;
