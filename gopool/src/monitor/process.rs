//! What the system says of this process.

use std::{fs, time::Duration};

use rustix::{
    param::page_size,
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

/// This process at one instant. What the system does not tell is zero.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Process {
    /// CPU time of all threads, in user and kernel.
    pub(super) cpu: Duration,
    pub(super) resident_bytes: u64,
    pub(super) open_descriptors: u64,
    /// The soft limit.
    pub(super) max_descriptors: u64,
}

impl Process {
    pub(super) fn read() -> Self {
        Self {
            cpu: cpu(),
            resident_bytes: resident_bytes().unwrap_or(0),
            open_descriptors: fs::read_dir("/proc/self/fd")
                // The folder itself is open while we count.
                .map_or(0, |entries| (entries.count() as u64).saturating_sub(1)),
            max_descriptors: getrlimit(Resource::Nofile).current.unwrap_or(0),
        }
    }
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The second number of `statm` counts resident pages.
fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(page_size() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_descriptors_and_time() {
        let process = Process::read();
        assert!(process.resident_bytes > 100_000, "{process:?}");
        assert!(
            (3..=process.max_descriptors).contains(&process.open_descriptors),
            "{process:?}"
        );
        assert!(process.cpu > Duration::ZERO, "{process:?}");
    }
}
