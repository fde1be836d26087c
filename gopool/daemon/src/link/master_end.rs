//! The master's end of the link: says how it is, and notices the daemon's death.

use std::{
    env, io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use listenfd::ListenFd;
use rustix::net::{AddressFamily, SendFlags, SocketType, send};

use super::{
    codec::{self, FORMER_NAME, Greeting, LONGEST_GREETING, OPTIONS_FILE},
    options::Options,
};
use crate::{
    binding::Listener,
    descriptors,
    error::Error,
    exits::Exit,
    options_file::OptionsFile,
    restarts::Restarts,
    settings::{Settings, beat_every},
    sockets,
};

/// The master's end of the link. Share it by reference or `Arc`; every call is one short message.
#[derive(Debug)]
pub struct Link {
    socket: OwnedFd,
    listeners: Vec<Listener>,
    greeting: Greeting,
    /// What to go by instead of the file of options.
    options: Option<OptionsFile>,
    is_sick: AtomicBool,
    is_spent: AtomicBool,
}

impl Link {
    /// Takes over what the daemon passed on, or `None` in a process that no daemon started.
    ///
    /// Call it first in `main`, before any thread starts: it takes `LISTEN_FDS` and `LISTEN_PID` out of the environment, all that the
    /// daemon has put there.
    ///
    /// # Errors
    /// When the daemon speaks another version, or what it passed on cannot be used. End the process then.
    pub fn from_env() -> Result<Option<Link>, Error> {
        if env::var_os("LISTEN_FDS").is_none() {
            return Ok(None);
        }
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let name = names.split(':').next().unwrap_or_default();
        if name.starts_with(FORMER_NAME) {
            return Err(codec::other_version(name));
        }
        // Service managers tell whom they mean.
        match env::var_os("LISTEN_PID") {
            Some(pid) if pid.is_empty() => Link::take(ListenFd::from_env()).map(Some),
            _ => Ok(None),
        }
    }

    fn take(mut descriptors: ListenFd) -> Result<Link, Error> {
        let (family, kind) = (AddressFamily::UNIX.as_raw(), SocketType::SEQPACKET.as_raw());
        let last = descriptors.len().saturating_sub(1);
        let socket: OwnedFd = descriptors
            .take_custom(last, i32::from(family), kind.cast_signed(), "link to the daemon")
            .map_err(|cause| Error::caused("the link to the daemon cannot be used", &cause))?
            .ok_or_else(|| Error::new("the daemon passed no link"))?;
        let (greeting, options) = read_greeting(&socket)?;
        let first = last.saturating_sub(greeting.sockets);
        let speaks_tls = |index: usize| greeting.tls.contains(&(index - first));
        let listeners = sockets::inherit(&mut descriptors, first..last, speaks_tls)?;
        Ok(Link {
            socket,
            listeners,
            greeting,
            options,
            is_sick: AtomicBool::new(false),
            is_spent: AtomicBool::new(false),
        })
    }

    /// The listening sockets, in the order of the daemon's addresses. The second call finds none.
    pub fn take_listeners(&mut self) -> Vec<Listener> {
        std::mem::take(&mut self.listeners)
    }

    /// How often each event loop should [`beat`](Link::beat): a quarter of the watchdog, of the daemon's or of what
    /// [`tell_options`](Link::tell_options) said, whichever is shorter.
    #[must_use]
    pub fn beat_every(&self) -> Duration {
        self.greeting.beat_every
    }

    /// How many masters this daemon started before this one.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.greeting.restarts
    }

    /// The same by why. A daemon that is older than that tells of none.
    #[must_use]
    pub fn restarts_by_cause(&self) -> Restarts {
        self.greeting.by_cause
    }

    /// The last exits of earlier masters, oldest first.
    #[must_use]
    pub fn exits(&self) -> &[Exit] {
        &self.greeting.exits
    }

    /// The options that the last good master read. There are some when what lies on the disk has failed since: go by these then.
    #[must_use]
    pub fn last_good_options(&self) -> Option<&OptionsFile> {
        self.options.as_ref()
    }

    /// Gives the daemon what was read of the options, to be gone by when it has served and what lies on the disk later is no
    /// good. Call it before [`ready`](Link::ready).
    pub fn keep_options(&self, file: &OptionsFile) {
        if let Ok(memory) = file.to_memory() {
            // Without it the daemon has to take what it finds on the disk.
            let _ = descriptors::send(&self.socket, &OPTIONS_FILE, &[memory.as_fd()]);
        }
    }

    /// Tells the daemon what the options, read anew, say to it. It takes them over when this master serves; call it before
    /// [`ready`](Link::ready).
    pub fn tell_options(&mut self, settings: &Settings) {
        // The daemon listens by the new watchdog from then on.
        self.greeting.beat_every = self.greeting.beat_every.min(beat_every(settings.watchdog));
        if let Some(message) = codec::options(&Options::of(settings)) {
            // The only error is a dead daemon, which is noticed elsewhere.
            let _ = send(&self.socket, &message, SendFlags::NOSIGNAL);
        }
    }

    /// Says that this master serves with `loops` event loops; the former one is drained then.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub fn ready(&self, loops: usize) -> io::Result<()> {
        send(&self.socket, &codec::ready(loops), SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Says that the event loop of this index (below the number given to [`ready`](Link::ready)) is alive.
    ///
    /// Never blocks: a daemon that is not reading is not counting either.
    pub fn beat(&self, index: usize) {
        self.try_send(&codec::beat(index));
    }

    /// Says that this master cannot go on as it should and wants to be replaced. Only the first call that gets through counts.
    pub fn sick(&self, reason: &str) {
        once(&self.is_sick, || self.try_send(&codec::sick(reason)));
    }

    /// Says that this master has done as much as it is to do, and why. It is replaced as by a reload, once a successor is to be had.
    /// Only the first call that gets through counts.
    pub fn spent(&self, reason: &str) {
        once(&self.is_spent, || self.try_send(&codec::spent(reason)));
    }

    /// Says why the start failed; exit right after it.
    pub fn failed(&self, reason: &str) {
        // The only error is a dead daemon, and the process ends anyway.
        let _ = send(&self.socket, &codec::failed(reason), SendFlags::NOSIGNAL);
    }

    /// Whether the message was sent; it is not while the daemon does not read.
    fn try_send(&self, message: &[u8]) -> bool {
        send(&self.socket, message, SendFlags::NOSIGNAL | SendFlags::DONTWAIT).is_ok()
    }
}

impl AsFd for Link {
    /// To wait for the daemon's death in an event loop: the descriptor becomes readable then, and never before.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Does it until it succeeds for the first time.
fn once(is_done: &AtomicBool, act: impl FnOnce() -> bool) {
    if !is_done.swap(true, Ordering::Relaxed) && !act() {
        is_done.store(false, Ordering::Relaxed);
    }
}

fn read_greeting(socket: &OwnedFd) -> Result<(Greeting, Option<OptionsFile>), Error> {
    let mut bytes = vec![0; LONGEST_GREETING];
    // It was sent before this process was started, so there is nothing to wait for.
    let (read, mut files) = descriptors::receive(socket, &mut bytes)
        .map_err(|cause| Error::caused("the daemon's greeting cannot be read", &cause))?;
    let greeting = Greeting::decode(bytes.get(..read).unwrap_or_default())?;
    let options = files.pop().map(OptionsFile::from_memory).transpose();
    let options = options.map_err(|cause| Error::caused("the daemon's options cannot be read", &cause))?;
    Ok((greeting, options))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use rustix::net::{RecvFlags, SocketFlags, recv, socketpair};

    use super::*;
    use crate::link::NAME;

    #[test]
    fn a_complaint_that_finds_no_room_is_made_again_and_one_that_got_through_is_not() {
        let kind = SocketType::SEQPACKET;
        let (socket, daemon) = socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).unwrap();
        let link = Link {
            socket,
            listeners: Vec::new(),
            greeting: Greeting {
                link: NAME.to_owned(),
                sockets: 0,
                tls: Vec::new(),
                beat_every: Duration::from_secs(1),
                restarts: 0,
                by_cause: Restarts::default(),
                exits: Vec::new(),
            },
            options: None,
            is_sick: AtomicBool::new(false),
            is_spent: AtomicBool::new(false),
        };
        let heard = || {
            let mut bytes = [0; 64];
            let mut complaints = 0;
            while let Ok((read, _)) = recv(&daemon, &mut bytes[..], RecvFlags::DONTWAIT) {
                complaints += usize::from(bytes[..read].ends_with(b"stuck"));
            }
            complaints
        };
        while link.try_send(&codec::beat(0)) {}
        link.sick("stuck");
        assert_eq!(heard(), 0, "a daemon that does not read");
        for _ in 0..2 {
            link.sick("stuck");
        }
        assert_eq!(heard(), 1);
    }
}
