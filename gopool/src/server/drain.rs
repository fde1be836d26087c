//! How far the server is with stopping, and how many requests it still serves.

use std::sync::Arc;

use crate::progress::{Progress, Staged};

/// What becomes of requests that arrive, and how many are being served.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    progress: Progress<DrainStage>,
    /// Shared by this and by the guard of each request, so its count is theirs.
    serving: Arc<()>,
}

/// The stages, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DrainStage {
    /// Requests are served, connections stay.
    Serving,
    /// Requests are still served, and each connection is closed with its next answer, so that a client which sends on a
    /// kept-alive connection at this moment loses nothing.
    ClosingConnections,
    /// Requests on connections that are still there are refused.
    Refusing,
}

impl Staged for DrainStage {
    const ALL: &'static [Self] = &[Self::Serving, Self::ClosingConnections, Self::Refusing];
}

impl Drain {
    pub(crate) fn advance_to(&self, stage: DrainStage) {
        self.progress.advance_to(stage);
    }

    pub(crate) fn stage(&self) -> DrainStage {
        self.progress.stage()
    }

    /// How many requests are being served at this moment.
    pub(crate) fn serving(&self) -> usize {
        Arc::strong_count(&self.serving) - 1
    }

    /// Counts one request as being served for as long as the guard lives, which may be as long as the body of its answer.
    pub(super) fn enter(&self) -> Serving {
        Serving(self.serving.clone())
    }
}

/// One request being served.
#[derive(Debug)]
pub(super) struct Serving(#[allow(dead_code, reason = "its being there is what counts")] Arc<()>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopping_never_goes_back() {
        let drain = Drain::default();
        assert_eq!(drain.stage(), DrainStage::Serving);
        drain.advance_to(DrainStage::Refusing);
        drain.advance_to(DrainStage::ClosingConnections);
        assert_eq!(drain.stage(), DrainStage::Refusing);
    }

    #[test]
    fn a_request_counts_until_its_guard_is_dropped_wherever_that_went() {
        let drain = Drain::default();
        let (first, second) = (drain.enter(), drain.enter());
        assert_eq!(drain.serving(), 2);
        drop(first);
        let elsewhere = std::thread::spawn(move || drop(second));
        assert!(elsewhere.join().is_ok());
        assert_eq!(drain.serving(), 0);
    }
}
