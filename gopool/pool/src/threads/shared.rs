//! What the pool's handle, its threads and its jobs share.

use crate::{
    rules::{effects::Effects, settings::Settings, state::State},
    sync::Mutex,
    threads::{
        bell::Bell,
        desk::Desk,
        inbox::{Inbox, Letter},
        niceness::Niceness,
        overdue::OnOverdue,
        payload::JobRef,
        roster::Roster,
        tellers::Tellers,
    },
};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

/// One pool.
pub(crate) struct Shared {
    /// See [`Books`](crate::threads::books::Books).
    pub(crate) ledger: Mutex<Ledger>,
    pub(crate) inbox: Inbox,
    /// Where the worker of each seat parks.
    pub(crate) beds: Box<[Bell]>,
    /// What the worker of each seat lets others know.
    pub(crate) desks: Box<[Desk]>,
    /// Where the clock thread sleeps.
    pub(crate) alarm: Bell,
    /// Where `close` waits for the last thread.
    pub(crate) quiet: Bell,
    /// Never locked together with `ledger`.
    pub(crate) roster: Mutex<Roster>,
    pub(crate) tellers: Arc<Tellers>,
    pub(crate) has_clock: AtomicBool,
    /// Something was submitted since the last look; only a hint for the one that searches.
    pub(crate) has_news: AtomicBool,
    pub(crate) spawned: AtomicU64,
    pub(crate) threads: ThreadSettings,
    /// The clock thread reads the CPU clock, because it can change the width.
    pub(crate) reads_cpu: bool,
    /// Carries out what follows from a decision. A pointer, for the threads that it starts make decisions.
    pub(crate) carry_out: CarryOut,
}

pub(crate) type CarryOut = fn(&Arc<Shared>, Effects<JobRef>);

/// What the lock protects.
pub(crate) struct Ledger {
    pub(crate) state: State<JobRef>,
    /// Taken out of the inbox, and to be entered next.
    pub(crate) round: VecDeque<Letter>,
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
    pub(crate) fn new(settings: Settings, threads: ThreadSettings, carry_out: CarryOut) -> Self {
        let state = State::new(settings);
        Self {
            reads_cpu: state.growth.can_change(),
            ledger: Mutex::new(Ledger {
                state,
                round: VecDeque::new(),
            }),
            inbox: Inbox::default(),
            beds: (0..settings.seats()).map(|_| Bell::default()).collect(),
            desks: (0..settings.seats()).map(|_| Desk::default()).collect(),
            alarm: Bell::default(),
            quiet: Bell::default(),
            roster: Mutex::new(Roster::default()),
            tellers: Arc::new(Tellers::new(threads.stack_size, threads.on_overdue.clone())),
            has_clock: AtomicBool::new(false),
            has_news: AtomicBool::new(false),
            spawned: AtomicU64::new(0),
            threads,
            carry_out,
        }
    }
}
