//! Processes as the system shows them.

use std::fs;

/// The niceness of the threads whose name begins so.
///
/// # Panics
/// When there is no such process.
pub fn niceness(pid: u32, name: &str) -> Vec<i32> {
    let of_thread = |stat: String| {
        let (_, named) = stat.split_once('(')?;
        let (found, fields) = named.rsplit_once(") ")?;
        // `proc_pid_stat(5)`: the 19th field, and the 3rd comes first here.
        let niceness = fields.split(' ').nth(16)?.parse().ok()?;
        found.starts_with(name).then_some(niceness)
    };
    threads(pid, "stat").filter_map(of_thread).collect()
}

/// How often the threads of a process have gone to sleep so far, those that live.
///
/// # Panics
/// When there is no such process.
pub fn sleeps(pid: u32) -> u64 {
    let of_thread = |status: String| -> Option<u64> {
        let mut lines = status.lines();
        let number = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        number.trim().parse().ok()
    };
    threads(pid, "status").filter_map(of_thread).sum()
}

/// Whether every thread of a process waits for an event and none of them for a time, so that nothing wakes it but the world.
///
/// # Panics
/// When there is no such process.
pub fn waits_for_events_only(pid: u32) -> bool {
    // `epoll_wait`, `epoll_pwait`, `futex` and `ppoll`; the fourth argument of each is its limit, of the last one the third.
    #[cfg(target_arch = "x86_64")]
    const CALLS: [&str; 4] = ["232", "281", "202", "271"];
    #[cfg(not(target_arch = "x86_64"))]
    const CALLS: [&str; 4] = ["", "22", "98", "73"];
    let mut calls = threads(pid, "syscall");
    calls.all(|call| {
        let words: Vec<_> = call.split_ascii_whitespace().collect();
        let limit = words.get(4).copied().unwrap_or_default();
        match CALLS.iter().position(|known| *known == words[0]) {
            // -1 in 32 bits: no limit.
            Some(0 | 1) => limit.ends_with("ffffffff"),
            Some(3) => words.get(3).copied() == Some("0x0"),
            Some(_) => limit == "0x0",
            None => false,
        }
    })
}

/// What the system says of each thread in the file of this name.
fn threads(pid: u32, file: &str) -> impl Iterator<Item = String> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process lives");
    // A thread may end before its file is read.
    threads.filter_map(move |thread| fs::read_to_string(thread.ok()?.path().join(file)).ok())
}
