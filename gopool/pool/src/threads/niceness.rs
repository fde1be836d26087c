//! Threads that give way to the rest of the process.
//!
//! A pool's threads start as they are. When tasks have kept cores for longer than nobody minds, all of them become nice, and so does each
//! that starts later: what was seen once will come again, and the way back needs a privilege.

use std::{
    cell::Cell,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::process::setpriority_process;

use crate::{
    sync::{self, Mutex, lock},
    threads::{cpu, plain},
    time::{Moment, Nanos},
};

/// Whoever keeps a core for less makes nobody wait for longer than the system does, whose slices are longer.
const LONG: Duration = Duration::from_millis(1);
/// So much CPU time of a long stretch is a core kept; with less, others had it, or the thread had little to do.
const KEPT: Nanos = Nanos(500_000);
/// Cores may be kept for this part of the time, as one in so many: now and then, nobody minds.
const SHARE: u64 = 10;
/// And for this much at once. On a virtual machine, time that the host took counts as used, so a stretch may seem long that was not.
const BURST: Nanos = Nanos(10_000_000);

pub use crate::threads::plain::{spawn_process, unniced};

thread_local! {
    /// What [`of_this_thread`] gives.
    static OF_THIS_THREAD: Cell<Option<i32>> = const { Cell::new(None) };
}

/// The niceness of a pool's threads.
#[derive(Debug)]
pub(crate) struct Niceness {
    /// What they become; `None`: they stay as they are.
    level: Option<i32>,
    allowance: Mutex<Allowance>,
    /// Whether the allowance was exceeded.
    is_due: AtomicBool,
}

impl Niceness {
    pub(crate) fn new(level: Option<i32>) -> Self {
        Self {
            level,
            allowance: Mutex::new(Allowance {
                used_up_until: sync::now(),
            }),
            is_due: AtomicBool::new(false),
        }
    }
}

/// How long the threads together may keep cores.
#[derive(Debug)]
struct Allowance {
    /// When what was kept so far has been allowed for.
    used_up_until: Moment,
}

impl Allowance {
    /// Whether `kept` is more than there was.
    fn is_exceeded_by(&mut self, kept: Nanos, now: Moment) -> bool {
        let allowed_for = |kept: Nanos| Nanos(kept.0.saturating_mul(SHARE));
        self.used_up_until = self.used_up_until.max(now) + allowed_for(kept);
        self.used_up_until.since(now) > allowed_for(BURST)
    }
}

/// What one thread does to its core.
#[derive(Debug)]
pub(crate) struct Effort<'a> {
    pool: &'a Niceness,
    /// What the thread is to become; `None` when it has, or will not.
    level: Option<i32>,
    stretch: Stretch,
}

impl<'a> Effort<'a> {
    /// Of the thread that calls, which has just started.
    pub(crate) fn new(pool: &'a Niceness) -> Self {
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
    pub(crate) fn woke(&mut self) {
        self.follow();
        if self.level.is_some() {
            self.stretch = Stretch::new(sync::now(), cpu_time());
        }
    }

    /// The thread has ended a task.
    pub(crate) fn ended(&mut self, now: Moment) {
        if self.level.is_some()
            && self.stretch.is_long(now)
            && let Some(kept) = self.stretch.renew(now, cpu_time())
            && lock(&self.pool.allowance).is_exceeded_by(kept, now)
            && plain::prepare()
        {
            self.pool.is_due.store(true, Ordering::Relaxed);
        }
        self.follow();
    }

    /// Becomes nice, if that is due.
    fn follow(&mut self) {
        if self.pool.is_due.load(Ordering::Relaxed)
            && let Some(level) = self.level.take()
        {
            give_this_thread(level);
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

    /// Begins anew. Gives for how long the thread kept the core, if it did.
    fn renew(&mut self, now: Moment, used: Nanos) -> Option<Nanos> {
        let before = std::mem::replace(self, Self::new(now, used));
        let kept = Nanos(used.0.saturating_sub(before.used.0));
        (kept >= KEPT).then_some(kept)
    }
}

/// The niceness that the thread that calls takes on when it keeps a core; `None` if it is no thread of a pool, or stays as it is.
///
/// For threads that share the work of a task, such as those of a rayon pool: they should give way as much as its own thread does.
pub fn of_this_thread() -> Option<i32> {
    OF_THIS_THREAD.get()
}

/// Gives the thread that calls a niceness, from -20 to 19, on Linux: elsewhere it is that of the whole process, and nothing happens. A refusal
/// is logged once.
pub fn give_this_thread(level: i32) {
    if !cfg!(target_os = "linux") {
        return;
    }
    if let Err(cause) = setpriority_process(None, level) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| tracing::warn!(%cause, nice = level, "cannot set the niceness of a thread"));
    }
}

fn cpu_time() -> Nanos {
    cpu::of_this_thread().into()
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;

    const MILLI: u64 = 1_000_000;

    /// For how long the core was kept, in microseconds, in a stretch and with a CPU time of so many.
    fn kept(stretch: u64, used: u64) -> Option<u64> {
        let start = sync::now();
        let mut watched = Stretch::new(start, Nanos(7));
        let now = start + Duration::from_micros(stretch);
        let kept = watched
            .is_long(now)
            .then(|| watched.renew(now, Nanos(7 + used * 1000)));
        kept.flatten().map(|kept| kept.0 / 1000)
    }

    #[test]
    fn a_core_is_kept_by_use_of_it_in_a_long_stretch() {
        let table = [
            // (stretch, used, kept)
            (999, 999, None),
            (1000, 1000, Some(1000)),
            (1000, 500, Some(500)),
            (1000, 499, None),
            // Of many threads beside each other, each has a part of a core.
            (200_000, 6_000, Some(6_000)),
        ];
        for (stretch, used, expected) in table {
            assert_eq!(kept(stretch, used), expected, "{used} of {stretch} us");
        }
    }

    #[test]
    fn little_use_does_not_add_up() {
        let start = sync::now();
        let mut stretch = Stretch::new(start, Nanos(0));
        for n in 1..100 {
            assert_eq!(
                stretch.renew(start + Nanos(n * MILLI), Nanos(n * MILLI / 3)),
                None
            );
        }
    }

    /// Whether stretches of so many milliseconds, one each period, exceed the allowance within a minute.
    fn is_exceeded(kept: u64, period: u64) -> bool {
        let start = sync::now();
        let mut allowance = Allowance { used_up_until: start };
        let mut ends = (period..=60_000).step_by(usize::try_from(period).unwrap_or(1));
        ends.any(|end| allowance.is_exceeded_by(Nanos(kept * MILLI), start + Nanos(end * MILLI)))
    }

    #[test]
    fn cores_may_be_kept_for_a_tenth_of_the_time_and_ten_milliseconds_at_once() {
        let table = [
            // (kept, period, is exceeded)
            (10, 1000, false),
            (11, 1000, true),
            (4, 40, false),
            (4, 30, true),
            (1, 10, false),
            (1, 9, true),
        ];
        for (kept, period, expected) in table {
            assert_eq!(is_exceeded(kept, period), expected, "{kept} of {period} ms");
        }
    }
}
