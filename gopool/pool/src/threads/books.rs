//! The state as whoever holds its lock sees it: with all that was posted, and with what follows from that carried out afterwards.

use crate::{
    error::TaskError,
    rules::{
        effects::{Answer, Effects, Told},
        state::State,
    },
    sync::{self, MutexGuard},
    threads::{
        inbox::Letter,
        payload::JobRef,
        shared::{Ledger, Shared},
    },
};
use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// So many letters are entered while the lock is held once.
const BATCH: usize = 32;

/// The open books. They are held for a decision; never while user code runs, is woken or dropped.
pub(crate) struct Books<'a> {
    ledger: MutexGuard<'a, Ledger>,
    /// How many jobs were entered that nobody has been called for.
    unattended: usize,
    /// Dropped when `ledger` is: what is left to do when the lock is free.
    after: After<'a>,
}

struct After<'a> {
    shared: &'a Arc<Shared>,
    effects: Effects<JobRef>,
    /// Where several workers are called, and in no other case.
    more: Vec<Effects<JobRef>>,
    refused: Vec<Answer<JobRef>>,
    by: Opener,
    has_more: bool,
}

/// Who has the books open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    /// Somebody with a decision to make, who enters what was posted besides.
    Decider,
    /// A decider, who looks again.
    Closer,
    /// Who has posted, so that what is refused is his.
    Poster,
}

impl Shared {
    /// The lock that every decision is made under.
    pub(crate) fn lock(self: &Arc<Self>) -> Books<'_> {
        let mut books = self.lock_to_work();
        books.attend();
        books
    }

    /// The same for a worker that comes for its next job: others are called when it has it.
    pub(crate) fn lock_to_work(self: &Arc<Self>) -> Books<'_> {
        Books::new(self, sync::lock_soon(&self.ledger), Opener::Decider)
    }

    /// Enters what was posted. If somebody is at the books, he does so when he closes them: who calls this never waits for him.
    pub(crate) fn enter_posted(self: &Arc<Self>) {
        self.enter_rounds(Opener::Poster, false);
    }

    fn enter_rounds(self: &Arc<Self>, by: Opener, mut has_more: bool) {
        while has_more || self.inbox.look_again() {
            let Some(ledger) = sync::try_lock(&self.ledger) else {
                return;
            };
            let books = Books::new(self, ledger, by);
            has_more = books.after.has_more;
        }
    }
}

impl<'a> Books<'a> {
    fn new(shared: &'a Arc<Shared>, ledger: MutexGuard<'a, Ledger>, by: Opener) -> Self {
        let mut books = Self {
            ledger,
            unattended: 0,
            after: After {
                shared,
                effects: Effects::default(),
                more: Vec::new(),
                refused: Vec::new(),
                by,
                has_more: false,
            },
        };
        books.enter_some();
        books
    }

    /// Enters what was posted, or the first of it.
    fn enter_some(&mut self) {
        let Ledger { state, round } = &mut *self.ledger;
        let inbox = &self.after.shared.inbox;
        if round.is_empty() {
            if !inbox.has_letters() {
                return;
            }
            inbox.take(round);
        }
        let count = round.len().min(BATCH);
        for letter in round.drain(..count) {
            self.after.enter(state, letter);
        }
        self.after.has_more = !round.is_empty();
        self.unattended += count;
    }

    /// Sees to it that somebody comes for what was entered.
    fn attend(&mut self) {
        for _ in 0..std::mem::take(&mut self.unattended) {
            let effects = self.ledger.state.attend(sync::now());
            if effects.is_none() {
                return;
            }
            self.after.follow(effects);
        }
    }
}

impl Deref for Books<'_> {
    type Target = State<JobRef>;

    fn deref(&self) -> &State<JobRef> {
        &self.ledger.state
    }
}

impl DerefMut for Books<'_> {
    fn deref_mut(&mut self) -> &mut State<JobRef> {
        &mut self.ledger.state
    }
}

impl Drop for Books<'_> {
    fn drop(&mut self) {
        self.attend();
    }
}

impl After<'_> {
    /// This is to be carried out.
    fn follow(&mut self, effects: Effects<JobRef>) {
        if self.effects.is_none() {
            self.effects = effects;
        } else if !effects.is_none() {
            self.more.push(effects);
        }
    }

    fn enter(&mut self, state: &mut State<JobRef>, letter: Letter) {
        let Letter { job, terms, posted } = letter;
        if job.is_cancelled() {
            state.refuse(terms);
            return self.refused.push((job, TaskError::Cancelled));
        }
        let mut effects = Effects::default();
        let own = Arc::clone(&job);
        match state.enter(terms, job, posted, &mut effects) {
            Ok(key) => own.place(key),
            Err((job, why)) => self.refused.push((job, TaskError::Rejected(why))),
        }
        self.follow(effects);
    }

    /// Tells those who were refused.
    fn refuse(&mut self) {
        let answers = std::mem::take(&mut self.refused);
        if self.by == Opener::Poster {
            for (job, error) in answers {
                job.answer(error);
                job.discard();
            }
        } else if !answers.is_empty() {
            // By others, for what is dropped then may take its time.
            let notes = Vec::new();
            self.shared.tellers.tell(Told { answers, notes });
        }
    }
}

impl Drop for After<'_> {
    fn drop(&mut self) {
        (self.shared.carry_out)(self.shared, std::mem::take(&mut self.effects));
        for effects in std::mem::take(&mut self.more) {
            (self.shared.carry_out)(self.shared, effects);
        }
        self.refuse();
        if self.by == Opener::Decider {
            self.shared.enter_rounds(Opener::Closer, self.has_more);
        }
    }
}
