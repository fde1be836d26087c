//! The pid file: says who the daemon is, and keeps a second one away.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::MetadataExt,
    },
    path::{Path, PathBuf},
    process,
};

use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};

use serde::{Deserialize, Serialize};

use crate::{binding::may_create, descriptors::Files, error::Error};

/// A locked file with this process's pid. The system lets go of the lock however the process ends, so a file
/// left over from a killed daemon is in nobody's way.
#[derive(Debug)]
pub(crate) struct PidFile {
    path: PathBuf,
    inode: u64,
    // Holds the lock.
    file: File,
}

/// The file as it is left to another daemon in the same process, with the lock.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownPidFile {
    path: PathBuf,
    inode: u64,
}

impl PidFile {
    /// Looks whether the file could be used, whoever holds it now.
    ///
    /// # Errors
    /// When the system would refuse it.
    pub(crate) fn check(path: &Path) -> Result<(), Error> {
        let opened = OpenOptions::new().read(true).write(true).open(path).map(drop);
        let checked = match opened {
            Err(cause) if cause.kind() == ErrorKind::NotFound => may_create(path),
            opened => opened,
        };
        checked.map_err(|cause| cannot_use(path, &cause))
    }

    /// # Errors
    /// When another daemon holds the file (its pid is named), or it cannot be written.
    pub(crate) fn lock(path: &Path) -> Result<PidFile, Error> {
        let failed = |cause| cannot_use(path, &cause);
        let path = std::path::absolute(path).map_err(failed)?;
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            let locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
            if locked.is_err_and(|cause| cause != Errno::WOULDBLOCK) {
                locked.map_err(|cause| failed(cause.into()))?;
            }
            if locked.is_err() {
                let mut pid = String::new();
                file.read_to_string(&mut pid).map_err(failed)?;
                let text = format!(
                    "another daemon (pid {}) holds the pid file `{}`; stop it first",
                    pid.trim(),
                    path.display()
                );
                return Err(Error::in_use(text));
            }
            // The former owner may have removed the file between our open and our lock: then the lock is on
            // a file that nobody else can find.
            let (ours, found) = (file.metadata().map_err(failed)?, fs::metadata(&path));
            if found.is_ok_and(|found| found.ino() == ours.ino()) {
                file.set_len(0)
                    .and_then(|()| writeln!(file, "{}", process::id()))
                    .map_err(failed)?;
                let inode = ours.ino();
                return Ok(PidFile { path, inode, file });
            }
        }
    }
}

impl PidFile {
    /// What is left to another daemon, and the file that goes with it.
    pub(crate) fn hand_over<'a>(&'a self, files: &mut Vec<BorrowedFd<'a>>) -> KnownPidFile {
        files.push(self.file.as_fd());
        KnownPidFile {
            path: self.path.clone(),
            inode: self.inode,
        }
    }

    /// # Errors
    /// The file is missing.
    pub(crate) fn take_over(known: KnownPidFile, files: &mut Files) -> Result<PidFile, Error> {
        let KnownPidFile { path, inode } = known;
        let file = files.take()?.into();
        Ok(PidFile { path, inode, file })
    }
}

fn cannot_use(path: &Path, cause: &io::Error) -> Error {
    Error::caused(format!("cannot use the pid file `{}`", path.display()), cause)
}

impl Drop for PidFile {
    /// Removes the file while the lock is still held, unless somebody has put another one there.
    fn drop(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}
