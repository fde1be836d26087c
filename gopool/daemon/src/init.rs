//! Process 1 of a container for a master that has no daemon: passes signals on, and reaps whom nobody else does.

use std::{
    env,
    io::{self, Read},
    os::unix::{net::UnixStream, process::CommandExt},
    process::{Command, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
    flag, low_level,
};

use crate::error::Error;

/// What is passed on.
const PASSED_ON: [(i32, Signal); 6] = [
    (SIGTERM, Signal::TERM),
    (SIGINT, Signal::INT),
    (SIGQUIT, Signal::QUIT),
    (SIGHUP, Signal::HUP),
    (SIGUSR1, Signal::USR1),
    (SIGUSR2, Signal::USR2),
];

/// Runs this program again as a child, passes signals on to it, and reaps every process that is left to process 1. The exit code
/// is the child's, or 128 and the number of the signal that ended it.
///
/// A master itself must not reap: it would take the end of a child from the handler that waits for it.
///
/// # Errors
/// When the program cannot be run.
pub fn run_as_init() -> Result<ExitCode, Error> {
    let failed = |cause: io::Error| Error::caused("cannot run as process 1 of a container", &cause);
    let (mut wake, write) = UnixStream::pair().map_err(failed)?;
    write.set_nonblocking(true).map_err(failed)?;
    let mut flags = Vec::new();
    // Flag first, byte second: who was woken by the byte finds the flag.
    for (number, signal) in PASSED_ON {
        let flag = Arc::new(AtomicBool::new(false));
        flag::register(number, Arc::clone(&flag)).map_err(failed)?;
        low_level::pipe::register(number, write.try_clone().map_err(failed)?).map_err(failed)?;
        flags.push((signal, flag));
    }
    low_level::pipe::register(SIGCHLD, write).map_err(failed)?;
    let child = start().map_err(failed)?;
    loop {
        if let Some(code) = reap(child) {
            return Ok(ExitCode::from(code));
        }
        // It may come between two signals; nothing is lost, because the flags say what happened.
        let _ = wake.read(&mut [0; 64]);
        for (signal, flag) in &flags {
            if flag.swap(false, Ordering::AcqRel) {
                let _ = kill_process(child, *signal);
            }
        }
    }
}

fn start() -> io::Result<Pid> {
    let mut arguments = env::args_os();
    let mut command = Command::new(env::current_exe()?);
    command.arg0(arguments.next().unwrap_or_default()).args(arguments);
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("the system gave no valid pid"))
}

/// Reaps everybody who is dead; the exit code, if that was the child.
fn reap(child: Pid) -> Option<u8> {
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if pid == child {
            let signal = status.terminating_signal().map(|signal| 128 + signal);
            let code = signal.or(status.exit_status()).unwrap_or(1);
            return Some(u8::try_from(code).unwrap_or(1));
        }
    }
    None
}
