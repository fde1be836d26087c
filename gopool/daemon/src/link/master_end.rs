//! The link between the daemon and a master: ready, heartbeats and complaints one way, the history the other
//! way, and the news of a death both ways (the socket closes).
//!
//! It is a pair of `SEQPACKET` sockets: messages keep their bounds, several event loops may send at once, and
//! the end of either process is an end of file for the other.

use std::{
    env, io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use listenfd::ListenFd;
use rustix::{
    io::Errno,
    net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socketpair},
};
use serde::{Deserialize, Serialize};

use super::{
    error::Error,
    exits::Exit,
    listen::{self, Listener},
};

/// The first inherited descriptor of a master is its link, named so. The number is the version of the messages:
/// a reload may bring a binary with another gopool than the daemon runs.
pub(super) const NAME: &str = "gopool-link-1";
/// What any version's name begins with.
const ANY_NAME: &str = "gopool-link-";

const READY: u8 = b'r';
const BEAT: u8 = b'b';
const SICK: u8 = b's';
const FAILED: u8 = b'f';
/// A reason is cut to this many bytes.
const REASON: usize = 512;
/// The longest message of a master.
const LONGEST: usize = 1 + REASON;
/// The longest greeting: sixteen exits with their reasons, even with every byte escaped.
const GREETING: usize = 64 * 1024;

/// What the daemon tells a new master.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) beat_every: Duration,
    pub(super) restarts: u32,
    pub(super) exits: Vec<Exit>,
}

/// The master's end of the link. Share it by reference or `Arc`; every call is one short message.
#[derive(Debug)]
pub struct Link {
    socket: OwnedFd,
    listeners: Vec<Listener>,
    greeting: Greeting,
    is_sick: AtomicBool,
}

impl Link {
    /// Takes over what the daemon passed on, or `None` in a process that no daemon started.
    ///
    /// Call it first in `main`, before any thread starts: it takes `LISTEN_FDS` out of the environment.
    ///
    /// # Errors
    /// When the daemon speaks another version, or what it passed on cannot be used. End the process then.
    pub fn from_env() -> Result<Option<Link>, Error> {
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let name = names.split(':').next().unwrap_or_default();
        if !name.starts_with(ANY_NAME) || env::var_os("LISTEN_FDS").is_none() {
            return Ok(None);
        }
        if name != NAME {
            let text =
                format!("the running daemon speaks `{name}`, this binary `{NAME}`; restart the daemon");
            return Err(Error::new(text));
        }
        Link::take(ListenFd::from_env()).map(Some)
    }

    fn take(mut descriptors: ListenFd) -> Result<Link, Error> {
        let (family, kind) = (AddressFamily::UNIX.as_raw(), SocketType::SEQPACKET.as_raw());
        let socket: OwnedFd = descriptors
            .take_custom(0, i32::from(family), kind.cast_signed(), "link to the daemon")
            .map_err(|cause| Error::caused("the link to the daemon cannot be used", &cause))?
            .ok_or_else(|| Error::new("the daemon passed no link"))?;
        let listeners = listen::inherit(&mut descriptors, 1)?;
        let greeting = read_greeting(&socket)?;
        Ok(Link {
            socket,
            listeners,
            greeting,
            is_sick: AtomicBool::new(false),
        })
    }

    /// The listening sockets, in the order of the daemon's addresses. The second call finds none.
    pub fn take_listeners(&mut self) -> Vec<Listener> {
        std::mem::take(&mut self.listeners)
    }

    /// How often each event loop should [`beat`](Link::beat): a quarter of the watchdog.
    #[must_use]
    pub fn beat_every(&self) -> Duration {
        self.greeting.beat_every
    }

