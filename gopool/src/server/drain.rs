//! How far the server is with stopping.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// What becomes of requests that arrive, and how many are being served.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    step: AtomicU8,
    serving: AtomicUsize,
}

/// The steps, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Step {
    /// Requests are served, connections stay.
    Serving = 0,
    /// Requests are still served, and each connection is closed with its next answer, so that a client which sends on a
    /// kept-alive connection at this moment loses nothing.
    ClosingConnections = 1,
    /// Requests on connections that are still there are refused.
    Refusing = 2,
}

impl Drain {
    pub(crate) fn advance_to(&self, step: Step) {
        self.step.fetch_max(step as u8, Ordering::Relaxed);
    }

    pub(crate) fn step(&self) -> Step {
        match self.step.load(Ordering::Relaxed) {
            0 => Step::Serving,
            1 => Step::ClosingConnections,
            _ => Step::Refusing,
        }
    }

    /// How many requests are being served at this moment.
    pub(crate) fn serving(&self) -> usize {
        self.serving.load(Ordering::Relaxed)
    }

    /// Counts one request as being served for as long as the guard lives.
    pub(super) fn enter(&self) -> Guard<'_> {
        self.serving.fetch_add(1, Ordering::Relaxed);
        Guard(self)
    }
}

/// One request being served.
pub(super) struct Guard<'a>(&'a Drain);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.serving.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_never_goes_back() {
        let drain = Drain::default();
        assert_eq!(drain.step(), Step::Serving);
        drain.advance_to(Step::Refusing);
        drain.advance_to(Step::ClosingConnections);
        assert_eq!(drain.step(), Step::Refusing);
    }

    #[test]
    fn a_request_counts_until_its_guard_is_dropped() {
        let drain = Drain::default();
        let guard = drain.enter();
        assert_eq!(drain.serving(), 1);
        drop(guard);
        assert_eq!(drain.serving(), 0);
    }
}
