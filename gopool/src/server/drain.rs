//! How far the server is with stopping, and how many requests it still serves.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::progress::{Progress, Staged};

/// What becomes of requests that arrive, and how many are being served.
#[derive(Debug, Default)]
pub(crate) struct Drain {
    progress: Progress<DrainStage>,
    /// Of each event loop, so that no two write to the same memory with each request.
    loops: Mutex<Vec<Count>>,
    /// Of these, those whose answers flow.
    flows: Count,
    /// For who wants to know when it stops.
    stopping: watch::Sender<bool>,
}

/// The requests of one event loop that are being served.
#[derive(Debug, Clone, Default)]
pub(super) struct Count {
    /// Shared with the guard of each request, so its count is theirs.
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
        if stage != DrainStage::Serving {
            self.stopping.send_replace(true);
        }
    }

    pub(crate) fn stage(&self) -> DrainStage {
        self.progress.stage()
    }

    /// How many requests are being served at this moment.
    pub(crate) fn serving(&self) -> usize {
        let loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner);
        loops.iter().map(Count::serving).sum()
    }

    /// Ready when the server stops, or is about to be replaced.
    pub(super) fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.stopping.subscribe();
        async move {
            // An error is a server that is gone.
            let _ = stopping.wait_for(|is_stopping| *is_stopping).await;
        }
    }

    /// Counts one answer as flowing for as long as the guard lives.
    pub(super) fn flows(&self) -> Serving {
        self.flows.enter()
    }

    /// How many answers flow at this moment.
    pub(crate) fn flowing(&self) -> usize {
        Arc::strong_count(&self.flows.serving).saturating_sub(1)
    }

    /// The count of one more event loop.
    pub(super) fn on_loop(&self) -> Count {
        let count = Count::default();
        let mut loops = self.loops.lock().unwrap_or_else(PoisonError::into_inner);
        loops.push(count.clone());
        count
    }
}

impl Count {
    /// Counts one request as being served for as long as the guard lives, which may be as long as the body of its answer.
    pub(super) fn enter(&self) -> Serving {
        Serving(self.serving.clone())
    }

    /// Two more share it: the drain and the event loop.
    fn serving(&self) -> usize {
        Arc::strong_count(&self.serving).saturating_sub(2)
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
        let (one, other) = (drain.on_loop(), drain.on_loop());
        let (first, second) = (one.enter(), other.enter());
        assert_eq!(drain.serving(), 2);
        drop(first);
        let elsewhere = std::thread::spawn(move || drop(second));
        assert!(elsewhere.join().is_ok());
        assert_eq!(drain.serving(), 0);
    }
}
