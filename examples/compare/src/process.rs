//! What Linux tells about processes: CPU time, memory, how often they woke.

use std::{
    collections::BTreeMap,
    fs,
    process::{self, Command},
    time::Duration,
};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};

use crate::Failure;

/// The memory of one or more processes, in megabytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    pub(crate) resident: f64,
    /// What would be free again if the processes ended.
    pub(crate) private: f64,
}

/// A process and all that come from it.
pub(crate) fn tree(root: u32) -> Vec<u32> {
    let parents: BTreeMap<u32, u32> = numbers("/proc")
        .filter_map(|pid| Some((pid, stat(&format!("/proc/{pid}/stat"))?.get(1)?.parse().ok()?)))
        .collect();
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(&parent) = tree.get(next) {
        tree.extend(
            parents
                .iter()
                .filter(|(_, of)| **of == parent)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    tree
}

/// The CPU time of these processes so far.
pub(crate) fn cpu_time(pids: &[u32]) -> Duration {
    pids.iter()
        .filter_map(|pid| ticks(&format!("/proc/{pid}/stat"), [11, 12]))
        .sum()
}

/// The CPU time of the threads that are not gopool's workers: event loops, clock, main.
pub(crate) fn cpu_time_without_workers(pids: &[u32]) -> Duration {
    tasks(pids)
        .filter(|task| !is_worker(read(&format!("{task}/comm")).trim_end()))
        .filter_map(|task| ticks(&format!("{task}/stat"), [11, 12]))
        .sum()
}

/// Whether a thread of this name runs jobs: workers are numbered, the pool's clock and others have names.
fn is_worker(name: &str) -> bool {
    let number = name.strip_prefix("gopool-").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The CPU time of the generators: of this program, and of its children that have ended.
pub(crate) fn cpu_time_of_generators() -> Duration {
    let own = ticks("/proc/self/stat", [11, 12]).unwrap_or_default();
    own + ticks("/proc/self/stat", [13, 14]).unwrap_or_default()
}

pub(crate) fn memory(pids: &[u32]) -> Memory {
    let mut memory = Memory::default();
    for pid in pids {
        let text = read(&format!("/proc/{pid}/smaps_rollup"));
        memory.resident += megabytes(&text, "Rss:");
        memory.private += megabytes(&text, "Private_Clean:") + megabytes(&text, "Private_Dirty:");
    }
    memory
}

/// The most resident memory since the last [`forget_peak`], in megabytes.
pub(crate) fn peak_memory(pids: &[u32]) -> f64 {
    pids.iter()
        .map(|pid| megabytes(&read(&format!("/proc/{pid}/status")), "VmHWM:"))
        .sum()
}

/// Begins a new peak of memory.
pub(crate) fn forget_peak(pids: &[u32]) {
    for pid in pids {
        let _unless_it_ended = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    }
}

/// How often threads of these processes have gone to sleep, which is how often they woke.
pub(crate) fn wake_ups(pids: &[u32]) -> f64 {
    let switches = |task: String| field(&read(&format!("{task}/status")), "voluntary_ctxt_switches:");
    let wake_ups: u64 = tasks(pids).filter_map(switches).sum();
    #[allow(clippy::cast_precision_loss, reason = "nothing wakes 2^53 times")]
    let wake_ups = wake_ups as f64;
    wake_ups
}

/// How many threads these processes have.
pub(crate) fn threads(pids: &[u32]) -> usize {
    tasks(pids).count()
}

/// Whether a process has ended; one that is only not yet reaped counts as such.
pub(crate) fn is_gone(pid: u32) -> bool {
    stat(&format!("/proc/{pid}/stat")).is_none_or(|fields| fields.first().is_some_and(|state| state == "Z"))
}

/// Ends a process.
pub(crate) fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _unless_it_ended = kill_process(pid, Signal::KILL);
    }
}

/// As many open files as the system allows: thousands of connections are coming. Children inherit it.
pub(crate) fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _at_most_a_smaller_flood = setrlimit(Resource::Nofile, limit);
}

/// Runs a command to its end; its failure is ours, with all it said.
pub(crate) fn run(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stdin(process::Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {command:?}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed ({}):\n{text}{said}", output.status).into())
}

/// The tasks of these processes, as folders.
fn tasks(pids: &[u32]) -> impl Iterator<Item = String> {
    pids.iter().flat_map(|pid| {
        let folder = format!("/proc/{pid}/task");
        numbers(&folder)
            .map(move |task| format!("{folder}/{task}"))
            .collect::<Vec<_>>()
    })
}

fn numbers(folder: &str) -> impl Iterator<Item = u32> + use<> {
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// The fields of a `stat` file behind the name, which may itself hold blanks and brackets: the state comes first.
fn stat(path: &str) -> Option<Vec<String>> {
    let text = fs::read_to_string(path).ok()?;
    let (_, fields) = text.rsplit_once(") ")?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

fn ticks(path: &str, fields: [usize; 2]) -> Option<Duration> {
    let stat = stat(path)?;
    let read = |index: usize| stat.get(index)?.parse::<f64>().ok();
    #[allow(clippy::cast_precision_loss, reason = "a hundred or a thousand")]
    let per_second = rustix::param::clock_ticks_per_second() as f64;
    Some(Duration::from_secs_f64(
        (read(fields[0])? + read(fields[1])?) / per_second,
    ))
}

/// Empty when the process has ended.
fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn megabytes(text: &str, name: &str) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "no process has 2^53 kilobytes")]
    let kilobytes = field(text, name).unwrap_or(0) as f64;
    kilobytes * 1024.0 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_the_pool_is_no_worker() {
        assert!(is_worker("gopool-12"));
        assert!(!is_worker("gopool-clock"));
        assert!(!is_worker("gopool-"));
        assert!(!is_worker("actix-server wo"));
    }
}
