//! What the daemon needs to know, checked and complete.

use std::{path::PathBuf, time::Duration};

use crate::{
    address::Listen, backoff::Backoff, binding::Access, error::Error, log::Logging, pid_file::PidFile,
    sockets::Sockets, user::Identity,
};

/// How a daemon runs its masters.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The application's name: in every log line and in the name of the control socket.
    pub name: String,
    /// Where to listen, unless sockets are inherited.
    pub listen: Vec<Listen>,
    /// An event loop that is silent for so long has its master replaced; not zero. Without it nobody's silence matters.
    pub watchdog: Option<Duration>,
    /// A master that is not ready after so long is killed; not zero.
    pub ready_timeout: Duration,
    /// A master that ends for good goes on taking connections for so long, with its readiness denied already.
    pub drain_delay: Duration,
    /// A master that was told to leave is killed half a second after this, and after the delay where there is one.
    pub shutdown_timeout: Duration,
    /// A master with more resident memory than so many bytes is replaced.
    pub max_memory: Option<u64>,
    /// A master that has served for about so long is replaced as by a reload; up to a tenth longer, so that of many daemons not all do it
    /// at once.
    pub recycle_age: Option<Duration>,
    /// Holds the daemon's pid, locked while it lives. The control socket lies beside it.
    pub pid_file: Option<PathBuf>,
    /// When and how often a dead master is started again.
    pub backoff: Backoff,
    /// Where masters work, from the root on; each enters it anew, so it may be a link that is pointed elsewhere. Else they work where the
    /// daemon was started.
    pub folder: Option<PathBuf>,
    /// Who may connect to the Unix sockets among `listen`.
    pub access: Access,
    /// Whether to reload whenever the program on the disk was replaced.
    pub watch: bool,
    /// Whom masters run as, when the daemon is root's.
    pub identity: Option<Identity>,
    /// What becomes of the daemon's own lines.
    pub log: Logging,
}

/// How often a master beats that nobody watches: its memory is looked at with each.
const UNWATCHED_BEAT: Duration = Duration::from_millis(2_500);

/// How often each event loop is to beat: a quarter of the watchdog.
pub(crate) fn beat_every(watchdog: Option<Duration>) -> Duration {
    watchdog.map_or(UNWATCHED_BEAT, |watchdog| watchdog / 4)
}

impl Settings {
    /// Looks for what would refuse the launch of this daemon, but for what is taken by somebody else: he may be this one. It binds
    /// and makes nothing.
    ///
    /// # Errors
    /// The first reason: a limit, the pid file, an address, or the group of Unix sockets.
    pub fn check(&self) -> Result<(), Error> {
        if self.watchdog.is_some_and(|watchdog| watchdog.is_zero()) || self.ready_timeout.is_zero() {
            let text = "the watchdog and the ready limit must be longer than 0";
            return Err(Error::new(text));
        }
        self.pid_file.as_deref().map_or(Ok(()), PidFile::check)?;
        Sockets::check(&self.listen, &self.access)
    }
}
