//! The clock's rounds over the lanes that hold waiting jobs: where it stands in one, and when the next begins.

use crate::time::Moment;

/// The rounds of one pool.
#[derive(Debug)]
pub(crate) struct Rounds {
    /// When the next one begins: never while nothing waits.
    pub(crate) next: Moment,
    /// How many lanes this one has yet to look at.
    pub(crate) left: usize,
    /// Whether it has met an overloaded one.
    pub(crate) is_overloaded: bool,
}

impl Rounds {
    pub(crate) fn new() -> Self {
        Self {
            next: Moment::NEVER,
            left: 0,
            is_overloaded: false,
        }
    }
}
