//! The files of Unix sockets: what stands in the way, and what is left behind.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::error::Error;

/// Makes room for a Unix socket: a file that nobody answers behind is left over from a killed process.
///
/// # Errors
/// When somebody answers there, or the path is something else than a socket.
pub(crate) fn remove_stale(path: &Path) -> Result<(), Error> {
    if fs::symlink_metadata(path).is_err() {
        return Ok(());
    }
    refuse_other_files(path)?;
    match connect_at_once(path) {
        Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => Err(in_use(path)),
        Err(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|cause| {
                Error::caused(
                    format!("cannot remove the stale socket `{}`", path.display()),
                    &cause,
                )
            })
        }
        Err(cause) => Err(Error::caused(
            format!("cannot tell whether `{}` is in use", path.display()),
            &cause,
        )),
        Ok(_) => Err(in_use(path)),
    }
}

/// # Errors
/// When something else than a socket lies there.
pub(crate) fn refuse_other_files(path: &Path) -> Result<(), Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => Err(Error::new(format!(
            "`{}` exists and is no socket; remove it or choose another path",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn in_use(path: &Path) -> Error {
    Error::in_use(format!(
        "another process answers on `{}`; stop it first",
        path.display()
    ))
}

/// Does not wait for a process whose backlog is full.
///
/// # Errors
/// Nobody answers there; `WouldBlock` when that process does not accept.
pub(crate) fn connect_at_once(path: &Path) -> io::Result<UnixStream> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket.into())
}

/// The file of a socket that this process bound; removed with it, unless somebody else's stands there by then.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    pub(crate) fn at(path: &Path) -> Option<SocketFile> {
        let inode = fs::symlink_metadata(path).ok()?.ino();
        Some(SocketFile {
            path: std::path::absolute(path).ok()?,
            inode,
        })
    }
}

impl SocketFile {
    /// From the root on.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody has removed it, and put nothing in its place.
    pub(crate) fn is_removed(&self) -> bool {
        fs::symlink_metadata(&self.path).is_err_and(|cause| cause.kind() == io::ErrorKind::NotFound)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            // Nobody is left to tell, and a stale file is recognised at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
