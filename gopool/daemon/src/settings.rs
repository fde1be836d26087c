//! What the daemon needs to know, checked and complete.

use std::{path::PathBuf, time::Duration};

use crate::{address::Listen, backoff::Backoff};

/// How a daemon runs its masters.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The application's name: in every log line and in the name of the control socket.
    pub name: String,
    /// Where to listen, unless sockets are inherited.
    pub listen: Vec<Listen>,
    /// An event loop that is silent for so long has its master replaced; not zero.
    pub watchdog: Duration,
    /// A master that is not ready after so long is killed; not zero.
    pub ready_timeout: Duration,
    /// A master that was told to leave is killed half a second after this.
    pub shutdown_timeout: Duration,
    /// A master with more resident memory than so many bytes is replaced.
    pub max_memory: Option<u64>,
    /// Holds the daemon's pid, locked while it lives. The control socket lies beside it.
    pub pid_file: Option<PathBuf>,
    /// When and how often a dead master is started again.
    pub backoff: Backoff,
}