    /// How many masters this daemon started before this one.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.greeting.restarts
    }

    /// The last exits of earlier masters, oldest first.
    #[must_use]
    pub fn exits(&self) -> &[Exit] {
        &self.greeting.exits
    }

    /// Says that this master serves with `loops` event loops; the former one is drained then.
    ///
    /// # Errors
    /// When the daemon is gone.
    pub fn ready(&self, loops: usize) -> io::Result<()> {
        let loops = u16::try_from(loops).unwrap_or(u16::MAX).to_le_bytes();
        send(&self.socket, &[READY, loops[0], loops[1]], SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Says that the event loop of this index (below the number given to [`ready`](Link::ready)) is alive.
    ///
    /// Never blocks: a daemon that is not reading is not counting either.
    pub fn beat(&self, index: usize) {
        let index = u16::try_from(index).unwrap_or(u16::MAX).to_le_bytes();
        self.try_send(&[BEAT, index[0], index[1]]);
    }

    /// Says that this master cannot go on as it should and wants to be replaced. Only the first call counts.
    pub fn sick(&self, reason: &str) {
        if !self.is_sick.swap(true, Ordering::Relaxed) {
            self.try_send(&with_reason(SICK, reason));
        }
    }

    /// Says why the start failed; exit right after it.
    pub fn failed(&self, reason: &str) {
        // The only error is a dead daemon, and the process ends anyway.
        let _ = send(&self.socket, &with_reason(FAILED, reason), SendFlags::NOSIGNAL);
    }

    fn try_send(&self, message: &[u8]) {
        let _ = send(&self.socket, message, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
    }
}

impl AsFd for Link {
    /// To wait for the daemon's death in an event loop: the descriptor becomes readable then, and never before.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn with_reason(tag: u8, reason: &str) -> Vec<u8> {
    let mut message = vec![tag];
    message.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(REASON)]);
    message
}

fn read_greeting(socket: &OwnedFd) -> Result<Greeting, Error> {
    let mut bytes = vec![0; GREETING];
    // It was sent before this process was started, so there is nothing to wait for.
    let (_, read) = recv(socket, bytes.as_mut_slice(), RecvFlags::DONTWAIT)
        .map_err(|cause| Error::caused("the daemon's greeting cannot be read", &cause.into()))?;
    serde_json::from_slice(bytes.get(..read).unwrap_or_default())
        .map_err(|cause| Error::new(format!("the daemon's greeting cannot be understood: {cause}")))
}

/// A message of a master.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    Ready(usize),
    Beat(usize),
    Sick(String),
    Failed(String),
}

/// The daemon's end of the link.
#[derive(Debug)]
pub(super) struct Peer {
    socket: OwnedFd,
    /// A master that closed its end is only waited for; polling it would spin.
    is_open: bool,
}

impl Peer {
    /// A new link with the greeting already in it: this end, and the end for the master.
    pub(super) fn pair(greeting: &Greeting) -> io::Result<(Peer, OwnedFd)> {
        let (socket, other) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        send(
            &socket,
            &serde_json::to_vec(greeting)?,
            SendFlags::NOSIGNAL | SendFlags::DONTWAIT,
        )?;
        Ok((
            Peer {
                socket,
                is_open: true,
            },
            other,
        ))
    }

    /// The socket to poll, while anything may come from it.
    pub(super) fn open_socket(&self) -> Option<&OwnedFd> {
        self.is_open.then_some(&self.socket)
    }

    /// The next message, if one is there. Messages of no known kind are passed over.
    pub(super) fn receive(&mut self) -> Option<Message> {
        let mut bytes = [0; LONGEST];
        while self.is_open {
            match recv(&self.socket, bytes.as_mut_slice(), RecvFlags::DONTWAIT) {
                Ok((_, 0)) => self.is_open = false,
                Ok((_, read)) => match parse(bytes.get(..read).unwrap_or(&bytes)) {
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

fn parse(bytes: &[u8]) -> Option<Message> {
    match bytes {
        [READY, low, high] => Some(Message::Ready(usize::from(u16::from_le_bytes([*low, *high])))),
        [BEAT, low, high] => Some(Message::Beat(usize::from(u16::from_le_bytes([*low, *high])))),
        [SICK, reason @ ..] => Some(Message::Sick(String::from_utf8_lossy(reason).into_owned())),
        [FAILED, reason @ ..] => Some(Message::Failed(String::from_utf8_lossy(reason).into_owned())),
        _ => None,
    }
}
