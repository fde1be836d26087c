//! The daemon's end of the link: hears a master, never waits for it.

use std::{io, os::fd::OwnedFd};

use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair},
};

use super::codec::{Greeting, LONGEST, Message};

/// The daemon's end of the link to one master.
#[derive(Debug)]
pub(crate) struct DaemonEnd {
    socket: OwnedFd,
    /// A master that closed its end is only waited for; polling it would spin.
    is_open: bool,
}

impl DaemonEnd {
    /// A new link with the greeting already in it: this end, and the end for the master.
    pub(crate) fn pair(greeting: &Greeting) -> io::Result<(DaemonEnd, OwnedFd)> {
        let kind = SocketType::SEQPACKET;
        let (socket, other) = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        send(&socket, &greeting.encode()?, flags)?;
        let is_open = true;
        Ok((DaemonEnd { socket, is_open }, other))
    }

    /// The socket to poll, while anything may come from it.
    pub(crate) fn open_socket(&self) -> Option<&OwnedFd> {
        self.is_open.then_some(&self.socket)
    }

    /// The next message, if one is there. Messages of no known kind are passed over.
    pub(crate) fn receive(&mut self) -> Option<Message> {
        let mut bytes = [0; LONGEST];
        while self.is_open {
            match recv(&self.socket, bytes.as_mut_slice(), RecvFlags::DONTWAIT) {
                Ok((_, 0)) => self.is_open = false,
                Ok((_, read)) => match Message::decode(bytes.get(..read).unwrap_or(&bytes)) {
                    Some(message) => return Some(message),
                    None => continue,
                },
                Err(Errno::INTR) => continue,
                Err(Errno::AGAIN) => return None,
                Err(_) => self.is_open = false,
            }
        }
        None
    }
}
