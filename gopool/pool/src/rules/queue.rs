//! One lane: its waiting jobs, its limit, and what is known of it.

use crate::{
    rules::{
        counters::{Counters, Timings},
        list::List,
        run_times::RunTimes,
    },
    time::Nanos,
};
use std::sync::Arc;

/// The queue of one lane.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) name: Arc<str>,
    /// At most this many of its jobs hold a thread at once.
    pub(crate) concurrency: usize,
    pub(crate) waiting: List,
    /// Threads that run a job of this lane, overdue ones included.
    pub(crate) occupied: usize,
    /// Those of them that are overdue.
    pub(crate) overdue: usize,
    /// How long the job waited that left the queue last.
    pub(crate) recent_wait: Nanos,
    pub(crate) run_times: RunTimes,
    /// The count of starts at the last start of one of its jobs.
    pub(crate) served: u64,
    /// The ring of lanes holds this one.
    pub(crate) is_in_ring: bool,
    pub(crate) counters: Counters,
    /// Made by the first job that starts: most lanes of a large program are idle.
    pub(crate) timings: Option<Box<Timings>>,
}

impl Queue {
    pub(crate) fn new(name: Arc<str>, concurrency: Option<usize>) -> Self {
        Self {
            name,
            concurrency: concurrency.unwrap_or(usize::MAX),
            waiting: List::default(),
            occupied: 0,
            overdue: 0,
            recent_wait: Nanos::default(),
            run_times: RunTimes::default(),
            served: 0,
            is_in_ring: false,
            counters: Counters::default(),
            timings: None,
        }
    }

    /// How many of its waiting jobs could start if threads were free.
    pub(crate) fn startable(&self) -> usize {
        self.waiting
            .len()
            .min(self.concurrency.saturating_sub(self.occupied))
    }

    /// Whether one more job could start if a thread were free.
    pub(crate) fn takes_more(&self) -> bool {
        self.waiting.len() + self.occupied < self.concurrency
    }
}
