//! What an overdue thread does, told once in the log: what it is up to, and with the feature `profile` where in the code it is.

use std::{
    collections::BTreeMap,
    fs, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, Builder},
    time::{Duration, Instant},
};

use super::profile;
use crate::exec::TaskOrigin;
use gopool_pool::OverdueTask;

/// A handler that asks whether it should stop is back by then.
const PATIENCE: Duration = Duration::from_secs(1);
/// For how long its stack is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// So many may wait for a look; what comes on top is left out.
const MOST_WAITING: usize = 64;

/// The overdue tasks that are to be looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct OverdueLog(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    /// Since when each is overdue.
    tasks: Vec<(Instant, OverdueTask)>,
    /// The thread lives for as long as there is something to look at.
    has_thread: bool,
}

/// What the system says of a thread.
#[derive(Debug, Default, PartialEq, Eq)]
struct ThreadState {
    /// As `proc_pid_stat(5)` has it: `R` runs, `S` and `D` wait.
    state: Option<char>,
    /// Where in the kernel it waits.
    waits_in: Option<String>,
}

impl OverdueLog {
    /// A task has become overdue.
    pub(crate) fn add(&self, task: OverdueTask) {
        let mut waiting = self.lock();
        if waiting.tasks.len() == MOST_WAITING {
            return;
        }
        waiting.tasks.push((Instant::now(), task));
        if mem::replace(&mut waiting.has_thread, true) {
            return;
        }
        drop(waiting);
        let own = self.clone();
        let thread = Builder::new().name("gopool-overdue".to_owned());
        if thread.spawn(move || own.run()).is_err() {
            *self.lock() = Waiting::default();
        }
    }

    fn run(&self) {
        while let Some(due) = self.next_due() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            report(&self.take_due());
        }
    }

    /// When there is something to look at; without anything the thread ends.
    fn next_due(&self) -> Option<Instant> {
        let mut waiting = self.lock();
        let due = waiting.tasks.first().map(|(since, _)| *since + PATIENCE);
        waiting.has_thread = due.is_some();
        due
    }

    fn take_due(&self) -> Vec<OverdueTask> {
        let now = Instant::now();
        let mut waiting = self.lock();
        let count = waiting
            .tasks
            .partition_point(|(since, _)| *since + PATIENCE <= now);
        waiting.tasks.drain(..count).map(|(_, task)| task).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is one step, so what a panic left behind is sound.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn report(tasks: &[OverdueTask]) {
    let names: Vec<_> = tasks.iter().filter_map(|task| Some(task.thread()?.0)).collect();
    if names.is_empty() {
        return;
    }
    let stacks = profile::stacks(&names, LOOK);
    // Those that have come back meanwhile have done something else since.
    for task in tasks {
        if let Some((name, id)) = task.thread() {
            log(task, &name, &ThreadState::read(id), &stacks);
        }
    }
}

fn log(
    task: &OverdueTask,
    thread: &str,
    state: &ThreadState,
    stacks: &Result<BTreeMap<String, String>, String>,
) {
    let origin = task.tag().and_then(TaskOrigin::of);
    let (stack, no_stack) = match stacks {
        Ok(stacks) => (
            stacks.get(thread).map(String::as_str),
            Some("it used no CPU time"),
        ),
        Err(why) => (None, Some(why.as_str())),
    };
    tracing::warn!(
        target: "gopool::overdue",
        request_id = origin.map(|origin| origin.request_id.as_str()),
        peer = origin.and_then(|origin| origin.origin?.peer).map(tracing::field::display),
        lane = task.lane(),
        thread,
        state = state.state.map(tracing::field::display),
        waits_in = state.waits_in.as_deref(),
        stack,
        no_stack = no_stack.filter(|_| stack.is_none()),
        "what an overdue thread does"
    );
}

impl ThreadState {
    fn read(id: u32) -> Self {
        let read = |file: &str| fs::read_to_string(format!("/proc/self/task/{id}/{file}")).ok();
        Self {
            state: read("stat").and_then(|stat| state(&stat)),
            // `0` while it runs, and where the system keeps it to itself.
            waits_in: read("wchan").filter(|name| name != "0" && !name.is_empty()),
        }
    }
}

/// The third field of `stat`; the second is a name in parentheses, which may hold anything.
fn state(stat: &str) -> Option<char> {
    stat.rsplit_once(") ")?.1.chars().next()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn the_state_stands_behind_the_name_whatever_that_is() {
        assert_eq!(state("12 (a) R) S) D 1 2"), Some('D'));
        assert_eq!(state("nothing"), None);
    }

    #[test]
    fn this_thread_runs() {
        let own = fs::read_link("/proc/thread-self").unwrap();
        let own = own.file_name().unwrap().to_str().unwrap().parse().unwrap();
        assert_eq!(ThreadState::read(own).state, Some('R'));
        assert_eq!(ThreadState::read(u32::MAX), ThreadState::default());
    }
}
