//! Whether a master can do its work.

/// Whether the process can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    Starting,
    Serving,
    /// Finishing what was accepted; nothing new is.
    Draining,
    /// Every thread of the pool and every replacement is overdue.
    Stuck,
}

impl Health {
    pub(super) fn is_ready(self) -> bool {
        self == Self::Serving
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Stuck => "stuck",
        }
    }
}
