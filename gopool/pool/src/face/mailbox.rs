//! What an event loop and a pool hand to each other, in batches: tasks on their way out, completions on their way in.

use crate::{
    sync::{self, Mutex},
    threads::shared::Shared,
};
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
/// On the way out it sees to what was submitted with [`Pool::post`](crate::Pool::post): the same task has the pool look at all of that, when
/// the tasks that were due before it have had their turn.
///
/// Give tasks the mailbox of the loop that awaits them with [`Task::via`](crate::Task::via). While nobody delivers, wakers are
/// called directly, so nothing waits for ever.
#[derive(Clone, Default)]
pub struct Mailbox(Arc<Boxes>);

/// The two are apart, for workers write to one and the event loop to the other.
#[derive(Default)]
struct Boxes {
    incoming: Mutex<Letters>,
    /// Pools to which something was posted.
    outgoing: Mutex<Vec<Arc<Shared>>>,
}

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
        let mut letters = sync::lock(&self.0.incoming);
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

    /// Has the pool look at what was posted to it: when the postman comes by, or now if there is none.
    pub(crate) fn collect(&self, pool: &Arc<Shared>) {
        let mut pools = sync::lock(&self.0.outgoing);
        if pools.iter().any(|other| Arc::ptr_eq(other, pool)) {
            return;
        }
        pools.push(Arc::clone(pool));
        drop(pools);
        let mut letters = sync::lock(&self.0.incoming);
        let (is_attended, postman) = (letters.is_attended, letters.postman.take());
        drop(letters);
        match postman {
            Some(postman) => postman.wake(),
            None if !is_attended => self.send(),
            None => {}
        }
    }

    /// Has each pool look at what was posted to it.
    fn send(&self) {
        // One after the other, without the lock: nobody else waits for the pools.
        while let Some(pool) = self.next_pool() {
            pool.enter_posted();
        }
    }

    fn next_pool(&self) -> Option<Arc<Shared>> {
        sync::lock(&self.0.outgoing).pop()
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
        let mut letters = sync::lock(&this.mailbox.0.incoming);
        letters.is_attended = true;
        std::mem::swap(&mut letters.waiting, &mut this.round);
        // Registered in the same breath as the box is emptied: the next letter finds a postman to wake.
        let _earlier = letters.postman.replace(own);
        drop(letters);
        // After that: what is posted from now on finds a postman, too.
        this.mailbox.send();
        this.round.drain(..).for_each(Waker::wake);
        Poll::Pending
    }
}

impl Drop for Deliver {
    fn drop(&mut self) {
        let letters = std::mem::take(&mut *sync::lock(&self.mailbox.0.incoming));
        self.mailbox.send();
        letters.waiting.into_iter().for_each(Waker::wake);
    }
}
