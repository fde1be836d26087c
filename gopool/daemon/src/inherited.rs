//! What a process inherits: the place of a daemon, and about signals a mask, ignored ones, and a terminal that may close.

use std::{
    env,
    fs::{self, OpenOptions},
    sync::Arc,
};

use nix::sys::signal::SigSet;
use signal_hook::{
    consts::{SIGHUP, SIGXFSZ},
    flag,
};

/// Lets every signal through again that whoever started this process had blocked: blocked, TERM would never arrive.
///
/// Call it before the first thread starts, because threads inherit the mask. A program that takes the place of a daemon has them
/// wait until it can catch them.
pub fn unblock_signals() {
    if replaces_a_daemon() {
        return;
    }
    let_through();
}

/// The same, whatever comes.
pub(crate) fn let_through() {
    // It cannot fail with a set that is valid.
    let _ = SigSet::all().thread_unblock();
}

/// Lets a file that may grow no more (`ulimit -f`) be an error of whoever writes to it, as a full disk is, and not the end of the process.
/// What this process runs has the system's way again.
pub fn outlive_full_files() {
    // It fails for no signal that may be caught.
    let _ = flag::register(SIGXFSZ, Arc::default());
}

/// Whether this process is to take the place of a daemon, which ran in it before.
pub(crate) fn replaces_a_daemon() -> bool {
    let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
    names.starts_with("gopool-upgrade-") && env::var_os("LISTEN_FDS").is_some()
}

/// The terminal that this process began in, if it began in one.
#[derive(Debug)]
pub struct Terminal {
    was_there: bool,
    ignores_hangup: bool,
}

impl Terminal {
    /// Call it before any handler of signals is installed.
    #[must_use]
    pub fn of_process() -> Terminal {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Terminal {
            was_there: is_there(),
            ignores_hangup: ignores(&status, SIGHUP),
        }
    }

    /// Whether the terminal was closed since then, so that a HUP means that.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.was_there && !is_there()
    }

    /// Whether this process was started to ignore HUP, as under `nohup`.
    #[must_use]
    pub fn ignores_hangup(&self) -> bool {
        self.ignores_hangup
    }
}

/// The system gives this name to the terminal of whoever opens it, and to nobody else.
fn is_there() -> bool {
    OpenOptions::new().read(true).open("/dev/tty").is_ok()
}

/// `proc_pid_status(5)`: a mask in hexadecimal digits.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_from_the_mask() {
        let status = "Name:\tapp\nSigIgn:\t0000000000001001\n";
        assert!(ignores(status, SIGHUP) && ignores(status, 13));
        assert!(!ignores(status, 2) && !ignores("", SIGHUP));
    }
}
