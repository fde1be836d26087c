//! A door for jobs, and waits with a limit.

use crate::{Handle, Pool, Rejected, Task};
use std::{
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

/// Long enough for the slowest machine; no test passes because of it.
pub(super) const LONG: Duration = Duration::from_secs(20);

/// Holds whoever waits at it until it is opened; opens when dropped, so that a failing test ends.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(super) fn pass(&self) {
        let (open, signal) = &*self.0;
        drop(
            signal
                .wait_timeout_while(open.lock().unwrap(), LONG, |open| !*open)
                .unwrap(),
        );
    }

    pub(super) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// A job that holds its thread until the gate opens.
    pub(super) fn hold(&self, pool: &Pool) -> Result<Handle<()>, Rejected> {
        let gate = self.clone();
        pool.submit(Task::new(move || gate.pass()))
    }

    /// Jobs that hold `count` threads, all of them started.
    pub(super) fn hold_all(&self, pool: &Pool, count: usize) -> Vec<Handle<()>> {
        let handles = (0..count).map(|_| self.hold(pool).unwrap()).collect();
        eventually(|| pool.stats().threads.busy == count);
        handles
    }
}

/// Waits for an event, with a limit.
pub(super) fn eventually(event: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !event() {
        assert!(Instant::now() < end, "this never happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs and awaits one job that does nothing.
pub(super) fn run_one(pool: &Pool) {
    pool.submit(Task::new(|| ())).unwrap().wait().unwrap();
}

/// Threads that exist and are not overdue.
pub(super) fn live(pool: &Pool) -> usize {
    let threads = pool.stats().threads;
    threads.starting + threads.idle + threads.busy
}
