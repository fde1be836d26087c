//! The checked settings that decisions depend on.

use crate::time::Nanos;
use std::time::Duration;

/// How large a pool may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) cores: usize,
    /// How many cores' worth of CPU time the cgroup allows.
    pub(crate) quota: Option<f64>,
    pub(crate) min_threads: usize,
    pub(crate) max_threads: usize,
    pub(crate) max_queue: usize,
    pub(crate) max_overdue: usize,
    pub(crate) max_stalled: usize,
    pub(crate) idle_timeout: Duration,
    /// How long jobs are fresh, if not for as long as usual.
    pub(crate) queue_target: Option<Nanos>,
}

impl Settings {
    /// How many cores' worth of CPU time the process may use.
    pub(crate) fn capacity(&self) -> f64 {
        let cores = self.cores as f64;
        self.quota.map_or(cores, |quota| quota.min(cores))
    }

    /// Threads that can exist at once.
    pub(crate) fn seats(&self) -> usize {
        self.own_seats() + self.lent_places()
    }

    /// Those of the width, overdue and stalled ones and their replacements included.
    pub(crate) fn own_seats(&self) -> usize {
        self.max_threads + self.max_overdue + self.max_stalled
    }

    /// How many runs may lend their places. Whoever has given fewer threads than cores wants no more to run at once.
    pub(crate) fn lent_places(&self) -> usize {
        if self.max_threads < self.cores {
            0
        } else {
            self.cores
        }
    }
}
