//! The signals that steer the daemon, turned into bytes on a socket that `poll` can watch.

use std::{
    io::{self, Read},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2},
    flag, low_level,
};

use serde::{Deserialize, Serialize};

use crate::inherited::{Terminal, let_through};

/// The caught signals. The handler sets a flag and writes one byte, nothing more.
///
/// The byte only wakes; the flags say what happened. A child between fork and exec shares the socket but not
/// the flags, so a signal that hits it there wakes the daemon for nothing and is not mistaken for its own.
pub(crate) struct Signals {
    wake: UnixStream,
    terminal: Terminal,
    hangup: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
    reopen: Arc<AtomicBool>,
}

/// What was caught since the last look.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Caught {
    /// HUP, from somebody who wants a reload.
    pub(crate) reload: bool,
    /// TERM or QUIT, or the terminal was closed.
    pub(crate) terminate: bool,
    pub(crate) interrupt: bool,
    /// USR1: the files of the log were moved.
    pub(crate) reopen: bool,
}

impl Signals {
    pub(crate) fn catch() -> io::Result<Signals> {
        let (wake, write) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        let signals = Signals {
            wake,
            terminal: Terminal::of_process(),
            hangup: Arc::default(),
            terminate: Arc::default(),
            interrupt: Arc::default(),
            reopen: Arc::default(),
        };
        // Flag first, byte second: who was woken by the byte finds the flag.
        if !signals.terminal.ignores_hangup() {
            flag::register(SIGHUP, Arc::clone(&signals.hangup))?;
        }
        flag::register(SIGTERM, Arc::clone(&signals.terminate))?;
        flag::register(SIGQUIT, Arc::clone(&signals.terminate))?;
        flag::register(SIGINT, Arc::clone(&signals.interrupt))?;
        flag::register(SIGUSR1, Arc::clone(&signals.reopen))?;
        // It means nothing here, and would end the process.
        flag::register(SIGUSR2, Arc::default())?;
        for signal in [SIGTERM, SIGQUIT, SIGINT, SIGUSR1, SIGCHLD] {
            low_level::pipe::register(signal, write.try_clone()?)?;
        }
        if !signals.terminal.ignores_hangup() {
            low_level::pipe::register(SIGHUP, write)?;
        }
        let_through();
        Ok(signals)
    }

    /// Whether HUP does nothing, because whoever started this process wanted that.
    pub(crate) fn ignores_hangup(&self) -> bool {
        self.terminal.ignores_hangup()
    }

    /// Empties the socket first and reads the flags second: a signal in between is seen now or wakes again.
    pub(crate) fn take(&mut self) -> Caught {
        let mut bytes = [0; 64];
        while matches!(self.wake.read(&mut bytes), Ok(read) if read == bytes.len()) {}
        let take = |flag: &AtomicBool| flag.swap(false, Ordering::AcqRel);
        let hangup = take(&self.hangup);
        let is_closed = hangup && self.terminal.is_closed();
        Caught {
            reload: hangup && !is_closed,
            terminate: take(&self.terminate) || is_closed,
            interrupt: take(&self.interrupt),
            reopen: take(&self.reopen),
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}
