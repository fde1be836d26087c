//! The control socket: how `status`, `reload` and `stop` reach a running daemon.
//!
//! A client sends one word and a newline; the answer is `ok` or `error`, a newline and the rest until the end.
//! The socket's file is for its owner only: who may write to it may stop the application.

mod client;
mod location;
mod request;
mod server;
mod status;

pub use client::{reload, status, stop};
pub(crate) use location::path;
pub(crate) use request::Request;
pub(crate) use server::{CLIENTS, Server};
pub(crate) use status::Seen;
pub use status::{MasterStatus, Status};
