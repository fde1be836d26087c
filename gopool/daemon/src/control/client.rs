//! What asks a daemon: one request, one answer.

use std::{
    io::{self, Read, Write},
    path::Path,
    time::Duration,
};

use super::{request::Request, status::Status};
use crate::{error::Error, socket_file::connect_at_once};

/// A daemon answers `status` at once.
const STATUS_LIMIT: Duration = Duration::from_secs(5);

/// The status of the daemon behind this socket.
pub(super) fn ask_status(socket: &Path) -> Result<Status, Error> {
    let answer = ask(socket, Request::Status, Some(STATUS_LIMIT))?;
    serde_json::from_str(&answer)
        .map_err(|cause| Error::new(format!("the daemon's status cannot be read: {cause}")))
}

/// Asks and waits for the answer, at most for the limit.
pub(super) fn ask(socket: &Path, request: Request, limit: Option<Duration>) -> Result<String, Error> {
    let unheard =
        |cause: io::Error| Error::caused(format!("no daemon answers on `{}`", socket.display()), &cause);
    let failed = |cause: io::Error| match cause.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::timed_out(format!(
            "`{}` is not done after {:?}; the daemon goes on with it, `status` tells how far it is",
            request.word(),
            limit.unwrap_or_default()
        )),
        _ => unheard(cause),
    };
    // A daemon that is stopped accepts nobody, and who waits for it might wait for ever.
    let mut stream = connect_at_once(socket).map_err(unheard)?;
    stream.set_nonblocking(false).map_err(failed)?;
    stream.set_read_timeout(limit).map_err(failed)?;
    stream
        .write_all(format!("{}\n", request.word()).as_bytes())
        .map_err(failed)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(failed)?;
    match answer.split_once('\n') {
        Some(("ok", rest)) => Ok(rest.trim_end().to_owned()),
        Some(("error", rest)) => Err(Error::new(rest.trim_end())),
        _ => Err(Error::new("the daemon ended before it answered")),
    }
}
