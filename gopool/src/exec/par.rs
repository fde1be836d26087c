//! Data-parallel work with rayon, beside the request pool.
//!
//! Requests never run as rayon jobs: a rayon thread that waits steals the next job on top of its stack, so one request
//! would run inside another. Here a request's thread waits, and rayon's own threads share its work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::current::current;
use gopool_pool::niceness;

/// How long the rayon threads stay after the last use.
const KEEP: Duration = Duration::from_secs(15);

static SHARED: SharedPool = SharedPool {
    state: Mutex::new(State {
        pool: None,
        users: 0,
        idle_since: None,
    }),
    changed: Condvar::new(),
};

struct SharedPool {
    state: Mutex<State>,
    /// Told when the last user has gone.
    changed: Condvar,
}

/// Guarded by one lock: who uses the rayon pool, and since when nobody does.
struct State {
    pool: Option<Arc<ThreadPool>>,
    users: usize,
    idle_since: Option<Instant>,
}

/// Runs `work` with rayon's parallel iterators, `join` and `scope` on a rayon pool as wide as there are cores.
///
/// The pool is built with the first use and dropped when nobody has used it for 15 seconds. A panic in `work` is the
/// caller's. Inside the closures of `work` a [`crate::Cancel`] parameter tells whether to stop; [`crate::checkpoint`] knows
/// nothing there, since rayon's threads run no task.
///
/// ```
/// use rayon::prelude::*;
/// let sum: u64 = gopool::par::install(|| (0..1_000_u64).into_par_iter().sum());
/// assert_eq!(sum, 499_500);
/// ```
pub fn install<T, F>(work: F) -> T
where
    T: Send,
    F: FnOnce() -> T + Send,
{
    match User::enter() {
        Ok(user) => {
            catch_unwind(AssertUnwindSafe(|| user.pool.install(as_here(work)))).unwrap_or_else(|panic| {
                // The panic was reported on a thread of rayon's, which knows of no request; this line has its id.
                tracing::error!("work given to `gopool::par::install` panicked, its message stands above");
                resume_unwind(panic)
            })
        }
        Err(error) => {
            tracing::warn!(%error, "no rayon pool of our own, using rayon's global one");
            work()
        }
    }
}

/// `work` for another thread, where it belongs to the same call as here.
fn as_here<T, F: FnOnce() -> T>(work: F) -> impl FnOnce() -> T {
    let current = current();
    move || match current {
        Some(current) => current.enter(work),
        None => work(),
    }
}

/// One caller of `install`, counted for as long as it lives.
struct User {
    pool: Arc<ThreadPool>,
}

impl User {
    fn enter() -> Result<Self, Box<dyn std::error::Error>> {
        let mut state = lock();
        let pool = match &state.pool {
            Some(pool) => pool.clone(),
            None => build()?,
        };
        state.pool = Some(pool.clone());
        state.users += 1;
        state.idle_since = None;
        Ok(Self { pool })
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut state = lock();
        state.users -= 1;
        if state.users == 0 {
            state.idle_since = Some(Instant::now());
            SHARED.changed.notify_one();
        }
    }
}

/// A rayon pool, and the thread that drops it when it has been idle for long enough. Its work is heavy, or it would not be shared:
/// its threads are as nice as the caller's gets.
fn build() -> Result<Arc<ThreadPool>, Box<dyn std::error::Error>> {
    let nice = niceness::of_this_thread();
    let pool = ThreadPoolBuilder::new()
        .thread_name(|index| format!("gopool-par-{index}"))
        .start_handler(move |_| {
            if let Some(level) = nice {
                niceness::give_this_thread(level);
            }
        })
        .build()?;
    thread::Builder::new()
        .name("gopool-par-idle".to_owned())
        .spawn(drop_when_idle)?;
    Ok(Arc::new(pool))
}

/// Ends with the pool that it was started for: there is never more than one of both.
fn drop_when_idle() {
    let mut state = lock();
    loop {
        state = match state.idle_since.map(|since| KEEP.saturating_sub(since.elapsed())) {
            None => SHARED.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(Duration::ZERO) => break,
            Some(left) => {
                SHARED
                    .changed
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
    }
    let pool = state.pool.take();
    drop(state);
    // Wakes rayon's threads, which end by themselves.
    drop(pool);
}

fn lock() -> MutexGuard<'static, State> {
    SHARED.state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::panic, reason = "a panic is what is tested")]
mod tests {
    use super::install;

    #[test]
    fn work_runs_on_rayon_threads_that_bear_our_name() {
        let name = install(|| std::thread::current().name().map(str::to_owned));
        assert!(name.is_some_and(|name| name.starts_with("gopool-par-")));
    }

    #[test]
    fn a_panic_is_the_callers_and_the_next_use_works() {
        assert!(std::panic::catch_unwind(|| install(|| panic!("on purpose"))).is_err());
        assert_eq!(install(|| 7), 7);
    }
}
