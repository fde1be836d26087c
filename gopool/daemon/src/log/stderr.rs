//! The standard error, written to without ever waiting for whoever reads it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::{fd::AsFd, unix::fs::OpenOptionsExt},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, OFlags, fstat},
    net::{SendFlags, send},
};

/// The standard error, by what it takes to write to it without waiting.
#[derive(Debug)]
pub(super) enum Stderr {
    /// A pipe or a terminal under a descriptor of our own: the flag that it must not wait is not that of the masters.
    Reopened(File),
    Socket,
    /// A file, which never waits for anybody; or a pipe that cannot be opened anew, which is asked first.
    Plain,
}

impl Stderr {
    pub(super) fn open() -> Stderr {
        let stderr = io::stderr();
        let kind = fstat(&stderr).map(|found| FileType::from_raw_mode(found.st_mode));
        match kind {
            Ok(FileType::Socket) => Stderr::Socket,
            Ok(FileType::Fifo | FileType::CharacterDevice) => {
                let flags = (OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::APPEND).bits();
                let reopened = OpenOptions::new()
                    .write(true)
                    .custom_flags(flags.cast_signed())
                    .open("/proc/self/fd/2");
                reopened.map_or(Stderr::Plain, Stderr::Reopened)
            }
            _ => Stderr::Plain,
        }
    }

    /// In a single write: the masters write to the same place, and between two writes their lines would get into ours.
    pub(super) fn write(&self, line: &[u8]) -> io::Result<()> {
        match self {
            Stderr::Reopened(file) => (&*file).write_all(line),
            Stderr::Socket => {
                send(io::stderr(), line, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)?;
                Ok(())
            }
            Stderr::Plain => {
                let stderr = io::stderr();
                let mut room = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
                match poll(
                    &mut room,
                    Some(&Timespec {
                        tv_sec: 0,
                        tv_nsec: 0,
                    }),
                ) {
                    Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
                    _ => stderr.lock().write_all(line),
                }
            }
        }
    }
}
