//! The daemon: owns the listening sockets and keeps a master alive behind them.
//!
//! One program plays three parts: without a [`Link`] it is the daemon, with one it is a master that the daemon started from
//! the same program, and as a client it asks a running daemon through [`control`]. The README of this crate tells the states
//! and the races.
//!
//! gopool's applications use it through `gopool::start`; this is what happens there:
//!
//! ```no_run
//! use std::{error::Error, process::ExitCode, time::Duration};
//!
//! use gopool_daemon::{Access, Backoff, Link, Logging, Settings, run};
//!
//! fn main() -> Result<ExitCode, Box<dyn Error>> {
//!     // First of all, before any thread starts.
//!     let Some(mut link) = Link::from_env()? else {
//!         return Ok(run(Settings {
//!             name: "app".to_owned(),
//!             listen: vec!["127.0.0.1:6100".parse()?],
//!             watchdog: Some(Duration::from_secs(10)),
//!             recycle_age: None,
//!             ready_timeout: Duration::from_secs(60),
//!             drain_delay: Duration::ZERO,
//!             shutdown_timeout: Duration::from_secs(30),
//!             max_memory: None,
//!             pid_file: None,
//!             folder: None,
//!             backoff: Backoff::default(),
//!             log: Logging::default(),
//!             access: Access::default(),
//!             identity: None,
//!             watch: false,
//!         }));
//!     };
//!     let listeners = link.take_listeners();
//!     link.ready(1)?;
//!     loop {
//!         // Answer requests on `listeners`; leave at TERM or QUIT, and when `link` becomes readable.
//!         # let _ = &listeners;
//!         link.beat(0);
//!         std::thread::sleep(link.beat_every());
//!     }
//! }
//! ```

mod address;
mod backoff;
mod binding;
mod child;
pub mod control;
mod descriptors;
mod error;
pub mod exit_code;
mod exits;
mod handover;
mod inherited;
mod init;
mod link;
mod log;
mod master;
mod notify;
mod options_file;
mod pid_file;
mod program;
mod rehearsal;
mod restarts;
mod settings;
mod signal;
mod socket_file;
mod sockets;
mod state;
mod supervise;
mod user;
mod watch;

use std::process::ExitCode;

pub use address::{Address, Listen, is_host};
pub use backoff::Backoff;
pub use binding::{Access, Listener};
pub use error::Error;
pub use exits::{Exit, How};
pub use inherited::{Terminal, outlive_full_files, unblock_signals};
pub use init::run_as_init;
pub use link::Link;
pub use log::{Level, LogFormat, Logging};
pub use options_file::OptionsFile;
pub use restarts::{Cause, Restarts};
pub use settings::Settings;
pub use sockets::Sockets;
pub use user::{Identity, is_root};

use handover::Handover;
use supervise::Supervisor;

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
    let format = settings.log.format;
    match prepared(settings) {
        Ok(Some(supervisor)) => ExitCode::from(supervisor.run()),
        Ok(None) => ExitCode::from(exit_code::STOPPED),
        Err(error) => {
            log::Log::to_stderr(format).say(log::Level::Error, &error.to_string());
            ExitCode::from(exit_code::NOT_LAUNCHED)
        }
    }
}

/// A daemon about to run: a new one, or one that goes on where the program before left off. `None` where only that was to be tried.
fn prepared(settings: Settings) -> Result<Option<Supervisor>, Error> {
    let Some(handover) = Handover::from_env()? else {
        let mut daemon = Supervisor::prepare(settings)?;
        daemon.introduce();
        return Ok(Some(daemon));
    };
    if handover.known.is_rehearsal {
        return handover.say_fine().map(|()| None);
    }
    let caught = handover.known.caught;
    let mut daemon = Supervisor::take_over(settings, handover)?;
    daemon.introduce();
    daemon.go_on(caught);
    Ok(Some(daemon))
}
