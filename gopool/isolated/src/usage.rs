//! What jobs take, measured in the child.

use std::{
    fs,
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{Usage as Used, UsageWho, getrusage},
    time::TimeValLike as _,
};

use crate::job::Usage;

/// Pages that came since the last look, from which on it is worth another one at the memory: a mebibyte of small ones.
const WORTH_A_LOOK: i64 = 256;

/// Measures one job after another.
#[derive(Debug)]
pub(crate) struct Meter {
    began: Instant,
    before: Option<Used>,
    /// Pages that had come when the memory was looked at last.
    pages: i64,
    /// The most memory so far, in bytes.
    peak: u64,
}

impl Meter {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            before: None,
            pages: -WORTH_A_LOOK,
            peak: 0,
        }
    }

    pub(crate) fn begin(&mut self) {
        self.began = Instant::now();
        self.before = used();
    }

    pub(crate) fn end(&mut self) -> Usage {
        let after = used();
        let pages = after.map_or(0, |used| used.minor_page_faults());
        if pages - self.pages >= WORTH_A_LOOK {
            self.pages = pages;
            self.peak = peak().unwrap_or(self.peak);
        }
        Usage {
            ran: self.began.elapsed(),
            cpu: cpu(after).saturating_sub(cpu(self.before)),
            peak: self.peak,
        }
    }
}

fn used() -> Option<Used> {
    getrusage(UsageWho::RUSAGE_SELF).ok()
}

fn cpu(used: Option<Used>) -> Duration {
    let time = used.map_or(0, |used| {
        (used.user_time() + used.system_time()).num_microseconds()
    });
    Duration::from_micros(u64::try_from(time).unwrap_or(0))
}

/// The most memory that this program has had, in bytes. What `getrusage` calls so begins with that of the parent.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_work_are_seen() {
        let mut meter = Meter::new();
        meter.begin();
        let few = meter.end().peak;
        meter.begin();
        let much = vec![1_u8; 64 << 20];
        let usage = meter.end();
        assert_eq!(std::hint::black_box(&much).len(), 64 << 20);
        assert!(few > 0 && usage.peak > few + (32 << 20), "{few} {usage:?}");
        assert!(usage.ran > Duration::ZERO);
    }
}
