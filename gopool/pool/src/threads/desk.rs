//! What is known from outside of the thread of a seat.

use crate::{
    threads::cpu::{self, Meter},
    time::Nanos,
};
use std::{
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The thread of one seat. Each has cache lines of its own, for its thread writes there with each job.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct Desk {
    number: AtomicU64,
    /// As the system calls it; 0 before the first.
    id: AtomicU32,
    /// What the thread had used when its job began, in nanoseconds of CPU time.
    used: AtomicU64,
}

impl Desk {
    /// The thread that calls sits here from now on.
    pub(crate) fn take(&self, number: u64) {
        self.number.store(number, Relaxed);
        self.id
            .store(rustix::thread::gettid().as_raw_pid().unsigned_abs(), Relaxed);
    }

    /// Its thread is about to begin a job.
    pub(crate) fn begin(&self, meter: &Meter) {
        self.used.store(meter.total().0, Relaxed);
    }

    /// The name of its thread.
    pub(crate) fn thread_name(&self) -> String {
        thread_name(self.number.load(Relaxed))
    }

    /// Its thread, as the system calls it.
    pub(crate) fn thread_id(&self) -> u32 {
        self.id.load(Relaxed)
    }

    /// The CPU time that its job has used so far, as far as the system tells; a job that ends meanwhile makes it that of the next.
    pub(crate) fn used_by_job(&self) -> Option<Duration> {
        let before = Nanos(self.used.load(Relaxed)).into();
        Some(cpu::of_thread(self.thread_id())?.saturating_sub(before))
    }
}

/// The name of the pool's thread of this number.
pub(crate) fn thread_name(number: u64) -> String {
    format!("gopool-{number}")
}
