//! What can keep a daemon, a link or a control request from working.

use std::{fmt, io};

use rustix::io::Errno;

/// A failure of the daemon or of a request to it: one sentence for the person who started it.
#[derive(Debug)]
pub struct Error {
    text: String,
    kind: io::ErrorKind,
}

impl Error {
    pub(crate) fn new(text: impl Into<String>) -> Error {
        Error {
            text: text.into(),
            kind: io::ErrorKind::Other,
        }
    }

    /// `what` names the thing that failed; the cause is the system's word.
    pub(crate) fn caused(what: impl fmt::Display, cause: &io::Error) -> Error {
        Error {
            text: format!("{what}: {cause}"),
            kind: kind(cause),
        }
    }

    pub(crate) fn timed_out(text: String) -> Error {
        Error {
            text,
            kind: io::ErrorKind::TimedOut,
        }
    }

    pub(crate) fn in_use(text: String) -> Error {
        Error {
            text,
            kind: io::ErrorKind::AddrInUse,
        }
    }

    /// What kind of failure of the system it was; `Other` when it was none.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        self.kind
    }
}

/// A machine without IPv6 has none of its addresses.
fn kind(cause: &io::Error) -> io::ErrorKind {
    match Errno::from_io_error(cause) {
        Some(Errno::AFNOSUPPORT) => io::ErrorKind::AddrNotAvailable,
        _ => cause.kind(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}
