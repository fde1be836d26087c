//! What the pool's handle, its threads and its jobs share.

use crate::{
    rules::{settings::Settings, state::State},
    sync::{self, Condvar, Mutex, MutexGuard},
    threads::{
        desk::Desk, niceness::Niceness, overdue::OnOverdue, payload::JobRef, roster::Roster, tellers::Tellers,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

/// One pool.
pub(crate) struct Shared {
    state: Mutex<State<JobRef>>,
    /// Where the worker of each seat parks; all belong to `state`.
    pub(crate) beds: Box<[Condvar]>,
    /// What the worker of each seat lets others know.
    pub(crate) desks: Box<[Desk]>,
    /// Where the clock thread sleeps; belongs to `state`.
    pub(crate) alarm: Condvar,
    /// Where `close` waits for the last thread; belongs to `state`.
    pub(crate) quiet: Condvar,
    /// Never locked together with `state`.
    pub(crate) roster: Mutex<Roster>,
    pub(crate) tellers: Arc<Tellers>,
    pub(crate) has_clock: AtomicBool,
    /// Something was submitted since the last look; only a hint for the one that searches.
    pub(crate) has_news: AtomicBool,
    pub(crate) spawned: AtomicU64,
    pub(crate) threads: ThreadSettings,
    /// The clock thread reads the CPU clock, because it can change the width.
    pub(crate) reads_cpu: bool,
}

/// How threads are made.
#[derive(Debug)]
pub(crate) struct ThreadSettings {
    pub(crate) stack_size: usize,
    pub(crate) niceness: Niceness,
    pub(crate) on_overdue: OnOverdue,
    /// The CPU time of the process; another one in tests.
    pub(crate) cpu_of_process: fn() -> Duration,
}

impl Shared {
    pub(crate) fn new(settings: Settings, threads: ThreadSettings) -> Self {
        let state = State::new(settings);
        Self {
            reads_cpu: state.growth.can_change(),
            state: Mutex::new(state),
            beds: (0..settings.seats()).map(|_| Condvar::new()).collect(),
            desks: (0..settings.seats()).map(|_| Desk::default()).collect(),
            alarm: Condvar::new(),
            quiet: Condvar::new(),
            roster: Mutex::new(Roster::default()),
            tellers: Arc::new(Tellers::new(threads.stack_size, threads.on_overdue.clone())),
            has_clock: AtomicBool::new(false),
            has_news: AtomicBool::new(false),
            spawned: AtomicU64::new(0),
            threads,
        }
    }

    /// The lock that every decision is made under. Held for a decision; never while user code runs, is woken or dropped.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<JobRef>> {
        sync::lock_soon(&self.state)
    }
}
