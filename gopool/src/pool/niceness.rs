//! When the threads become nice: as soon as one of them is seen to keep a core.
//!
//! Nice threads give way, so that an event loop answers light requests beside heavy tasks. Beside tasks of microseconds it is the
//! event loop that waits, for answers from threads whose turn comes last. So threads start as they are. When the first one has kept a
//! core for long, all of them become nice, and so does each that starts later: what was seen once will come again, and the way back
//! needs a privilege.

use std::{
    cell::Cell,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::{
    process::setpriority_process,
    time::{ClockId, clock_gettime},
};

use super::{
    sync,
    time::{Moment, Nanos},
};

/// Whoever keeps a core for less makes nobody wait for longer than the system does, whose slices are longer.
const LONG: Duration = Duration::from_millis(1);

thread_local! {
    static OF_THIS_THREAD: Cell<Option<i32>> = const { Cell::new(None) };
}

/// The niceness of a pool's threads.
#[derive(Debug)]
pub(super) struct Niceness {
    /// What they become; `None`: they stay as they are.
    level: Option<i32>,
    /// Whether one of them has kept a core.
    is_due: AtomicBool,
}

impl Niceness {
    pub(super) fn new(level: Option<i32>) -> Self {
        Self {
            level,
            is_due: AtomicBool::new(false),
        }
    }
}

/// What one thread does to its core.
#[derive(Debug)]
pub(super) struct Effort<'a> {
    pool: &'a Niceness,
    /// What the thread is to become; `None` when it has, or will not.
    level: Option<i32>,
    stretch: Stretch,
}

impl<'a> Effort<'a> {
    /// Of the thread that calls, which has just started.
    pub(super) fn new(pool: &'a Niceness) -> Self {
        OF_THIS_THREAD.set(pool.level);
        let mut effort = Self {
            pool,
            level: pool.level,
            stretch: Stretch::new(sync::now(), cpu_time()),
        };
        effort.follow();
        effort
    }

    /// The thread has slept.
    pub(super) fn woke(&mut self) {
        self.follow();
        if self.level.is_some() {
            self.stretch = Stretch::new(sync::now(), cpu_time());
        }
    }

    /// The thread has ended a task.
    pub(super) fn ended(&mut self, now: Moment) {
        if self.level.is_some() && self.stretch.is_long(now) && self.stretch.renew(now, cpu_time()) {
            self.pool.is_due.store(true, Ordering::Relaxed);
        }
        self.follow();
    }

    /// Becomes nice, if that is due.
    fn follow(&mut self) {
        if self.pool.is_due.load(Ordering::Relaxed)
            && let Some(level) = self.level.take()
        {
            be_nice(level);
        }
    }
}

/// A while in which a thread did not sleep.
#[derive(Debug)]
struct Stretch {
    since: Moment,
    /// The thread's CPU time then.
    used: Nanos,
}

impl Stretch {
    fn new(since: Moment, used: Nanos) -> Self {
        Self { since, used }
    }

    /// Whether it is worth a look at the thread's CPU time, which is a system call.
    fn is_long(&self, now: Moment) -> bool {
        now.since(self.since) >= LONG.into()
    }

    /// Begins anew. Gives whether the thread had the core for more than half of the time: a task of microseconds may end late
    /// because the core was given to others.
    fn renew(&mut self, now: Moment, used: Nanos) -> bool {
        let before = std::mem::replace(self, Self::new(now, used));
        used.0.saturating_sub(before.used.0) > now.since(before.since).0 / 2
    }
}

/// What the thread that calls becomes when it keeps a core, for threads that share the work of its task; `None` if it is no
/// thread of a pool.
pub(crate) fn niceness_of_this_thread() -> Option<i32> {
    OF_THIS_THREAD.get()
}

/// Makes the thread that calls nice; on Linux, niceness is each thread's own.
pub(crate) fn be_nice(level: i32) {
    if let Err(cause) = setpriority_process(None, level) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::warn!(%cause, nice = level, "cannot set the niceness of a thread"));
    }
}

/// The CPU time that this thread has used so far.
fn cpu_time() -> Nanos {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default().into()
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    /// A stretch in microseconds, and how much of it the thread had the core.
    fn keeps_core(stretch: u64, used: u64) -> bool {
        let start = sync::now();
        let mut watched = Stretch::new(start, Nanos(7));
        let now = start + Duration::from_micros(stretch);
        watched.is_long(now) && watched.renew(now, Nanos(7 + used * 1000))
    }

    #[test]
    fn a_core_is_kept_by_more_than_half_of_a_long_stretch() {
        let table = [
            // (stretch, used, is kept)
            (999, 999, false),
            (1000, 1000, true),
            (1000, 501, true),
            (1000, 500, false),
            (5000, 20, false),
            (60_000_000, 59_000_000, true),
        ];
        for (stretch, used, is_kept) in table {
            assert_eq!(keeps_core(stretch, used), is_kept, "{used} of {stretch} us");
        }
    }

    #[test]
    fn little_use_does_not_add_up() {
        let start = sync::now();
        let mut stretch = Stretch::new(start, Nanos(0));
        for n in 1..100 {
            assert!(!stretch.renew(start + Nanos(n * MILLI), Nanos(n * MILLI / 3)));
        }
        assert!(stretch.renew(
            start + Nanos(101 * MILLI),
            Nanos(99 * MILLI / 3 + MILLI + MILLI / 10)
        ));
    }
}
