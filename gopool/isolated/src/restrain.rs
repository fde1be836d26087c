//! What a child does to itself before it takes the first job.

use std::{
    fs, io,
    sync::{Arc, atomic::AtomicBool},
};

use rustix::process::{
    DumpableBehavior, Pid, Resource, Rlimit, Signal, getppid, getpriority_process, getrlimit,
    set_dumpable_behavior, set_parent_process_death_signal, setpriority_process, setrlimit,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::settings::Bounds;

/// The system looks here first when memory runs out, rather than at the parent.
const FIRST_TO_GO: &str = "500";

/// Ends with its parent, whatever it is doing: nothing listens to the control socket yet.
///
/// # Errors
/// The parent is gone already.
pub(crate) fn die_with(parent: u32) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let is_there = getppid()
        .map(Pid::as_raw_nonzero)
        .map(|pid| pid.get().unsigned_abs())
        == Some(parent);
    if is_there {
        Ok(())
    } else {
        Err(io::Error::other("the parent has ended"))
    }
}

/// From now on the end of the control socket tells of the parent's. A child that is stopped could not see it, so it goes on then; killed
/// by the system, it would leave behind what it has started.
pub(crate) fn wake_with_the_end_of_the_parent() -> io::Result<()> {
    Ok(set_parent_process_death_signal(Some(Signal::CONT))?)
}

/// Signals to a whole session or control group are the parent's business, which tells its children what to do. These are handlers and not
/// "ignored", so that programs which a handler starts have the usual meaning back.
pub(crate) fn leave_signals_to_the_parent() -> io::Result<()> {
    for signal in [SIGTERM, SIGINT, SIGQUIT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

pub(crate) fn keep_within(bounds: &Bounds) -> io::Result<()> {
    let both = |limit| Rlimit {
        current: Some(limit),
        maximum: Some(limit),
    };
    // Before the process is not dumpable, when such files are root's. Where it cannot be told, nothing else depends on it.
    let _ = fs::write("/proc/self/oom_score_adj", FIRST_TO_GO);
    if let Some(memory) = bounds.memory {
        setrlimit(Resource::Data, both(memory))?;
    }
    if !bounds.core {
        // 0 would not count where cores are piped to a program; 1 is what the kernel knows as "not there either".
        setrlimit(Resource::Core, both(1))?;
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    if bounds.nice > 0 {
        let own = getpriority_process(None).unwrap_or(0);
        setpriority_process(None, (own + bounds.nice).min(19))?;
    }
    Ok(())
}

/// The memory that this process may have while it does one job.
#[derive(Debug)]
pub(crate) struct Memory {
    /// For any job; `None` is no limit.
    most: Option<u64>,
    /// What this could be raised to.
    maximum: Option<u64>,
    /// In force now.
    current: Option<u64>,
}

impl Memory {
    pub(crate) fn of_this_process() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Data);
        Self {
            most: current,
            maximum,
            current,
        }
    }

    /// Lets the next job have so much; without a word, or with too large a one, as much as any may.
    pub(crate) fn allow(&mut self, memory: Option<u64>) -> io::Result<()> {
        let wanted = match (memory, self.most) {
            (Some(memory), Some(most)) => Some(memory.min(most)),
            (memory, most) => memory.or(most),
        };
        if wanted != self.current {
            let limit = Rlimit {
                current: wanted,
                maximum: self.maximum,
            };
            setrlimit(Resource::Data, limit)?;
            self.current = wanted;
        }
        Ok(())
    }
}
