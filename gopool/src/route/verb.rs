//! Which methods a route is for.

use std::fmt;

/// The method of a route, or all that have no route of their own on its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// Every method.
    Any,
    /// This one.
    Only(&'static str),
}

impl Verb {
    /// As tables and messages name it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "ALL",
            Self::Only(method) => method,
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
