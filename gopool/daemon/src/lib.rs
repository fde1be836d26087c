//! The daemon: owns the listening sockets and keeps a master alive behind them. See the README beside this file.

mod backoff;
mod child;
pub mod control;
mod error;
mod exits;
mod link;
mod listen;
mod notify;
mod phase;
mod pid_file;
mod say;
mod settings;
mod signal;
mod supervise;

use std::process::ExitCode;

pub use backoff::Backoff;
pub use error::Error;
pub use exits::{Exit, How};
pub use link::Link;
pub use listen::{Listen, Listener, Sockets};
pub use settings::Settings;

/// Runs the daemon until it is told to stop or gives up, and returns its exit code:
///
/// | code | meaning |
/// |---|---|
/// | 0 | stopped as asked (TERM, INT, `stop`); nothing left behind |
/// | 1 | not launched: socket, pid file, or the reason that the first master gave |
/// | 69 | gave up: too many deaths without a healthy master |
/// | 130 | a second INT ended everything at once |
///
/// Call it only in a process where [`Link::from_env`] found nothing, and before any thread starts.
#[must_use]
pub fn run(settings: Settings) -> ExitCode {
    let name = settings.name.clone();
    match supervise::Supervisor::prepare(settings) {
        Ok(supervisor) => ExitCode::from(supervisor.run()),
        Err(error) => {
            say::say(&name, &error.to_string());
            ExitCode::from(phase::NOT_LAUNCHED)
        }
    }
}
