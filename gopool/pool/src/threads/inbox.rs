//! Jobs on their way into the books, left there by threads that must not wait for whoever is at them.
//!
//! Who leaves a letter tries the books afterwards. If somebody is at them, it is his: whoever closes the books looks into the inbox once
//! more. One of both sees it, for both change `has_letters`, one after the other: if the look was first, the books were closed by then.

use crate::{
    rules::admission::terms::Terms,
    sync::{Mutex, lock},
    threads::payload::JobRef,
    time::Moment,
};
use std::{
    collections::VecDeque,
    sync::atomic::{AtomicBool, Ordering},
};

/// A job to be entered.
pub(crate) struct Letter {
    pub(crate) job: JobRef,
    pub(crate) terms: Terms,
    pub(crate) posted: Moment,
}

/// What is to be entered. It has cache lines of its own, for event loops and workers write there by turns.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Inbox {
    /// Held for a few instructions only: event loops wait for it.
    letters: Mutex<VecDeque<Letter>>,
    /// In models too `std`'s: it is looked at with each decision, and loom would try everything before and after each.
    has_letters: AtomicBool,
}

impl Inbox {
    /// Leaves a letter. Tells how many there are.
    pub(crate) fn post(&self, letter: Letter) -> usize {
        let mut letters = lock(&self.letters);
        letters.push_back(letter);
        self.has_letters.swap(true, Ordering::AcqRel);
        letters.len()
    }

    /// Whether there is something; only a hint.
    pub(crate) fn has_letters(&self) -> bool {
        self.has_letters.load(Ordering::Relaxed)
    }

    /// Whether there is something, for who has closed the books.
    pub(crate) fn look_again(&self) -> bool {
        self.has_letters.fetch_or(false, Ordering::AcqRel)
    }

    /// Takes all of it, and leaves `round`, which is empty, for the memory that it has.
    pub(crate) fn take(&self, round: &mut VecDeque<Letter>) {
        let mut letters = lock(&self.letters);
        std::mem::swap(&mut *letters, round);
        self.has_letters.swap(false, Ordering::AcqRel);
    }
}
