//! The monitor: what the process is doing and has done of late, for people and for programs.
//!
//! It is passive. The pool and the server count, the monitor reads: once a second for its history, and when somebody asks. All of
//! that happens on its own thread. It knows no sockets; `server/monitor_path.rs` carries its pages.

mod children;
mod exposition;
mod families;
mod health;
mod history;
mod host;
mod overdue;
mod pages;
mod process;
mod profile;
mod questions;
mod reading;
mod replies;
mod running;
mod sampler;
mod schema;
mod snapshot;
mod subject;
#[cfg(test)]
mod tests;
mod throttling;

pub(crate) use overdue::OverdueLog;
pub(crate) use pages::{MARK, PageRequest, PageResponse, Pages};
pub(crate) use profile::Profile;
pub(crate) use sampler::Sampler;
pub(crate) use subject::Subject;

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Instant,
};

use tokio::sync::watch;

use self::{
    health::Health,
    history::History,
    questions::Questions,
    reading::{Reading, Workers},
    schema::Snapshot,
};
use crate::{
    exec::Isolated,
    meter::{Meters, Stage},
};
use gopool_pool::Pool;

/// All that is known of this process.
#[derive(Debug)]
pub(crate) struct Monitor {
    subject: Subject,
    meters: Arc<Meters>,
    /// Empty while the master starts, and in a program on one thread.
    pool: OnceLock<Pool>,
    /// Empty where no route has processes of its own.
    isolated: OnceLock<Arc<Isolated>>,
    history: Mutex<History>,
    /// The newest snapshot as JSON, for all who follow; empty before the first.
    snapshots: watch::Sender<Arc<str>>,
    questions: Questions,
}

impl Monitor {
    /// A monitor of a master that is starting.
    pub(crate) fn new(subject: Subject, meters: Arc<Meters>) -> Self {
        let first = Reading::take(&subject, &meters, Workers::default(), subject.started);
        Self {
            subject,
            meters,
            pool: OnceLock::new(),
            isolated: OnceLock::new(),
            history: Mutex::new(History::starting_from(first)),
            snapshots: watch::Sender::new(Arc::from("")),
            questions: Questions::new(),
        }
    }

    /// Reads this pool from now on. Only the first one counts: a process has one.
    pub(crate) fn attach(&self, pool: Pool) {
        let _ = self.pool.set(pool);
    }

    /// Reads these processes from now on.
    pub(crate) fn attach_isolated(&self, isolated: Arc<Isolated>) {
        let _ = self.isolated.set(isolated);
    }

    fn workers(&self) -> Workers<'_> {
        Workers {
            pool: self.pool.get(),
            isolated: self.isolated.get().map(Arc::as_ref),
        }
    }

    fn reading(&self, now: Instant) -> Reading {
        Reading::take(&self.subject, &self.meters, self.workers(), now)
    }

    /// A second has passed.
    fn sample(&self, now: Instant) {
        let reading = self.reading(now);
        self.history().push(reading);
        if self.snapshots.receiver_count() > 0 {
            self.snapshots.send_replace(self.snapshot(now).to_json().into());
        }
    }

    fn snapshot(&self, now: Instant) -> Snapshot {
        let reading = self.reading(now);
        snapshot::of(&self.subject, &self.history(), &reading, self.health())
    }

    fn health(&self) -> Health {
        match self.meters.stage() {
            Stage::Starting => Health::Starting,
            Stage::Draining => Health::Draining,
            Stage::Serving if self.pool.get().is_some_and(Pool::is_stuck) => Health::Stuck,
            Stage::Serving => Health::Serving,
        }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        // Only whole seconds are pushed, so what a panic left behind is sound.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
