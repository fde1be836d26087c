//! All children of a nursery under one lock, and who waits for one.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use serde_json::Value;

use crate::{
    alarm::Alarm,
    job::{Job, Label},
    process::Process,
    state::{Due, Id, State, Taken, Want, Why},
};

/// What the threads that have jobs share with the one that cares for the children.
#[derive(Debug)]
pub(crate) struct Shared {
    /// All decisions are made under this lock. No job, no log and no call of the system that may block is.
    table: Mutex<Table>,
    /// Told whenever it is worth another look for who waits: for a child, for the first one, or for the last one's end.
    news: Condvar,
    /// Wakes the thread that cares for the children.
    pub(crate) alarm: Alarm,
}

/// Guarded by the lock.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) state: State<Held>,
    /// What the first child reported, or why there is none.
    pub(crate) probe: Option<Result<Value, String>>,
    /// Why the last child that did not start did not.
    pub(crate) refusal: String,
    /// Until when the nursery's thread sleeps; `None` is for ever.
    pub(crate) sleeps_until: Option<Instant>,
}

/// What the parent holds of a child.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) process: Arc<Process>,
    /// Its last job, and when it had that.
    pub(crate) label: Option<Label>,
    pub(crate) since: Instant,
}

/// A child for a job.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) id: Id,
    pub(crate) process: Arc<Process>,
}

impl Shared {
    pub(crate) fn new(state: State<Held>, alarm: Alarm) -> Self {
        Self {
            table: Mutex::new(Table {
                state,
                probe: None,
                refusal: String::new(),
                sleeps_until: None,
            }),
            news: Condvar::new(),
            alarm,
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Table> {
        // Under it nothing panics but a debug assertion.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for news until then.
    pub(crate) fn wait<'a>(&self, table: MutexGuard<'a, Table>, until: Instant) -> MutexGuard<'a, Table> {
        let left = until.saturating_duration_since(Instant::now());
        let woken = self.news.wait_timeout(table, left);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Has all that wait look again. Under the lock, so that none misses it between its look and its wait.
    pub(crate) fn wake_all(&self) {
        let _table = self.lock();
        self.news.notify_all();
    }

    /// Takes a child if one is free.
    pub(crate) fn take(&self, table: &mut Table, job: &Job) -> Result<Option<Place>, Taken> {
        match table.state.take(Instant::now(), want(job)) {
            Taken::Child(id) => {
                let child = table.state.child(id);
                Ok(child.map(|child| {
                    child.payload.label = Some(job.label.clone());
                    child.payload.since = Instant::now();
                    Place {
                        id,
                        process: child.payload.process.clone(),
                    }
                }))
            }
            Taken::Wait => Ok(None),
            none => Err(none),
        }
    }

    /// A child has answered.
    pub(crate) fn answered(&self, place: &Place, peak: u64) {
        let mut table = self.lock();
        let stays = table.state.answered(place.id, Instant::now(), peak);
        self.told(table);
        if !stays {
            place.process.dismiss();
        }
    }

    /// A child that works waits for whoever takes its answer, or goes on.
    pub(crate) fn stall(&self, id: Id, is_stalled: bool) {
        let mut table = self.lock();
        table.state.stall(id, is_stalled);
        self.told(table);
    }

    /// Nobody waits for the answer of a child any longer; it has all of its job.
    pub(crate) fn overdue(&self, place: &Place, why: Why) {
        let mut table = self.lock();
        table.state.overdue(place.id, Instant::now(), why);
        drop(table);
        // In any case: from now on somebody else has to listen to that child.
        self.alarm.ring();
    }

    /// A child is to be killed, or dead.
    pub(crate) fn end(&self, place: &Place, why: Why) {
        let mut table = self.lock();
        table.state.end(place.id, why);
        drop(table);
        place.process.kill();
        self.alarm.ring();
    }

    /// Something has changed: tells those that it concerns.
    pub(crate) fn told(&self, table: MutexGuard<'_, Table>) {
        let now = Instant::now();
        let next = table.state.next(now);
        let is_earlier = next.is_some_and(|next| table.sleeps_until.is_none_or(|until| next < until));
        let wants_nursery = is_earlier || table.state.wants_attention(now);
        if table.state.waiting.all > 0 || table.state.is_closing() {
            self.news.notify_all();
        }
        drop(table);
        if wants_nursery {
            self.alarm.ring();
        }
    }

    /// Does what is due with children that are there.
    pub(crate) fn carry_out(&self, due: Vec<Due>) {
        for step in due {
            let (Due::Dismiss(id) | Due::Kill(id) | Due::NotReady(id)) = step;
            let process = self
                .lock()
                .state
                .child(id)
                .map(|child| child.payload.process.clone());
            let Some(process) = process else { continue };
            match step {
                Due::Dismiss(_) => process.dismiss(),
                Due::Kill(_) | Due::NotReady(_) => process.kill(),
            }
        }
    }
}

/// What a job wants of its child.
pub(crate) fn want(job: &Job) -> Want {
    if job.fresh { Want::Fresh } else { Want::Any }
}
