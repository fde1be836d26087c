//! What follows from a decision, to be carried out once the lock is released.

use crate::{
    error::TaskError,
    keys::JobKey,
    time::{Moment, Nanos},
};
use std::sync::Arc;

/// A job, and the error that its caller is to be told.
pub(crate) type Answer<J> = (J, TaskError);

/// What a decision asks of the threads. Whatever is in here is called, dropped or logged after the lock, never under it.
#[derive(Debug)]
#[must_use = "an effect that is not carried out is a lost wake-up"]
pub(crate) struct Effects<J> {
    /// This parked seat has work to look for.
    pub(crate) wake: Option<usize>,
    /// Start a thread for this seat; it is counted already.
    pub(crate) spawn: Option<usize>,
    /// The clock must look again.
    pub(crate) wake_clock: bool,
    /// All parked seats look: the pool closes and nothing is left to start.
    pub(crate) wake_all: bool,
    /// The last thread of a closing pool has left.
    pub(crate) is_empty: bool,
    /// In a box, because most decisions tell nobody anything.
    told: Option<Box<Told<J>>>,
}

/// Who is told what.
#[derive(Debug)]
pub(crate) struct Told<J> {
    pub(crate) answers: Vec<Answer<J>>,
    /// For the log.
    pub(crate) notes: Vec<Note>,
}

/// What the log is told of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// Its job, of this lane, runs past its timeout from now on.
    Overdue {
        lane: Arc<str>,
        key: JobKey,
        seat: usize,
    },
    /// It was overdue and has come back.
    Back { lane: Arc<str>, ran: Nanos },
    /// The system would not start it, and why.
    Refused { cause: String },
}

impl<J> Default for Effects<J> {
    fn default() -> Self {
        Self {
            wake: None,
            spawn: None,
            wake_clock: false,
            wake_all: false,
            is_empty: false,
            told: None,
        }
    }
}

impl<J> Default for Told<J> {
    fn default() -> Self {
        Self {
            answers: Vec::new(),
            notes: Vec::new(),
        }
    }
}

impl<J> Effects<J> {
    /// Nothing follows.
    pub(crate) fn is_none(&self) -> bool {
        let is_quiet = !self.wake_clock && !self.wake_all && !self.is_empty;
        is_quiet && self.wake.is_none() && self.spawn.is_none() && self.told.is_none()
    }

    /// The caller of this job is to be told why there is no result.
    pub(crate) fn answer(&mut self, job: J, why: TaskError) {
        self.told.get_or_insert_default().answers.push((job, why));
    }

    pub(crate) fn note(&mut self, note: Note) {
        self.told.get_or_insert_default().notes.push(note);
    }

    pub(crate) fn take_told(&mut self) -> Option<Box<Told<J>>> {
        self.told.take()
    }

    /// Who is told by `later` is told after those here.
    pub(crate) fn tell_also(&mut self, later: Option<Box<Told<J>>>) {
        let Some(later) = later else { return };
        let told = self.told.get_or_insert_default();
        told.answers.extend(later.answers);
        told.notes.extend(later.notes);
    }
}

/// A worker's next step, and what else follows from the decision.
#[derive(Debug)]
pub(crate) struct Turn<J> {
    pub(crate) step: Step<J>,
    pub(crate) effects: Effects<J>,
}

/// What a worker does next.
#[derive(Debug)]
pub(crate) enum Step<J> {
    Run(Assignment<J>),
    /// Hand over the result of the last job, then come as a new thread does: nothing is assigned meanwhile.
    Clear,
    /// Let others run once, then look again.
    Search,
    /// Wait until woken, or until the moment at which an idle thread leaves. Nothing else follows from this.
    Park(Moment),
    /// The seat is vacant already; end.
    Leave,
}

/// A job given to a worker.
#[derive(Debug)]
pub(crate) struct Assignment<J> {
    pub(crate) key: JobKey,
    pub(crate) payload: J,
    /// From submission to start.
    pub(crate) wait: Nanos,
    pub(crate) started: Moment,
}

/// A job that left its thread.
#[derive(Debug)]
pub(crate) struct Finished<J> {
    /// The result goes to the caller; otherwise the caller has another answer and the result is dropped.
    pub(crate) is_first: bool,
    pub(crate) run: Nanos,
    /// The pool's hold on the job, to be dropped after the lock.
    pub(crate) payload: Option<J>,
}

/// What the clock thread does next.
#[derive(Debug)]
pub(crate) enum Tick<J> {
    /// Carry this out, then look again.
    Act(Effects<J>),
    /// Sleep until this moment.
    Rest(Moment),
    /// The pool is over.
    Leave,
}
