//! The pid file: says who the daemon is, and keeps a second one away.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Seek as _, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::fs::{MetadataExt, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    process,
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    io::Errno,
};

use serde::{Deserialize, Serialize};

use crate::{binding::may_create, descriptors::Files, error::Error};

/// More than the digits of a pid, a newline, and what editors add.
const LONGEST_PID: u64 = 32;

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
        let failed = |cause| cannot_use(path, &cause);
        match options().open(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => may_create(path).map_err(failed),
            Err(cause) => Err(failed(cause)),
            Ok(mut file) => read_pid(&mut file, path).map(drop),
        }
    }

    /// # Errors
    /// When another daemon holds the file (its pid is named), or it cannot be written.
    pub(crate) fn lock(path: &Path) -> Result<PidFile, Error> {
        let failed = |cause| cannot_use(path, &cause);
        let path = std::path::absolute(path).map_err(failed)?;
        loop {
            let mut file = options()
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            let pid = read_pid(&mut file, &path)?;
            let locked = flock(&file, FlockOperation::NonBlockingLockExclusive);
            if locked.is_err_and(|cause| cause != Errno::WOULDBLOCK) {
                locked.map_err(|cause| failed(cause.into()))?;
            }
            if locked.is_err() {
                let text = format!(
                    "another daemon (pid {pid}) holds the pid file `{}`; stop it first",
                    path.display()
                );
                return Err(Error::in_use(text));
            }
            // The former owner may have removed the file between our open and our lock: then the lock is on
            // a file that nobody else can find.
            let (ours, found) = (file.metadata().map_err(failed)?, fs::metadata(&path));
            if found.is_ok_and(|found| found.ino() == ours.ino()) {
                let inode = ours.ino();
                let mut ours = PidFile { path, inode, file };
                // A full disk: dropped, it takes the file away that nobody could read a pid from.
                ours.write().map_err(|cause| cannot_use(&ours.path, &cause))?;
                return Ok(ours);
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", process::id())
    }

    /// Where it lies, from the root on.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether somebody has removed it, and put nothing in its place.
    pub(crate) fn is_removed(&self) -> bool {
        fs::metadata(&self.path).is_err_and(|cause| cause.kind() == ErrorKind::NotFound)
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

/// A pipe of this name must not keep anybody waiting.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    options
}

/// The pid that the file holds, or nothing yet. What holds something else is somebody's, and was named by mistake.
fn read_pid(file: &mut File, path: &Path) -> Result<String, Error> {
    let failed = |cause| cannot_use(path, &cause);
    let is_file = file.metadata().map_err(failed)?.is_file();
    let mut text = Vec::new();
    if is_file {
        file.take(LONGEST_PID + 1)
            .read_to_end(&mut text)
            .map_err(failed)?;
    }
    let is_pid =
        text.len() as u64 <= LONGEST_PID && text.trim_ascii().iter().all(|byte| byte.is_ascii_digit());
    match is_file && is_pid {
        true => Ok(String::from_utf8_lossy(text.trim_ascii()).into_owned()),
        false => Err(Error::new(format!(
            "`{}` exists and is no pid file; remove it or choose another path",
            path.display()
        ))),
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::{
        env,
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;

    /// Who has opened the file that its holder is about to remove has locked what nobody else can find.
    #[test]
    fn of_many_that_lock_one_file_again_and_again_one_has_it_at_a_time() {
        let path = env::temp_dir().join(format!("gopool-pid-file-{}", process::id()));
        let holders = AtomicUsize::new(0);
        let lock_often = || {
            for _ in 0..500 {
                let file = loop {
                    match PidFile::lock(&path) {
                        Ok(file) => break file,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse, "{error}"),
                    }
                };
                assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                thread::yield_now();
                holders.fetch_sub(1, Ordering::SeqCst);
                drop(file);
            }
        };
        thread::scope(|scope| (0..3).for_each(|_| drop(scope.spawn(lock_often))));
        assert!(!path.exists());
    }
}
