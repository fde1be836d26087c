//! How the daemon learns that the event loops are alive and the pool is not stuck.

use std::sync::Arc;

use super::ticks::Ticks;
use gopool_daemon::Link;
use gopool_pool::Pool;

/// Beats for as long as an event loop turns.
#[derive(Debug, Clone)]
pub(crate) struct Pulse {
    pub(crate) link: Arc<Link>,
    /// Absent when everything runs on the event loop.
    pub(crate) pool: Option<Pool>,
}

impl Pulse {
    /// Never ends; the event loop of `index` runs it.
    pub(super) async fn beat(self, index: usize) {
        let ticks = Ticks::new(self.link.beat_every());
        loop {
            self.link.beat(index);
            self.complain_if_stuck();
            ticks.tick().await;
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
