//! The CPU clocks of the process and of a thread.

use crate::time::Nanos;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The CPU time that all threads of the process have used.
pub(crate) fn of_process() -> Duration {
    read(ClockId::ProcessCPUTime)
}

/// The CPU time that the thread that calls has used.
pub(crate) fn of_this_thread() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// The CPU time that another thread of this process has used; `None` if the system does not tell, or there is no such thread.
pub(crate) fn of_thread(id: u32) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/self/task/{id}/schedstat")).ok()?;
    let used = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(used))
}

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// A look at the thread's CPU clock is a system call, so runs shorter than this are taken to have used the core all the time.
const SHORT: Nanos = Nanos(1_000_000);
/// After so much time in short runs the clock is looked at anyway: what the thread does between runs is not to be taken for a long one's.
const LOOK_AFTER: Nanos = Nanos(10_000_000);

/// What the runs of one thread use.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The CPU time of the thread at the last look.
    used: Nanos,
    /// The length of the short runs since then.
    short: Nanos,
}

impl Meter {
    /// Of the thread that calls.
    pub(crate) fn new() -> Self {
        Self {
            used: of_this_thread().into(),
            short: Nanos(0),
        }
    }

    /// All that the thread has used so far, as far as it is known without a look.
    pub(crate) fn total(&self) -> Nanos {
        self.used + self.short
    }

    /// What a run of this thread has used that lasted so long and has just ended.
    pub(crate) fn used(&mut self, run: Nanos) -> Nanos {
        if run < SHORT {
            self.short = self.short + run;
            if self.short > LOOK_AFTER {
                *self = Self::new();
            }
            return run;
        }
        let before = std::mem::replace(self, Self::new());
        let used = self.used.0.saturating_sub(before.used.0 + before.short.0);
        Nanos(used).min(run)
    }
}
