//! Replies: how a handler's return value becomes a response.
//!
//! A handler may return what is a [`Reply`], any `T: Serialize`, a [`Status`] around either, an `Option` and a `Result` around all of
//! these. Rust has no "this trait, or else that one", so the attribute's expansion, where the types are concrete, lets
//! the lookup of an index choose: see [`returned`] and [`by_type`].

pub(crate) mod around;
pub(crate) mod by_type;
#[cfg(feature = "openapi")]
pub(crate) mod described;
mod event;
mod events;
mod fallible;
mod file;
mod headers;
mod redirect;
mod replies;
pub(crate) mod returned;
mod status;
mod stream;

pub use around::{AfterReply, BeforeReply};
pub use event::{Event, IntoEvent};
pub use events::{EventWriter, Events};
pub use fallible::{HandlerError, HookReply};
pub use file::File;
pub use headers::ReplyHeaders;
pub use redirect::Redirect;
pub use replies::Reply;
pub use status::Status;
pub use stream::Stream;

#[cfg(test)]
mod tests;
