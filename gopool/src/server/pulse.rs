//! How the daemon learns that the event loops are alive and the pool is not stuck.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::ticks::Ticks;
use gopool_daemon::Link;
use gopool_pool::Pool;

/// Beats for as long as an event loop turns.
#[derive(Debug, Clone)]
pub(crate) struct Pulse {
    pub(crate) link: Arc<Link>,
    /// Absent when everything runs on the event loop.
    pub(crate) pool: Option<Pool>,
    /// How many requests are answered before another master takes over.
    pub(crate) wear: Option<Arc<Wear>>,
}

/// The requests of a master that is to have answered no more than about so many.
#[derive(Debug)]
pub(crate) struct Wear {
    most: usize,
    begun: AtomicUsize,
}

impl Wear {
    /// Up to a tenth more, another number in each master, so that of many not all are replaced at once.
    pub(crate) fn of_about(requests: usize) -> Self {
        let percent = RandomState::new().hash_one(()) % 11;
        Self {
            most: requests.saturating_add(requests / 100 * percent as usize),
            begun: AtomicUsize::new(0),
        }
    }

    fn is_out(&self) -> bool {
        self.begun.load(Ordering::Relaxed) >= self.most
    }
}

impl Pulse {
    /// Never ends; the event loop of `index` runs it.
    pub(super) async fn beat(self, index: usize) {
        let ticks = Ticks::new(self.link.beat_every());
        loop {
            self.link.beat(index);
            self.complain_if_stuck();
            self.leave_if_worn_out();
            ticks.tick().await;
        }
    }

    /// A request has arrived.
    pub(super) fn count(&self) {
        if let Some(wear) = &self.wear {
            wear.begun.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn leave_if_worn_out(&self) {
        if let Some(wear) = self.wear.as_ref().filter(|wear| wear.is_out()) {
            self.link.spent(&format!("has had its {} requests", wear.most));
        }
    }

    /// Asks the daemon for a successor when the pool can do nothing more. Beside every beat, a refused request is a reason
    /// to look: until the successor serves, each further one is refused too. The value is whether it was so.
    pub(super) fn complain_if_stuck(&self) -> bool {
        let is_stuck = self.pool.as_ref().is_some_and(Pool::is_stuck);
        if is_stuck {
            self.link
                .sick("every pool thread and every replacement is overdue");
        }
        is_stuck
    }
}
