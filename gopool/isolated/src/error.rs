//! Why a job has no answer, or a child no life.

use std::{error::Error, fmt, time::Duration};

/// Why a job has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// There was no child for it; it was not begun.
    NoProcess {
        /// Why.
        reason: String,
        /// When it is worth another try.
        retry_in: Duration,
    },
    /// It ran longer than it might; its child is told so, and killed if it does not heed that.
    Late,
    /// Nobody wants it any longer; the same happens to its child.
    Unwanted,
    /// Its child ended, or answered what nobody can read. It may have done its work.
    Crashed {
        /// What became of the child.
        how: String,
    },
    /// The nursery takes nothing more.
    Closed,
    /// Its head is too long to be sent.
    TooLarge,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProcess { reason, .. } => write!(f, "no process to run it: {reason}"),
            Self::Late => f.write_str("it ran longer than it might"),
            Self::Unwanted => f.write_str("nobody wants it any longer"),
            Self::Crashed { how } => write!(f, "the process that ran it ended: {how}"),
            Self::Closed => f.write_str("no more work is taken"),
            Self::TooLarge => f.write_str("its head is too long to be sent to a process"),
        }
    }
}

impl Error for Failure {}

/// Why a child did not become ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStarted(pub(crate) String);

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for NotStarted {}
