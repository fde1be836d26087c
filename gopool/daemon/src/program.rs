//! The program that masters are started from.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::{ffi::OsStrExt, fs::MetadataExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use command_fds::{CommandFdExt, FdMapping};

use crate::{child::Child, error::Error, link, sockets::Sockets, state::Build};

/// The first descriptor passed to a master. Low numbers would collide with the pipe on which the standard
/// library reports a failed exec, and the failure would be lost.
const FIRST_FD: i32 = 100;

/// What is run to start a master: this program again, with the same arguments.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    /// What the last master that served was started from.
    good: Option<File>,
}

/// Tells one program from another: the device, the inode, the size and the time of the last change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity(u64, u64, u64, i64, i64);

impl Identity {
    fn of(found: &Metadata) -> Identity {
        Identity(
            found.dev(),
            found.ino(),
            found.size(),
            found.mtime(),
            found.mtime_nsec(),
        )
    }
}

impl Program {
    /// Notes the path now: once the file is replaced, the system calls the running one deleted.
    pub(crate) fn current() -> Result<Program, Error> {
        let running =
            env::current_exe().map_err(|cause| Error::caused("cannot find this program's path", &cause))?;
        let running = without_deleted(running);
        let arguments: Vec<OsString> = env::args_os().collect();
        let called = arguments
            .first()
            .and_then(|name| path_as_called(Path::new(name), &running));
        Ok(Program {
            path: called.unwrap_or(running),
            arguments,
            good: None,
        })
    }

    /// Starts a master with its end of the link and all sockets, in a process group of its own.
    pub(crate) fn start(&self, build: Build, link: OwnedFd, sockets: &Sockets) -> io::Result<Child> {
        let mut passed = vec![link];
        for listener in sockets.listeners() {
            passed.push(listener.duplicate()?);
        }
        let mut command = self.command(build, passed.len());
        let mappings = passed.into_iter().zip(FIRST_FD..);
        let mappings = mappings
            .map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd })
            .collect();
        command.fd_mappings(mappings).map_err(io::Error::other)?;
        Child::of(&command.spawn()?)
    }

    /// Keeps what this master runs, for the day on which what lies on the disk does not start.
    ///
    /// Only what would be run again under this path is kept: when that is a script, the master runs its interpreter.
    pub(crate) fn trust(&mut self, master: &Child) {
        let running = master.program().and_then(|program| program.try_clone().ok());
        let is_other = running.as_ref().and_then(identity) != self.on_disk();
        if !is_other || self.is_good(running.as_ref()) {
            self.good = running;
        }
    }

    /// The program that is kept, when it is another than the one on the disk.
    pub(crate) fn last_good(&self) -> Option<&File> {
        let good = self.good.as_ref()?;
        (identity(good) != self.on_disk()).then_some(good)
    }

    fn is_good(&self, program: Option<&File>) -> bool {
        let known = self.good.as_ref().and_then(identity);
        known.is_some() && known == program.and_then(identity)
    }

    fn on_disk(&self) -> Option<Identity> {
        fs::metadata(&self.path).ok().as_ref().map(Identity::of)
    }

    fn command(&self, build: Build, descriptors: usize) -> Command {
        let kept = self.last_good().filter(|_| build == Build::LastGood);
        // The child has the descriptor until it becomes the program.
        let kept = kept.map(|file| PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())));
        let mut command = Command::new(kept.as_ref().unwrap_or(&self.path));
        if let Some((name, arguments)) = self.arguments.split_first() {
            command.arg0(name).args(arguments);
        }
        command
            .env("LISTEN_FDS", descriptors.to_string())
            .env("LISTEN_FDS_FIRST_FD", FIRST_FD.to_string())
            .env("LISTEN_FDNAMES", link::NAME)
            .env_remove("LISTEN_PID")
            // The service manager talks with the daemon, not with what comes and goes below it.
            .env_remove("NOTIFY_SOCKET")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            // A process in a background group that reads from the terminal is stopped.
            .stdin(Stdio::null())
            // Ctrl-C in a terminal is for the daemon, and KILL of the group reaches what the master started.
            .process_group(0);
        command
    }
}

fn identity(file: &File) -> Option<Identity> {
    file.metadata().ok().as_ref().map(Identity::of)
}

/// A file that was replaced since this process began is called deleted, at the end of its path.
fn without_deleted(running: PathBuf) -> PathBuf {
    match running.as_os_str().as_bytes().strip_suffix(b" (deleted)") {
        Some(path) if !running.exists() => PathBuf::from(OsStr::from_bytes(path)),
        _ => running,
    }
}

/// The path by which the program was called, if it leads to the running file. It may go through a link that a
/// deployment points elsewhere later, and that the path of the running file no longer shows.
fn path_as_called(called: &Path, running: &Path) -> Option<PathBuf> {
    if called.components().count() < 2 && !called.is_absolute() {
        return None;
    }
    let called = std::path::absolute(called).ok()?;
    (called.canonicalize().ok()? == running.canonicalize().ok()?).then_some(called)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_replaced_program_is_the_path_of_its_successor() {
        let gone = PathBuf::from("/nowhere/app (deleted)");
        assert_eq!(without_deleted(gone), Path::new("/nowhere/app"));
        assert_eq!(
            without_deleted(PathBuf::from("/proc/self/exe")),
            Path::new("/proc/self/exe")
        );
    }

    #[test]
    fn a_program_called_through_a_link_is_started_through_the_link() {
        let dir = env::temp_dir().join(format!("gopool-child-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (real, link) = (dir.join("real"), dir.join("current"));
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert_eq!(path_as_called(&link, &real), Some(link.clone()));
        assert_eq!(
            path_as_called(Path::new("real"), &real),
            None,
            "found through PATH"
        );
        assert_eq!(path_as_called(&dir.join("other"), &real), None, "leads elsewhere");
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
