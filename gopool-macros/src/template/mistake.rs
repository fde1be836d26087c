//! A mistake in a path, as it is found and as it is drawn.

use std::ops::Range;

/// A mistake in a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) help: String,
}

/// A mistake before it is drawn.
pub(super) struct Found {
    /// The wrong part, in bytes.
    pub(super) part: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

pub(super) fn found(part: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Found {
    Found {
        part,
        message: message.into(),
        help: help.into(),
    }
}

/// The message, the path, and a line under the wrong part of it.
pub(super) fn draw(path: &str, found: Found) -> Mistake {
    let Found { part, message, help } = found;
    let before = path[..part.start].chars().count();
    let under = path[part].chars().count().max(1);
    let message = format!(
        "{message}\n    {path}\n    {}{}",
        " ".repeat(before),
        "^".repeat(under)
    );
    let message = if path.is_empty() {
        "the path is empty".to_owned()
    } else {
        message
    };
    Mistake { message, help }
}

/// In bytes.
pub(super) fn char_length(path: &str, at: usize) -> usize {
    path[at..].chars().next().map_or(1, char::len_utf8)
}
