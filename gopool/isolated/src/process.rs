//! One child, as its parent holds it: how it is started, told, killed and reaped.

use std::{
    env, fmt,
    io::{self, IoSlice},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{
            net::UnixStream,
            process::{CommandExt as _, ExitStatusExt as _},
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::{
    net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg},
    process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open},
};

use crate::{
    alarm::Alarm,
    frame::{Header, Kind},
    incoming::Incoming,
    message::{Hello, MARK},
};

/// One child that is not reaped yet, or was a moment ago.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    /// Readable once it is dead.
    pub(crate) death: OwnedFd,
    /// Frames go both ways. Never blocks.
    pub(crate) job: UnixStream,
    /// The numbers of jobs that are late. Its end is the parent's death.
    control: UnixStream,
    /// Wakes whoever waits for an answer.
    pub(crate) alarm: Alarm,
    /// Held by the one that talks with the child, for as long as it does.
    pub(crate) talk: Mutex<Talk>,
    /// A pid is signalled under this lock, and only while the child is not reaped: so the number cannot be somebody else's.
    life: Mutex<Life>,
}

/// How far the conversation is.
#[derive(Debug, Default)]
pub(crate) struct Talk {
    /// The number of the last job.
    pub(crate) job: u32,
    /// The frame that is on its way in, if one is expected.
    pub(crate) incoming: Option<Incoming>,
}

#[derive(Debug)]
enum Life {
    NotReaped(Child),
    Reaped(ExitStatus),
}

/// How a child ended, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended(ExitStatus);

impl Process {
    /// Starts a child and tells it what it needs to know.
    ///
    /// # Errors
    /// The system has no room for another process, or for its descriptors.
    pub(crate) fn start(name: &str, hello: &Hello) -> io::Result<Self> {
        // Close-on-exec from birth: a sibling that held an end of these would keep the end of a dead child from being seen.
        let (job, childs_job) = UnixStream::pair()?;
        let (control, childs_control) = UnixStream::pair()?;
        let alarm = Alarm::new()?;
        // As standard input, for any other number would have to be put in place between fork and exec, which takes a `fork` that copies
        // the tables of all of the parent's memory.
        let child = Command::new(program())
            .arg0(name)
            .arg(MARK)
            .stdin(Stdio::from(OwnedFd::from(childs_job)))
            // What a service manager has passed is for the parent, and so is what it says of that.
            .env_remove("LISTEN_FDNAMES")
            .env_remove("LISTEN_FDS_FIRST_FD")
            .process_group(0)
            .spawn()?;
        let unfinished = Unfinished(Some(child));
        let pid = unfinished.pid()?;
        let death = pidfd_open(pid, PidfdFlags::empty())?;
        greet(&job, &childs_control, hello)?;
        job.set_nonblocking(true)?;
        control.set_nonblocking(true)?;
        Ok(Self {
            pid,
            death,
            job,
            control,
            alarm,
            talk: Mutex::default(),
            life: Mutex::new(Life::NotReaped(unfinished.finished()?)),
        })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub(crate) fn talk(&self) -> MutexGuard<'_, Talk> {
        // Whoever panicked in the middle of a conversation has not settled it, and then nobody talks with this child any more.
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the child that this job is late. It may be dead, or may not listen; then it is killed anyway.
    pub(crate) fn tell_late(&self, job: u32) {
        let _ = rustix::io::write(&self.control, &job.to_le_bytes());
    }

    /// Asks the child to leave: there are no more jobs.
    pub(crate) fn dismiss(&self) {
        // It may have closed its end already.
        let _ = self.job.shutdown(std::net::Shutdown::Both);
    }

    /// Kills the child and all that it started, but for what left its group.
    pub(crate) fn kill(&self) {
        if let Life::NotReaped(_) = &*self.life() {
            // All of it may be dead.
            let _ = kill_process_group(self.pid, Signal::KILL);
        }
    }

    /// Reaps the child if it is dead. What it left behind in its group is killed before the number is free.
    pub(crate) fn reap(&self) -> Option<Ended> {
        let mut life = self.life();
        let status = match &mut *life {
            Life::Reaped(status) => *status,
            Life::NotReaped(child) => {
                if !is_dead(&self.death) {
                    return None;
                }
                let _ = kill_process_group(self.pid, Signal::KILL);
                // Dead, so this does not wait; an error means that somebody else has reaped our child.
                child.wait().unwrap_or_default()
            }
        };
        *life = Life::Reaped(status);
        Some(Ended(status))
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A child that is not known to all yet. Whatever goes wrong meanwhile, it does not stay.
struct Unfinished(Option<Child>);

impl Unfinished {
    fn pid(&self) -> io::Result<Pid> {
        let id = self
            .0
            .as_ref()
            .and_then(|child| i32::try_from(child.id()).ok()?.try_into().ok());
        let pid = id
            .map(|id: std::num::NonZero<i32>| id.get())
            .and_then(Pid::from_raw);
        pid.ok_or_else(|| io::Error::other("the system gave no valid pid"))
    }

    fn finished(mut self) -> io::Result<Child> {
        self.0.take().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// This same program, wherever its file is by now.
fn program() -> PathBuf {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        running.to_owned()
    } else {
        env::current_exe().unwrap_or_else(|_| running.to_owned())
    }
}

/// The first frame, and with it the child's end of the control socket.
fn greet(job: &UnixStream, control: &UnixStream, hello: &Hello) -> io::Result<()> {
    let head = serde_json::to_vec(hello)?;
    let header = Header {
        kind: Kind::Hello,
        job: 0,
        head: head.len(),
        body: 0,
    };
    let passed = [control.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&passed));
    // A new pair takes more than this in one piece.
    let bytes = [&header.to_bytes()[..], &head].concat();
    let sent = sendmsg(job, &[IoSlice::new(&bytes)], &mut rights, SendFlags::NOSIGNAL)?;
    if sent == bytes.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::WriteZero.into())
    }
}

fn is_dead(death: &OwnedFd) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let at_once = Timespec::default();
    matches!(
        poll(&mut [PollFd::new(death, PollFlags::IN)], Some(&at_once)),
        Ok(1..)
    )
}

/// The signals that end programs, by their numbers on Linux.
const SIGNALS: [(i32, &str); 10] = [
    (4, "SIGILL"),
    (5, "SIGTRAP"),
    (6, "SIGABRT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (11, "SIGSEGV"),
    (13, "SIGPIPE"),
    (24, "SIGXCPU"),
    (31, "SIGSYS"),
];

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.signal(), self.0.code()) {
            (Some(signal), _) => match SIGNALS.iter().find(|(number, _)| *number == signal) {
                Some((_, name)) => f.write_str(name),
                None => write!(f, "signal {signal}"),
            },
            (None, Some(code)) => write!(f, "exit code {code}"),
            (None, None) => f.write_str("nobody knows how"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_by_its_signal_or_its_code() {
        let told = |raw| Ended(ExitStatus::from_raw(raw)).to_string();
        assert_eq!(
            (told(11), told(3 << 8)),
            ("SIGSEGV".to_owned(), "exit code 3".to_owned())
        );
        assert_eq!(told(62), "signal 62");
    }
}
