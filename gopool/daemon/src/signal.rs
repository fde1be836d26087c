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
    consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM},
    flag, low_level,
};

/// The caught signals. The handler sets a flag and writes one byte, nothing more.
///
/// The byte only wakes; the flags say what happened. A child between fork and exec shares the socket but not
/// the flags, so a signal that hits it there wakes the daemon for nothing and is not mistaken for its own.
pub(crate) struct Signals {
    wake: UnixStream,
    reload: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
    interrupt: Arc<AtomicBool>,
}

/// What was caught since the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caught {
    pub(crate) reload: bool,
    pub(crate) terminate: bool,
    pub(crate) interrupt: bool,
}

impl Signals {
    pub(crate) fn catch() -> io::Result<Signals> {
        let (wake, write) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        let signals = Signals {
            wake,
            reload: Arc::default(),
            terminate: Arc::default(),
            interrupt: Arc::default(),
        };
        // Flag first, byte second: who was woken by the byte finds the flag.
        flag::register(SIGHUP, Arc::clone(&signals.reload))?;
        flag::register(SIGTERM, Arc::clone(&signals.terminate))?;
        flag::register(SIGINT, Arc::clone(&signals.interrupt))?;
        for signal in [SIGHUP, SIGTERM, SIGINT, SIGCHLD] {
            low_level::pipe::register(signal, write.try_clone()?)?;
        }
        Ok(signals)
    }

    /// Empties the socket first and reads the flags second: a signal in between is seen now or wakes again.
    pub(crate) fn take(&mut self) -> Caught {
        let mut bytes = [0; 64];
        while matches!(self.wake.read(&mut bytes), Ok(read) if read == bytes.len()) {}
        Caught {
            reload: self.reload.swap(false, Ordering::AcqRel),
            terminate: self.terminate.swap(false, Ordering::AcqRel),
            interrupt: self.interrupt.swap(false, Ordering::AcqRel),
        }
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}
