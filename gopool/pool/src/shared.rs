//! What the pool's handle, its threads and its jobs share.

use super::{
    niceness::Niceness,
    payload::JobRef,
    state::{Limits, State},
    sync::{self, Condvar, JoinHandle, Mutex, MutexGuard},
};
use std::{
    sync::atomic::{AtomicBool, AtomicU64},
    time::Duration,
};

/// One pool.
pub(super) struct Shared {
    state: Mutex<State<JobRef>>,
    /// Where the worker of each seat parks; all belong to `state`.
    pub(super) seats: Box<[Condvar]>,
    /// Where the clock thread sleeps; belongs to `state`.
    pub(super) clock: Condvar,
    /// Where `close` waits for the last thread; belongs to `state`.
    pub(super) quiet: Condvar,
    /// The threads that someone has yet to join. Never locked together with `state`.
    pub(super) roster: Mutex<Roster>,
    pub(super) has_clock: AtomicBool,
    /// Something was submitted since the last look; only a hint for the one that searches.
    pub(super) has_news: AtomicBool,
    pub(super) spawned: AtomicU64,
    pub(super) settings: ThreadSettings,
}

/// How threads are made.
#[derive(Debug)]
pub(super) struct ThreadSettings {
    pub(super) stack_size: usize,
    pub(super) niceness: Niceness,
    /// The clock thread reads the CPU clock.
    pub(super) reads_cpu: bool,
    /// For tasks that name none.
    pub(super) queue_timeout: Option<Duration>,
    pub(super) timeout: Option<Duration>,
}

/// Join handles.
#[derive(Default)]
pub(super) struct Roster {
    /// By the number of the thread.
    pub(super) at_work: Vec<(u64, JoinHandle<()>)>,
    /// The worker that left last. The next one to leave joins it, so that at most one ended thread keeps its stack.
    pub(super) left: Option<JoinHandle<()>>,
    pub(super) clock: Option<JoinHandle<()>>,
    pub(super) is_closed: bool,
}

impl Shared {
    pub(super) fn new(limits: Limits, settings: ThreadSettings) -> Self {
        Self {
            state: Mutex::new(State::new(limits)),
            seats: (0..limits.seats()).map(|_| Condvar::new()).collect(),
            clock: Condvar::new(),
            quiet: Condvar::new(),
            roster: Mutex::new(Roster::default()),
            has_clock: AtomicBool::new(false),
            has_news: AtomicBool::new(false),
            spawned: AtomicU64::new(0),
            settings,
        }
    }

    /// The lock that every decision is made under. Held for a decision; never while user code runs, is woken or dropped.
    pub(super) fn lock(&self) -> MutexGuard<'_, State<JobRef>> {
        sync::lock_soon(&self.state)
    }
}
