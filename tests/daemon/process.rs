//! Processes as the system shows them.

use std::{fs, path::Path, time::Duration};

use gopool_tests::{Signal, until};
use rustix::process::{Pid, kill_process};

/// Sends a signal to a process that lives.
pub(crate) fn send(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// Whether the process runs no more; one that nobody reaped yet does not.
pub(crate) fn is_gone(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z' | 'X'))
}

/// Whether a signal has stopped the process.
pub(crate) fn is_stopped(pid: u32) -> bool {
    state(pid) == Some('T')
}

fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    stat.rsplit(')').next()?.trim_start().chars().next()
}

/// Waits until the process runs no more.
pub(crate) fn until_gone(pid: u32) {
    until(&format!("process {pid} is gone"), || is_gone(pid).then_some(()));
}

/// All processes that run with `mark` in their environment, which every child inherits.
pub(crate) fn marked(mark: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| has_mark(*pid, mark)).collect()
}

fn has_mark(pid: u32, mark: &str) -> bool {
    // Empty for a zombie; a process that has just ended cannot be read.
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|variable| variable == mark.as_bytes())
}

/// How many descriptors a process has open.
pub(crate) fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// The number that the next descriptor of a process would have.
pub(crate) fn next_descriptor(pid: u32) -> usize {
    let is_open = |number: &usize| fs::symlink_metadata(format!("/proc/{pid}/fd/{number}")).is_ok();
    (0..).find(|number| !is_open(number)).unwrap()
}

/// What a process has used of the CPU, to ten milliseconds.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name stands in brackets and may hold anything; user and system time are the 12th and 13th word behind it.
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let words = rest.split_whitespace().skip(11).take(2);
    let ticks: u64 = words.map(|word| word.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// The children of a process, dead ones that nobody reaped included.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    list.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// A number in `/proc/<pid>/status`.
pub(crate) fn status(pid: u32, field: &str) -> u64 {
    number_in(Path::new(&format!("/proc/{pid}/status")), field)
}

/// Memory that the process shares with nobody, in kB.
pub(crate) fn private_memory(pid: u32) -> u64 {
    let rollup = format!("/proc/{pid}/smaps_rollup");
    ["Private_Clean", "Private_Dirty"]
        .into_iter()
        .map(|field| number_in(Path::new(&rollup), field))
        .sum()
}

fn number_in(file: &Path, field: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no `{field}` in {}", file.display()))
}
