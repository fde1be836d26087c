//! Messages with open files in them (`SCM_RIGHTS`): these arrive with their locks, and close by themselves in a program that is
//! run later.

use std::{
    collections::VecDeque,
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::{
    cmsg_space,
    net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
        SendFlags, recvmsg, sendmsg,
    },
};

use crate::error::Error;

/// The system takes no more in one message (`SCM_MAX_FD`).
pub(crate) const MOST: usize = 253;

/// Open files, each to be taken once and in their order.
#[derive(Debug)]
pub(crate) struct Files(VecDeque<OwnedFd>);

impl From<Vec<OwnedFd>> for Files {
    fn from(files: Vec<OwnedFd>) -> Files {
        Files(files.into())
    }
}

impl Files {
    /// # Errors
    /// There is none left.
    pub(crate) fn take(&mut self) -> Result<OwnedFd, Error> {
        let file = self.0.pop_front();
        file.ok_or_else(|| Error::new("the former daemon has passed too few open files"))
    }
}

/// Sends a message without waiting.
pub(crate) fn send(socket: impl AsFd, bytes: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<()> {
    let passed = SendAncillaryMessage::ScmRights(files);
    let mut space = vec![MaybeUninit::uninit(); passed.size()];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(passed) {
        return Err(io::Error::other("too many open files for one message"));
    }
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    sendmsg(socket, &[IoSlice::new(bytes)], &mut control, flags)?;
    Ok(())
}

/// Receives a message without waiting: how long it is, and what came with it. One without files costs no allocation.
pub(crate) fn receive(socket: impl AsFd, bytes: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let message = recvmsg(socket, &mut [IoSliceMut::new(bytes)], &mut control, flags)?;
    let files = control.drain().filter_map(|passed| match passed {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    Ok((message.bytes, files.flatten().collect()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::{
        fs::File,
        io::Write as _,
        os::unix::{fs::FileExt as _, net::UnixDatagram},
    };

    use super::*;

    #[test]
    fn a_file_arrives_with_its_message() {
        let (one, other) = UnixDatagram::pair().unwrap();
        let memory = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let mut file = File::from(memory);
        file.write_all(b"text").unwrap();
        send(&one, b"message", &[file.as_fd()]).unwrap();
        send(&one, b"", &[]).unwrap();
        let mut bytes = [0; 16];
        let (read, mut files) = receive(&other, &mut bytes).unwrap();
        assert_eq!((&bytes[..read], files.len()), (&b"message"[..], 1));
        let mut text = [0; 4];
        File::from(files.remove(0)).read_exact_at(&mut text, 0).unwrap();
        assert_eq!(&text, b"text");
        assert_eq!(receive(&other, &mut bytes).unwrap().1.len(), 0);
        let kind = receive(&other, &mut bytes).unwrap_err().kind();
        assert_eq!(kind, io::ErrorKind::WouldBlock);
    }
}
