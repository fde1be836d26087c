//! What jobs want of children, what comes of that, and who waits.

use std::time::Duration;

/// Which child.
pub(crate) type Id = u64;

/// What a job wants of its child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Any,
    /// One that has had no job before, and will have no other.
    Fresh,
}

/// Threads that wait for a child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) all: usize,
    /// Of these, those that wait for a fresh one.
    pub(crate) fresh: usize,
}

impl Waiting {
    pub(crate) fn come(&mut self, want: Want) {
        self.all += 1;
        self.fresh += usize::from(want == Want::Fresh);
    }

    pub(crate) fn go(&mut self, want: Want) {
        self.all = self.all.saturating_sub(1);
        self.fresh = self.fresh.saturating_sub(usize::from(want == Want::Fresh));
    }
}

/// What came of asking for a child.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// This one is yours.
    Child(Id),
    /// One will come.
    Wait,
    /// None will come before that.
    NotNow(Duration),
    /// None will come.
    Closed,
}
