//! Why a launch was refused.

use std::{fmt, process::ExitCode};

use gopool_daemon::{Link, exit_code::NOT_LAUNCHED};

use crate::log::complain;

/// Why an application was not launched: every reason at once, a sentence each.
///
/// `Debug` writes it like `Display`, because that is what `expect` and a test that returns it print.
#[derive(Clone, PartialEq, Eq)]
pub struct Refused {
    reasons: Vec<String>,
}

impl Refused {
    pub(super) fn for_these(reasons: Vec<String>) -> Self {
        Self { reasons }
    }

    /// The reasons.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot launch:")?;
        self.reasons
            .iter()
            .try_for_each(|reason| write!(f, "\n  - {reason}"))
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Refused {}

/// Says why, to whoever reads the output.
pub(super) fn refuse(refusals: &[String]) -> ExitCode {
    complain(&Refused::for_these(refusals.to_vec()));
    ExitCode::from(NOT_LAUNCHED)
}

/// Tells the daemon, if there is one, and whoever reads the output.
pub(super) fn refuse_launch(link: Option<&Link>, refusals: &[String]) -> ExitCode {
    if let Some(link) = link {
        link.failed(&refusals.join("; "));
    }
    refuse(refusals)
}
