//! The token that asks a task to stop, and the task that is current on a thread.

use crate::sync::{self, AtomicBool, Mutex};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fmt,
    sync::{Arc, Weak, atomic::Ordering},
};

/// Asks a task to stop. Clones are the same token; it may be moved anywhere, into rayon closures too.
///
/// Nothing is ever stopped by force: the task has to look.
#[derive(Clone)]
pub struct Cancel(Arc<dyn Token>);

/// The task that looked was cancelled: leave with `?`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was cancelled")
    }
}

impl std::error::Error for Cancelled {}

impl Cancel {
    /// A token of its own, to be given to tasks with [`Task::cancel_with`](crate::Task::cancel_with).
    pub fn new() -> Self {
        Self(Arc::new(Flag::default()))
    }

    pub(crate) fn of(token: Arc<dyn Token>) -> Self {
        Self(token)
    }

    /// Whether the token is set: one relaxed load.
    pub fn is_cancelled(&self) -> bool {
        self.0.flag().is_set()
    }

    /// `Err` once the token is set.
    ///
    /// # Errors
    /// [`Cancelled`], meant to be passed on with `?`.
    pub fn checkpoint(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() {
            Err(Cancelled)
        } else {
            Ok(())
        }
    }

    /// Sets the token and cancels every task that follows it: a waiting one leaves its queue at once, the caller of a running one
    /// has its answer at once. Does nothing the second time.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Makes this the current token of the thread while `work` runs, for [`cancelled`] and [`checkpoint`].
    pub fn scope<R>(&self, work: impl FnOnce() -> R) -> R {
        self.clone().into_scope(work)
    }

    /// [`Cancel::scope`] for a token that is not needed any longer.
    pub(crate) fn into_scope<R>(self, work: impl FnOnce() -> R) -> R {
        let _restore = Restore(CURRENT.with(|current| current.replace(Some(self))));
        work()
    }

    /// Cancels `job` along with this token. False if the token is set already.
    pub(crate) fn lead(&self, job: &Arc<dyn Token>) -> bool {
        let flag = self.0.flag();
        let mut followers = sync::lock(&flag.followers);
        if flag.is_set() {
            return false;
        }
        followers.insert(address(&**job), Arc::downgrade(job));
        true
    }

    /// The job has ended: the token forgets it.
    pub(crate) fn forget(&self, job: &dyn Token) {
        let _gone = sync::lock(&self.0.flag().followers).remove(&address(job));
    }
}

impl Default for Cancel {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}

/// Something that can be cancelled: a free token, or a job, which is its own token and so costs no second allocation.
pub(crate) trait Token: Send + Sync {
    fn flag(&self) -> &Flag;
    fn cancel(&self);
}

/// The flag of a token, and the jobs that are cancelled with it, by address.
pub(crate) struct Flag {
    is_set: AtomicBool,
    followers: Mutex<BTreeMap<usize, Weak<dyn Token>>>,
}

impl Default for Flag {
    fn default() -> Self {
        Self {
            is_set: AtomicBool::new(false),
            followers: Mutex::new(BTreeMap::new()),
        }
    }
}

impl Flag {
    pub(crate) fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self) {
        self.is_set.store(true, Ordering::Release);
    }

    /// Cancels the followers; to be called after [`Flag::set`]. One that is added meanwhile sees the flag: both hold the lock of the list.
    pub(crate) fn spread(&self) {
        let followers = std::mem::take(&mut *sync::lock(&self.followers));
        followers
            .values()
            .filter_map(Weak::upgrade)
            .for_each(|job| job.cancel());
    }
}

impl Token for Flag {
    fn flag(&self) -> &Flag {
        self
    }

    fn cancel(&self) {
        self.set();
        self.spread();
    }
}

fn address(token: &dyn Token) -> usize {
    std::ptr::from_ref(token).cast::<()>() as usize
}

sync::thread_local! {
    /// The token of the job that this thread runs; set for each job and taken away after it.
    #[allow(clippy::missing_const_for_thread_local, reason = "loom's macro takes no `const`")]
    static CURRENT: RefCell<Option<Cancel>> = RefCell::new(None);
}

/// Puts the outer token back, also when the work panics.
struct Restore(Option<Cancel>);

impl Drop for Restore {
    fn drop(&mut self) {
        let outer = self.0.take();
        let _inner = CURRENT.try_with(|current| current.replace(outer));
    }
}

/// The token of the task that this thread runs, if it runs one.
pub fn current_cancel() -> Option<Cancel> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten()
}

/// Whether the task that this thread runs was cancelled; false outside of tasks.
pub fn cancelled() -> bool {
    let is_set =
        |current: &RefCell<Option<Cancel>>| current.borrow().as_ref().is_some_and(Cancel::is_cancelled);
    CURRENT.try_with(is_set).unwrap_or(false)
}

/// `Err` if the task that this thread runs was cancelled; for long loops, with `?`.
///
/// # Errors
/// [`Cancelled`], meant to be passed on with `?`.
pub fn checkpoint() -> Result<(), Cancelled> {
    if cancelled() { Err(Cancelled) } else { Ok(()) }
}
