//! Completions handed to an event loop in batches, with one wake-up per batch.

use crate::sync::{self, Mutex};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

/// The letter box of one event loop.
///
/// A worker that ends a job would otherwise wake the waiting task from outside its event loop, with a system call for each job.
/// Through a mailbox it leaves the waker here, and wakes the loop's [`Mailbox::deliver`] task only if the box was empty; that task then
/// wakes all of them from within.
///
/// Give tasks the mailbox of the loop that awaits them with [`Task::via`](crate::Task::via). While nobody delivers, wakers are
/// called directly, so nothing waits for ever.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Mutex<Letters>>);

#[derive(Default)]
struct Letters {
    waiting: Vec<Waker>,
    /// The task of [`Mailbox::deliver`] while it sleeps.
    postman: Option<Waker>,
    is_attended: bool,
}

impl Mailbox {
    /// An empty mailbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Delivers for as long as it is polled; to be spawned once on the event loop that the mailbox belongs to.
    pub fn deliver(&self) -> Deliver {
        Deliver {
            mailbox: self.clone(),
            round: Vec::new(),
        }
    }

    /// Leaves a waker, to be called by the event loop.
    pub(crate) fn post(&self, waker: Waker) {
        let mut letters = sync::lock(&self.0);
        if !letters.is_attended {
            drop(letters);
            return waker.wake();
        }
        letters.waiting.push(waker);
        let postman = letters.postman.take();
        drop(letters);
        if let Some(postman) = postman {
            postman.wake();
        }
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

/// The future of [`Mailbox::deliver`]; never ready.
#[derive(Debug)]
#[must_use = "nothing is delivered unless this is spawned on the event loop"]
pub struct Deliver {
    mailbox: Mailbox,
    /// The letters of this round; kept for its memory.
    round: Vec<Waker>,
}

impl Future for Deliver {
    type Output = std::convert::Infallible;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let own = context.waker().clone();
        let mut letters = sync::lock(&this.mailbox.0);
        letters.is_attended = true;
        std::mem::swap(&mut letters.waiting, &mut this.round);
        // Registered in the same breath as the box is emptied: the next letter finds a postman to wake.
        let _earlier = letters.postman.replace(own);
        drop(letters);
        this.round.drain(..).for_each(Waker::wake);
        Poll::Pending
    }
}

impl Drop for Deliver {
    fn drop(&mut self) {
        let letters = std::mem::take(&mut *sync::lock(&self.mailbox.0));
        letters.waiting.into_iter().for_each(Waker::wake);
    }
}
