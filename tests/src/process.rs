//! Processes as the system shows them.

use std::{fs, io};

/// How often the threads of a process have gone to sleep so far, those that live.
///
/// # Panics
/// When there is no such process.
pub fn sleeps(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let of_thread = |thread: io::Result<fs::DirEntry>| {
        // It may end before it is read.
        let status = fs::read_to_string(thread.ok()?.path().join("status")).ok()?;
        let number = |line: &str| {
            line.strip_prefix("voluntary_ctxt_switches:")?
                .trim()
                .parse::<u64>()
                .ok()
        };
        status.lines().find_map(number)
    };
    threads.filter_map(of_thread).sum()
}
