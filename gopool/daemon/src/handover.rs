//! What a daemon leaves to the program that takes its place: all that it knows, and its open files. The process stays the same one,
//! so its masters stay its children, and its locks its own.

use std::{
    env,
    io::{self, ErrorKind},
    os::fd::{BorrowedFd, OwnedFd},
    time::Duration,
};

use listenfd::ListenFd;
use rustix::net::{AddressFamily, SocketType};
use serde::{Deserialize, Serialize};

use crate::{
    control::KnownControl,
    descriptors::{self, Files},
    error::Error,
    exits::Exits,
    inherited::replaces_a_daemon,
    link::Options,
    master::KnownMaster,
    pid_file::KnownPidFile,
    program::KnownProgram,
    signal::Caught,
    sockets::KnownSockets,
    state::State,
};

/// The first inherited descriptor of a program that takes a daemon's place is the socket with all of this in it, named so. The
/// number is the version of what it says.
pub(crate) const NAME: &str = "gopool-upgrade-1";
/// The longest text, with sixteen exits and their reasons.
const LONGEST: usize = 160 * 1024;
/// A message that only brings more files.
const MORE: &[u8] = b"+";
/// What a rehearsal says when all is well.
const FINE: &[u8] = b"fine";

/// What a daemon knows. Its files follow in the order of the fields.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Somebody else goes on as the daemon: only to be looked at.
    pub(crate) is_rehearsal: bool,
    /// Signals that the former program has caught and not obeyed.
    pub(crate) caught: Caught,
    /// For how long the daemon has run.
    pub(crate) age: Duration,
    pub(crate) state: State,
    pub(crate) exits: Exits,
    pub(crate) options: Options,
    pub(crate) sockets: KnownSockets,
    pub(crate) masters: Vec<KnownMaster>,
    pub(crate) control: Option<KnownControl>,
    pub(crate) pid_file: Option<KnownPidFile>,
    pub(crate) program: KnownProgram,
    /// How many files there are in all.
    pub(crate) files: usize,
}

/// What was left to this process.
#[derive(Debug)]
pub(crate) struct Handover {
    pub(crate) known: Known,
    pub(crate) files: Files,
    socket: OwnedFd,
}

/// Puts everything into the socket; it stays there when this end of it is closed.
pub(crate) fn send(socket: &OwnedFd, known: &Known, files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let text = serde_json::to_vec(known)?;
    if text.len() > LONGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    let mut rest = files.chunks(descriptors::MOST);
    descriptors::send(socket, &text, rest.next().unwrap_or_default())?;
    rest.try_for_each(|files| descriptors::send(socket, MORE, files))
}

/// Whether the rehearsal at the other end has said that all is well.
pub(crate) fn is_fine(socket: &OwnedFd) -> bool {
    let mut bytes = [0; 16];
    let read = descriptors::receive(socket, &mut bytes);
    read.is_ok_and(|(read, _)| bytes.get(..read) == Some(FINE))
}

impl Handover {
    /// Takes over what was left, or `None` in a process that is to take nobody's place.
    ///
    /// # Errors
    /// When the former daemon speaks another version, or what it left cannot be used.
    pub(crate) fn from_env() -> Result<Option<Handover>, Error> {
        if !replaces_a_daemon() {
            return Ok(None);
        }
        let name = env::var("LISTEN_FDNAMES").unwrap_or_default();
        if name != NAME {
            let text = format!(
                "the running daemon leaves what it knows as `{name}`, this program takes `{NAME}`; stop the daemon and start it again"
            );
            return Err(Error::new(text));
        }
        let (family, kind) = (AddressFamily::UNIX.as_raw(), SocketType::SEQPACKET.as_raw());
        let socket: OwnedFd = ListenFd::from_env()
            .take_custom(
                0,
                i32::from(family),
                kind.cast_signed(),
                "socket of the former daemon",
            )
            .map_err(|cause| Error::caused("what the former daemon left cannot be used", &cause))?
            .ok_or_else(|| Error::new("the former daemon left nothing"))?;
        Handover::receive(socket).map(Some)
    }

    pub(crate) fn receive(socket: OwnedFd) -> Result<Handover, Error> {
        let unread = |cause: io::Error| Error::caused("what the former daemon left cannot be read", &cause);
        let mut text = vec![0; LONGEST];
        let (read, mut files) = descriptors::receive(&socket, &mut text).map_err(unread)?;
        let known: Known = serde_json::from_slice(text.get(..read).unwrap_or_default())
            .map_err(|cause| unread(cause.into()))?;
        while files.len() < known.files {
            let (_, more) = descriptors::receive(&socket, &mut [0; 16]).map_err(unread)?;
            if more.is_empty() {
                break;
            }
            files.extend(more);
        }
        if files.len() != known.files {
            let text = format!(
                "the former daemon left {} open files, and {} arrived",
                known.files,
                files.len()
            );
            return Err(Error::new(text));
        }
        Ok(Handover {
            known,
            files: Files::from(files),
            socket,
        })
    }

    /// Says that all is well; for a rehearsal.
    pub(crate) fn say_fine(&self) -> Result<(), Error> {
        let sent = descriptors::send(&self.socket, FINE, &[]);
        sent.map_err(|cause| Error::caused("the daemon cannot be told that all is well", &cause))
    }
}
