//! Master processes: how one is started, told to leave, killed and reaped.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::{
        fd::OwnedFd,
        unix::{ffi::OsStrExt, fs::FileExt, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, kill_process, kill_process_group, waitid,
    waitpid,
};

use crate::{error::Error, exits::How, link, sockets::Sockets};

/// The first descriptor passed to a master. Low numbers would collide with the pipe on which the standard
/// library reports a failed exec, and the failure would be lost.
const FIRST_FD: i32 = 100;

/// What is run to start a master: this program again, with the same arguments.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
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
        })
    }

    /// Starts a master with its end of the link and all sockets, in a process group of its own.
    pub(crate) fn start(&self, link: OwnedFd, sockets: &Sockets) -> io::Result<Child> {
        let mut passed = vec![link];
        for listener in sockets.listeners() {
            passed.push(listener.duplicate()?);
        }
        let mut command = self.command(passed.len());
        let mappings = passed.into_iter().zip(FIRST_FD..);
        let mappings = mappings
            .map(|(parent_fd, child_fd)| FdMapping { parent_fd, child_fd })
            .collect();
        command.fd_mappings(mappings).map_err(io::Error::other)?;
        let child = command.spawn()?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("the system gave no valid pid"))?;
        // Without it the memory limit rests; nothing else depends on it.
        let status = File::open(format!("/proc/{pid}/status")).ok();
        Ok(Child { pid, status })
    }

    fn command(&self, descriptors: usize) -> Command {
        let mut command = Command::new(&self.path);
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

/// A master's process that is not reaped yet, so its pid cannot belong to anybody else.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    status: Option<File>,
}

impl Child {
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Asks the master, and only it, to drain and leave.
    pub(crate) fn terminate(&self) {
        // It may be dead and not reaped; then there is nobody to ask.
        let _ = kill_process(self.pid, Signal::TERM);
    }

    /// Asks the master, and only it, to leave its clients to its successor.
    pub(crate) fn hand_over(&self) {
        let _ = kill_process(self.pid, Signal::QUIT);
    }

    /// Kills the master and everything in its process group.
    pub(crate) fn kill(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
    }

    /// Whether the process is dead. It stays unreaped, so that its process group keeps its number.
    pub(crate) fn is_dead(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::Pid(self.pid), options), Ok(Some(_)))
    }

    /// Reaps the dead process. What it left behind in its process group is killed before the number is free.
    pub(crate) fn reap(self) -> How {
        self.kill();
        match waitpid(Some(self.pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => how(status),
            // Only if somebody else waited for our child, which nobody here does.
            Ok(None) | Err(_) => How::Code(-1),
        }
    }

    /// The resident memory in bytes, without an allocation.
    pub(crate) fn memory(&self) -> Option<u64> {
        let mut bytes = [0; 4096];
        let read = self.status.as_ref()?.read_at(&mut bytes, 0).ok()?;
        let text = str::from_utf8(bytes.get(..read)?).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    }
}

/// Reaps any child that is dead: as PID 1 the daemon inherits every orphan of its container.
///
/// Reap the masters first. One that dies in between is returned here; what it left behind in its process group is to be
/// killed at once.
pub(crate) fn reap_any() -> Option<(Pid, How)> {
    let (pid, status) = rustix::process::wait(WaitOptions::NOHANG).ok().flatten()?;
    Some((pid, how(status)))
}

fn how(status: WaitStatus) -> How {
    match status.terminating_signal() {
        Some(signal) => How::Signal(signal),
        None => How::Code(status.exit_status().unwrap_or(-1)),
    }
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
