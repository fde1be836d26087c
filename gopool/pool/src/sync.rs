//! The seam between `std` and `loom`: locks, threads and the clock as the pool uses them.
//!
//! Under `cfg(gopool_loom)` these are loom's, so that the models in `loom.rs` run this very code. Reference counts stay `std`'s.

#[cfg(gopool_loom)]
pub(crate) use loom::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64},
    },
    thread::{JoinHandle, Thread, current, park, yield_now},
    thread_local,
};
#[cfg(not(gopool_loom))]
pub(crate) use std::{
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64},
    },
    thread::{JoinHandle, Thread, current, park, yield_now},
    thread_local,
};

use crate::time::Moment;
use std::{io, sync::OnceLock, time::Instant};

/// Locks, whatever happened to earlier holders: no user code runs under these locks, so a poisoned one guards nothing broken.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How often [`lock_soon`] tries before it sleeps.
#[cfg(not(gopool_loom))]
const TRIES: usize = 64;

/// Locks a mutex that is only ever held for well under a microsecond.
///
/// `std` sleeps as soon as one other thread sleeps for the lock already, and each sleeper costs its waker a system call; with short
/// holds that turns a moment of contention into a procession of sleepers.
#[cfg(not(gopool_loom))]
pub(crate) fn lock_soon<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..TRIES {
        if let Some(guard) = try_lock(mutex) {
            return guard;
        }
        std::hint::spin_loop();
    }
    lock(mutex)
}

/// Loom explores who gets the lock first; trying is no different from waiting.
#[cfg(gopool_loom)]
pub(crate) fn lock_soon<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    lock(mutex)
}

/// Locks a mutex unless somebody holds it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(std::sync::TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(std::sync::TryLockError::WouldBlock) => None,
    }
}

/// Waits for a notification, at most until `until`; wakes may be spurious, so the caller looks at the state again.
#[cfg(not(gopool_loom))]
pub(crate) fn wait<'a, T>(signal: &Condvar, guard: MutexGuard<'a, T>, until: Moment) -> MutexGuard<'a, T> {
    let Some(left) = until.left(now()) else {
        return signal
            .wait(guard)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
    };
    signal
        .wait_timeout(guard, left)
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .0
}

/// Loom knows no time: a moment that has come lets the others run once, one that has not never comes.
#[cfg(gopool_loom)]
pub(crate) fn wait<'a, T>(signal: &Condvar, guard: MutexGuard<'a, T>, until: Moment) -> MutexGuard<'a, T> {
    if until <= now() {
        return guard;
    }
    signal
        .wait(guard)
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The time the pool lives by.
#[cfg(not(gopool_loom))]
pub(crate) fn now() -> Moment {
    Moment::between(start(), Instant::now())
}

/// One moment for a whole model: loom replays executions, so they must not depend on a clock.
#[cfg(gopool_loom)]
pub(crate) fn now() -> Moment {
    Moment::between(start(), start())
}

/// What moments are counted from.
fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

/// Joins threads that are about to end, unless that takes longer than until `until`: then they are left to themselves.
///
/// Destructors of thread-locals run after a thread's last own line, and nothing but a join waits for them; so another thread joins.
#[cfg(not(gopool_loom))]
pub(crate) fn join_by(handles: Vec<JoinHandle<()>>, until: Moment) {
    const STACK: usize = 64 * 1024;
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let join = move || {
        handles.into_iter().for_each(|handle| _ = handle.join());
        drop(done);
    };
    let joiner = spawn("gopool-join".to_owned(), STACK, join);
    if joiner.is_ok()
        && is_done.recv_timeout(until.left(now()).unwrap_or(std::time::Duration::MAX))
            == Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
    {
        let _never_panics = joiner.map(JoinHandle::join);
    }
}

/// Loom knows no time.
#[cfg(gopool_loom)]
pub(crate) fn join_by(handles: Vec<JoinHandle<()>>, _until: Moment) {
    handles.into_iter().for_each(|handle| _ = handle.join());
}

/// Starts a named thread.
#[cfg(not(gopool_loom))]
pub(crate) fn spawn(
    name: String,
    stack: usize,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name)
        .stack_size(stack)
        .spawn(body)
}

/// Starts a thread of the model; loom's threads have the stack the model gives them.
#[cfg(gopool_loom)]
pub(crate) fn spawn(
    name: String,
    _stack: usize,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    loom::thread::Builder::new().name(name).spawn(body)
}
