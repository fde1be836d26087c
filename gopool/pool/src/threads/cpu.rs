//! The CPU clocks of the process and of a thread.

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

fn read(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}
