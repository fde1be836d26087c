//! The program on the disk, tried out before it takes the daemon's place, and put there.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    os::{
        fd::{AsRawFd as _, BorrowedFd, OwnedFd},
        unix::process::CommandExt as _,
    },
    process::{Command, Stdio},
};

use command_fds::{CommandFdExt as _, FdMapping};
use nix::sys::signal::{SigSet, Signal};
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_setfd},
    net::{AddressFamily, SocketFlags, SocketType, socketpair},
    process::{Pid, fchdir},
};

use crate::{
    child::Child,
    exits::How,
    handover::{self, Known},
    program::{FileIdentity, Program, first_descriptor},
};

/// So much of what it complains of is passed on.
const LONGEST_COMPLAINT: u64 = 2048;

/// The new program as a child that looks at everything it would take over, says what is wrong with it, and ends.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    child: Child,
    socket: OwnedFd,
    complaints: File,
    tried: Option<FileIdentity>,
}

impl Rehearsal {
    pub(crate) fn start(program: &Program, known: &Known, files: &[BorrowedFd<'_>]) -> io::Result<Rehearsal> {
        let (socket, theirs) = pair()?;
        handover::send(&socket, known, files)?;
        let complaints = File::from(memfd_create("gopool-rehearsal", MemfdFlags::CLOEXEC)?);
        let tried = program.on_disk();
        let first = first_descriptor(1);
        let mut command = command(program, first);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(complaints.try_clone()?)
            .process_group(0);
        let mapping = FdMapping {
            parent_fd: theirs,
            child_fd: first,
        };
        command.fd_mappings(vec![mapping]).map_err(io::Error::other)?;
        Ok(Rehearsal {
            child: Child::of(&command.spawn()?)?,
            socket,
            complaints,
            tried,
        })
    }

    pub(crate) fn pid(&self) -> Pid {
        self.child.pid()
    }

    pub(crate) fn kill(&self) {
        self.child.kill();
    }

    /// What came of it, once the child has ended.
    pub(crate) fn result(mut self, how: How, program: &Program) -> Result<(), String> {
        if how != How::Code(0) || !handover::is_fine(&self.socket) {
            return Err(match self.complaint() {
                complaint if complaint.is_empty() => format!("the new program {how}, without a word"),
                complaint => format!("the new program {how}: {complaint}"),
            });
        }
        match program.on_disk() == self.tried {
            true => Ok(()),
            false => Err("the new program was replaced while it was tried; ask again".to_owned()),
        }
    }

    fn complaint(&mut self) -> String {
        let mut bytes = Vec::new();
        // Nothing to be read is as good as nothing said.
        let _ = self.complaints.rewind();
        let _ = (&self.complaints).take(LONGEST_COMPLAINT).read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        text.lines()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(" ")
            .trim()
            .to_owned()
    }
}

/// A signal that comes while nobody catches it would end the process; blocked, it waits for the new program.
pub(crate) fn block_signals() {
    let _ = SigSet::all().thread_block();
}

/// Runs the program on the disk in the place of this one, in the same process, after [`block_signals`]; returns only when that
/// fails, with the signals let through again.
pub(crate) fn replace_this_program(program: &Program, known: &Known, files: &[BorrowedFd<'_>]) -> io::Error {
    let here = File::open(".");
    let cause = match handed_over(known, files) {
        Ok(theirs) => command(program, theirs.as_raw_fd()).exec(),
        Err(cause) => cause,
    };
    // It has gone into the new program's folder, and has let a closed pipe be the end of this process again.
    if let Ok(here) = here {
        let _ = fchdir(here);
    }
    let _ = SigSet::all().thread_unblock();
    let _ = SigSet::from_iter([Signal::SIGPIPE]).thread_block();
    cause
}

/// A socket with everything in it, which stays open over an exec.
fn handed_over(known: &Known, files: &[BorrowedFd<'_>]) -> io::Result<OwnedFd> {
    let (ours, theirs) = pair()?;
    handover::send(&ours, known, files)?;
    fcntl_setfd(&theirs, FdFlags::empty())?;
    Ok(theirs)
}

fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )?)
}

fn command(program: &Program, descriptor: i32) -> Command {
    let mut command = program.anew();
    command
        .env("LISTEN_FDS", "1")
        .env("LISTEN_FDS_FIRST_FD", descriptor.to_string())
        .env("LISTEN_FDNAMES", handover::NAME)
        .env_remove("LISTEN_PID");
    command
}
