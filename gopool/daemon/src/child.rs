//! Processes of masters: told to leave, killed and reaped.

use std::{fs::File, io, os::unix::fs::FileExt};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, WaitStatus, kill_process, kill_process_group, waitid,
    waitpid,
};

use crate::exits::How;

/// A master's process that is not reaped yet, so its pid cannot belong to anybody else.
#[derive(Debug)]
pub(crate) struct Child {
    pid: Pid,
    status: Option<File>,
    program: Option<File>,
}

impl Child {
    pub(crate) fn of(process: &std::process::Child) -> io::Result<Child> {
        let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("the system gave no valid pid"))?;
        Ok(Child::watched(pid))
    }

    /// A child of the program that ran in this process before.
    pub(crate) fn take_over(pid: i32) -> Option<Child> {
        let pid = Pid::from_raw(pid)?;
        Some(Child::watched(pid))
    }

    fn watched(pid: Pid) -> Child {
        // Without them the memory limit rests, and no program is kept for later; nothing else depends on them.
        let status = File::open(format!("/proc/{pid}/status")).ok();
        let program = File::open(format!("/proc/{pid}/exe")).ok();
        Child { pid, status, program }
    }

    /// The file that it runs, wherever that lies by now.
    pub(crate) fn program(&self) -> Option<&File> {
        self.program.as_ref()
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// The folder that it works in, as a descriptor.
    pub(crate) fn folder(&self) -> Option<File> {
        File::open(format!("/proc/{}/cwd", self.pid)).ok()
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

    /// Tells the master, and only it, that the files of its log were moved.
    pub(crate) fn reopen_log(&self) {
        let _ = kill_process(self.pid, Signal::USR1);
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

    /// The resident memory that is its own and not a file's, in bytes, without an allocation.
    pub(crate) fn memory(&self) -> Option<u64> {
        let mut bytes = [0; 4096];
        let read = self.status.as_ref()?.read_at(&mut bytes, 0).ok()?;
        let text = str::from_utf8(bytes.get(..read)?).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
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
    use std::io::Write as _;

    use rustix::fs::{MemfdFlags, memfd_create};

    use super::*;

    #[test]
    fn what_a_master_has_mapped_of_files_is_not_its_memory() {
        let mut status = File::from(memfd_create("status", MemfdFlags::CLOEXEC).unwrap());
        let text = "Name:\tapp\nVmRSS:\t  900000 kB\nRssAnon:\t    2048 kB\nRssFile:\t  897952 kB\nRssShmem:\t 0 kB\n";
        status.write_all(text.as_bytes()).unwrap();
        let child = Child {
            pid: rustix::process::getpid(),
            status: Some(status),
            program: None,
        };
        assert_eq!(child.memory(), Some(2 << 20));
    }
}
