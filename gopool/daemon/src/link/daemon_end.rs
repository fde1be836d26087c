//! The daemon's end of the link: hears a master, never waits for it.

use std::{
    io,
    os::fd::{BorrowedFd, OwnedFd},
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

use super::codec::{Greeting, LONGEST, Message, OPTIONS_FILE};
use crate::descriptors;

/// The daemon's end of the link to one master.
#[derive(Debug)]
pub(crate) struct DaemonEnd {
    socket: OwnedFd,
    /// A master that closed its end is only waited for; polling it would spin.
    is_open: bool,
    /// The options as the master read them.
    options_file: Option<OwnedFd>,
}

impl DaemonEnd {
    /// A new link with the greeting already in it, and the options to go by if the file of options is not to be read: this end,
    /// and the end for the master.
    pub(crate) fn pair(
        greeting: &Greeting,
        options: Option<BorrowedFd<'_>>,
    ) -> io::Result<(DaemonEnd, OwnedFd)> {
        let kind = SocketType::SEQPACKET;
        let (socket, other) = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
        descriptors::send(&socket, &greeting.encode()?, options.as_slice())?;
        Ok((DaemonEnd::of(socket, None), other))
    }

    /// The end of a link that was made before, with what was received of it.
    pub(crate) fn of(socket: OwnedFd, options_file: Option<OwnedFd>) -> DaemonEnd {
        DaemonEnd {
            socket,
            is_open: true,
            options_file,
        }
    }

    /// The socket itself.
    pub(crate) fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    /// The socket to poll, while anything may come from it.
    pub(crate) fn open_socket(&self) -> Option<&OwnedFd> {
        self.is_open.then_some(&self.socket)
    }

    /// The options as the master read them, if it has sent them.
    pub(crate) fn options_file(&self) -> Option<&OwnedFd> {
        self.options_file.as_ref()
    }

    /// The next message, if one is there. Messages of no known kind are passed over.
    pub(crate) fn receive(&mut self) -> Option<Message> {
        let mut bytes = [0; LONGEST];
        while self.is_open {
            match descriptors::receive(&self.socket, &mut bytes) {
                Ok((0, _)) => self.is_open = false,
                Ok((read, mut files)) => match bytes.get(..read).unwrap_or(&bytes) {
                    message if message == OPTIONS_FILE => self.options_file = files.pop(),
                    message => match Message::decode(message) {
                        Some(message) => return Some(message),
                        None => continue,
                    },
                },
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => return None,
                Err(_) => self.is_open = false,
            }
        }
        None
    }
}
