//! What asks a daemon: one request, one answer.

use std::{
    io::{self, Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use super::{location::path, request::Request, status::Status};
use crate::{address::Address, error::Error, settings::Settings};

/// A daemon answers `status` at once; `reload` and `stop` take as long as they take.
const STATUS_LIMIT: Duration = Duration::from_secs(5);

/// Asks the daemon of these settings how it is.
///
/// # Errors
/// When no daemon answers.
pub fn status(settings: &Settings) -> Result<Status, Error> {
    let answer = ask(settings, Request::Status, Some(STATUS_LIMIT))?;
    serde_json::from_str(&answer)
        .map_err(|cause| Error::new(format!("the daemon's status cannot be read: {cause}")))
}

/// Replaces the master by one from the program on disk, and waits until it serves.
///
/// # Errors
/// When no daemon answers, or the new master did not start: then the reason, and the old one goes on.
pub fn reload(settings: &Settings) -> Result<String, Error> {
    ask(settings, Request::Reload, None)
}

/// Drains and ends the daemon, and waits until no master is left.
///
/// # Errors
/// When no daemon answers.
pub fn stop(settings: &Settings) -> Result<String, Error> {
    ask(settings, Request::Stop, None)
}

fn ask(settings: &Settings, request: Request, limit: Option<Duration>) -> Result<String, Error> {
    let path = path(settings, &addresses(settings)?)?;
    let nobody = |cause: io::Error| {
        // Whoever asks from another folder than the daemon runs in has to see that.
        let whole = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
        Error::new(format!(
            "no daemon answers on `{}` ({cause}); start it, or give the same `--pid-file`, `--listen` or `--port` as it has",
            whole.display()
        ))
    };
    let mut stream = UnixStream::connect(&path).map_err(nobody)?;
    stream.set_read_timeout(limit).map_err(nobody)?;
    stream
        .write_all(format!("{}\n", request.word()).as_bytes())
        .map_err(nobody)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(nobody)?;
    match answer.split_once('\n') {
        Some(("ok", rest)) => Ok(rest.trim_end().to_owned()),
        Some(("error", rest)) => Err(Error::new(rest.trim_end())),
        _ => Err(Error::new("the daemon ended before it answered")),
    }
}

/// Where the daemon of these settings listens, if it was given no port 0 and inherited nothing.
fn addresses(settings: &Settings) -> Result<Vec<Address>, Error> {
    let mut addresses = Vec::new();
    for listen in &settings.listen {
        addresses.extend(listen.resolve()?.into_iter().next());
    }
    Ok(addresses)
}
