//! Processes as the system shows them.

use std::{fs, io};

/// The niceness of the threads whose name begins so.
///
/// # Panics
/// When there is no such process.
pub fn niceness(pid: u32, name: &str) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    let of_thread = |thread: io::Result<fs::DirEntry>| {
        // It may end before it is read.
        let stat = fs::read_to_string(thread.ok()?.path().join("stat")).ok()?;
        let (_, named) = stat.split_once('(')?;
        let (found, fields) = named.rsplit_once(") ")?;
        // `proc_pid_stat(5)`: the 19th field, and the 3rd comes first here.
        let niceness = fields.split(' ').nth(16)?.parse().ok()?;
        found.starts_with(name).then_some(niceness)
    };
    threads.filter_map(of_thread).collect()
}

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
