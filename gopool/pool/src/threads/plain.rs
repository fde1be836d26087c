//! One thread of the process that never becomes nice, for what must not inherit niceness: other threads, and other processes.
//!
//! Threads and processes begin with the niceness of the thread that starts them, and the way back needs a privilege. So this one is started
//! just before the first thread of a pool becomes nice, and never before.

use rustix::process::getpriority_process;
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process::{Child, Command},
    sync::{
        OnceLock,
        mpsc::{self, SendError, Sender},
    },
    thread,
};

/// Enough to start a process.
const STACK: usize = 256 * 1024;

type Errand = Box<dyn FnOnce() + Send>;

struct Plain {
    errands: Sender<Errand>,
    /// Its niceness.
    level: i32,
}

static PLAIN: OnceLock<Plain> = OnceLock::new();

/// Sees to it that the thread is there: as nice as the one that calls. False if the system refused it.
pub(crate) fn prepare() -> bool {
    if PLAIN.get().is_some() {
        return true;
    }
    let (errands, inbox) = mpsc::channel::<Errand>();
    let run = move || inbox.into_iter().for_each(|errand| errand());
    let plain = Plain {
        errands,
        level: own_level(),
    };
    let thread = thread::Builder::new().name("gopool-plain".to_owned());
    let is_there = thread.stack_size(STACK).spawn(run).is_ok();
    if is_there {
        // Another pool may have been first; then the thread ends with what it waits for.
        let _other = PLAIN.set(plain);
    }
    is_there
}

fn own_level() -> i32 {
    getpriority_process(None).unwrap_or(0)
}

/// Runs `work` where the niceness of pools has not come: on the thread that calls unless it is nice, else on another, for which it waits.
///
/// What `work` starts, threads and processes, begins as nice as the process was meant to be. All that is called so waits for each other:
/// start something and return.
pub fn unniced<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let Some(plain) = PLAIN.get().filter(|plain| own_level() > plain.level) else {
        return work();
    };
    let (sender, outcome) = mpsc::channel();
    let errand = Box::new(move || {
        let _waits = sender.send(catch_unwind(AssertUnwindSafe(work)));
    });
    if let Err(SendError(errand)) = plain.errands.send(errand) {
        errand();
    }
    match outcome.recv() {
        Ok(Ok(value)) => value,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(lost) => resume_unwind(Box::new(lost.to_string())),
    }
}

/// Starts a process from a task. `Command::spawn` there would start it as nice as the pool's threads are, for all its life.
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn_process(mut command: Command) -> io::Result<Child> {
    unniced(move || command.spawn())
}
