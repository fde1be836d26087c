//! Notices that the program on the disk was replaced.

use std::time::Duration;

use crate::program::FileIdentity;

/// How often the daemon looks, when it is to.
pub(crate) const EVERY: Duration = Duration::from_millis(500);

/// What was seen there. Whatever is the same twice in a row, and was not started yet, is worth a reload; a copy that still grows is not.
#[derive(Debug)]
pub(crate) struct Watch {
    next_look: Duration,
    seen: Option<FileIdentity>,
    started: Option<FileIdentity>,
}

impl Watch {
    pub(crate) fn new(started: Option<FileIdentity>) -> Watch {
        Watch {
            next_look: Duration::ZERO,
            seen: None,
            started,
        }
    }

    pub(crate) fn deadline(&self) -> Duration {
        self.next_look
    }

    /// A master is started from this.
    pub(crate) fn start(&mut self, found: Option<FileIdentity>) {
        self.started = found.or(self.started);
    }

    /// Looks, if it is time: whether a reload is worth it now. Each program is tried once.
    pub(crate) fn look(&mut self, now: Duration, find: impl FnOnce() -> Option<FileIdentity>) -> bool {
        if now < self.next_look {
            return false;
        }
        self.next_look = now.saturating_add(EVERY);
        let found = find();
        let is_new = found.is_some() && found != self.started && found == self.seen;
        self.seen = found;
        if is_new {
            self.started = found;
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_tried_once_when_it_was_the_same_twice_in_a_row() {
        let file = |size| Some(FileIdentity::with_size(size));
        let mut watch = Watch::new(file(1));
        let mut now = Duration::ZERO;
        let looks = [
            (file(1), false),
            (None, false),
            (file(2), false),
            (file(3), false),
            (file(3), true),
            (file(3), false),
            (None, false),
            (file(3), false),
            (file(1), false),
            (file(1), true),
        ];
        for (found, is_new) in looks {
            assert_eq!(watch.look(now, || found), is_new, "{found:?}");
            assert!(!watch.look(now, || file(9)), "not yet time");
            now += EVERY;
        }
    }
}
