//! Says of a job that nobody wants it any longer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{process::Process, shared::Shared};

/// Says of one job that nobody wants it any longer, wherever it is by then. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Mutex<At>>);

/// Where the job is.
#[derive(Debug, Default)]
struct At {
    is_rung: bool,
    /// The child that runs it.
    running: Option<Arc<Process>>,
    /// Where somebody waits for a child for it.
    waiting: Option<Arc<Shared>>,
}

impl Interrupt {
    /// For a job that is to be given to [`Nursery::run`](crate::Nursery::run).
    pub fn new() -> Self {
        Self::default()
    }

    /// Nobody wants the job any longer.
    pub fn ring(&self) {
        let mut at = self.lock();
        at.is_rung = true;
        if let Some(process) = &at.running {
            process.alarm.ring();
        }
        let waiting = at.waiting.take();
        drop(at);
        if let Some(waiting) = waiting {
            waiting.wake_all();
        }
    }

    pub(crate) fn is_rung(&self) -> bool {
        self.lock().is_rung
    }

    /// Whoever waits for a child there is woken when it rings.
    pub(crate) fn wait_at(&self, shared: &Arc<Shared>) {
        self.lock().waiting = Some(shared.clone());
    }

    /// The job is with this child now, whose alarm goes off when it rings. False if it has rung.
    pub(crate) fn attach(&self, process: &Arc<Process>) -> bool {
        let mut at = self.lock();
        at.waiting = None;
        if !at.is_rung {
            at.running = Some(process.clone());
        }
        !at.is_rung
    }

    /// The job is no longer with a child, whose alarm is quiet from now on.
    pub(crate) fn detach(&self) {
        if let Some(process) = self.lock().running.take() {
            process.alarm.quiet();
        }
    }

    fn lock(&self) -> MutexGuard<'_, At> {
        // Each change is one assignment, so what a panic left behind is sound.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
