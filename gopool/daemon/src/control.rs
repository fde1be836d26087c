//! The control socket: how `status`, `reload`, `upgrade` and `stop` reach a running daemon.
//!
//! A client sends one word and a newline; the answer is `ok` or `error`, a newline and the rest until the end.
//! The socket's file is for its owner only: who may write to it may stop the application.

mod client;
mod find;
mod location;
mod request;
mod server;
mod status;

use std::{io, time::Duration};

use crate::{address::Address, error::Error, settings::Settings};
pub use find::Wanted;
pub(crate) use request::Request;
pub(crate) use server::{CLIENTS, KnownControl, Server};
pub(crate) use status::Seen;
pub use status::{MasterStatus, Status};

/// Makes the control socket, at the first of its places where one can be.
///
/// # Errors
/// When there is none, each reason; or another daemon answers there.
pub(crate) fn open(settings: &Settings, bound: &[Address]) -> Result<Server, Error> {
    let mut reasons = Vec::new();
    for place in location::places(settings, bound) {
        match place.and_then(|path| Server::bind(&path)) {
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => reasons.push(error.to_string()),
            opened => return opened,
        }
    }
    Err(Error::new(reasons.join("; ")))
}

/// How the daemon is.
///
/// # Errors
/// When there is not exactly one daemon that is meant, or it does not answer.
pub fn status(wanted: &Wanted) -> Result<Status, Error> {
    Ok(find::find(wanted)?.status)
}

/// Replaces the master by one from the program on disk, and waits until it serves, at most for the limit.
///
/// # Errors
/// When no daemon answers, or the new master did not start: then the reason, and the old one goes on.
pub fn reload(wanted: &Wanted, limit: Option<Duration>) -> Result<String, Error> {
    client::ask(&find::find(wanted)?.socket, Request::Reload, limit)
}

/// Replaces the daemon itself by the program on disk, then the master as [`reload`] does, and waits until that serves, at most for the
/// limit. The sockets stay open meanwhile.
///
/// # Errors
/// When no daemon answers; or the program cannot take its place, or the new master did not start: then the reason, and what is there goes on.
pub fn upgrade(wanted: &Wanted, limit: Option<Duration>) -> Result<String, Error> {
    client::ask(&find::find(wanted)?.socket, Request::Upgrade, limit)
}

/// Drains and ends the daemon, and waits until no master is left, at most for the limit.
///
/// # Errors
/// When no daemon answers.
pub fn stop(wanted: &Wanted, limit: Option<Duration>) -> Result<String, Error> {
    client::ask(&find::find(wanted)?.socket, Request::Stop, limit)
}
