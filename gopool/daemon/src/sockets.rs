//! Listening sockets: bound here, or inherited from whoever started this process.

use std::{
    env, io,
    mem::discriminant,
    ops::Range,
    os::fd::{AsFd, BorrowedFd},
    path::PathBuf,
    process,
};

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;
use serde::{Deserialize, Serialize};

use crate::{
    address::{Address, Listen},
    binding::{Access, Listener, Manner, bind_patiently, try_out},
    descriptors::Files,
    error::Error,
    socket_file::SocketFile,
};

/// The sockets as they are left to another daemon, with the file of each.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KnownSockets {
    kinds: Vec<Kind>,
    /// The files of Unix sockets that are to go with the daemon.
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Tcp,
    Tls,
    Unix,
}

/// All listening sockets of this process. The files of Unix sockets that it made go when it goes.
#[derive(Debug)]
pub struct Sockets {
    listeners: Vec<Listener>,
    files: Vec<SocketFile>,
}

impl Sockets {
    /// Takes the sockets that a service manager passed (`LISTEN_FDS`), or else binds `addresses`.
    ///
    /// Call it before the first thread starts: it takes `LISTEN_FDS` out of the environment.
    ///
    /// # Errors
    /// When an inherited descriptor is no listening socket, or an address cannot be looked up or bound; each is named.
    pub fn open(addresses: &[Listen], access: &Access) -> Result<Sockets, Error> {
        // Asked before they are taken.
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut inherited = ListenFd::from_env();
        let count = inherited.len();
        if count > 0 {
            let speaks_tls = |index| names.split(':').nth(index) == Some(TLS);
            let listeners = inherit(&mut inherited, 0..count, speaks_tls)?;
            return Ok(Sockets {
                listeners,
                files: Vec::new(),
            });
        }
        if addresses.is_empty() {
            return Err(Error::new("no address to listen on; give one with `--listen`"));
        }
        let mut sockets = Sockets {
            listeners: Vec::new(),
            files: Vec::new(),
        };
        let places = addresses.iter().map(Listen::resolve);
        let places = places.collect::<Result<Vec<_>, Error>>()?;
        let manner = Manner::of(access, places.iter().flatten());
        for addresses in places {
            sockets.bind(addresses, &manner)?;
        }
        Ok(sockets)
    }

    /// Binds anew the Unix sockets whose files somebody has removed; whether there were any. One that cannot be bound is given up.
    ///
    /// # Errors
    /// When the system refuses, or another process has it by now.
    pub(crate) fn restore(&mut self, access: &Access) -> Result<bool, Error> {
        let is_removed = |file: &&SocketFile| file.is_removed();
        let Some(path) = self
            .files
            .iter()
            .find(is_removed)
            .map(|file| file.path().to_owned())
        else {
            return Ok(false);
        };
        self.files.retain(|file| file.path() != path);
        let is_there = |listener: &&mut Listener| {
            let address = listener.address().ok();
            let own = address.and_then(|address| address.file());
            own.as_ref() == Some(&path)
        };
        let Some(listener) = self.listeners.iter_mut().find(is_there) else {
            return Ok(false);
        };
        *listener = bind_patiently(&Address::Unix(path.clone()), &Manner::of(access, []))?;
        self.files.extend(SocketFile::at(&path));
        Ok(true)
    }

    /// Looks whether these addresses could be bound by a process that nobody passes sockets to. Others may have them.
    ///
    /// # Errors
    /// As [`open`](Self::open), but for an address that is taken.
    pub fn check(addresses: &[Listen], access: &Access) -> Result<(), Error> {
        if are_passed_to_us() == Some(true) {
            return Ok(());
        }
        addresses.iter().try_for_each(|listen| {
            let (mut is_possible, mut unavailable) = (false, None);
            for address in listen.resolve()? {
                match try_out(&address, access) {
                    Ok(()) => is_possible = true,
                    Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                        unavailable = Some(error);
                    }
                    Err(error) => return Err(error),
                }
            }
            unavailable.filter(|_| !is_possible).map_or(Ok(()), Err)
        })
    }

    /// What is to be said of sockets that were passed to another process, whose environment this one has.
    #[must_use]
    pub fn meant_for_others() -> Option<String> {
        (are_passed_to_us() == Some(false)).then(|| {
            let of = env::var("LISTEN_PID").unwrap_or_default();
            format!(
                "`LISTEN_FDS` passes sockets to process {of} (`LISTEN_PID`) and this is process {}, so they are not taken; start the \
                 program without a shell in between, or with `exec`",
                process::id()
            )
        })
    }

    /// The sockets, in the order of the addresses or of the descriptors.
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// Where they listen, with the ports that the system chose.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let address = |listener: &Listener| listener.address().ok();
        self.listeners.iter().filter_map(address).collect()
    }

    /// The listening sockets themselves, to serve on in this process. The second call finds none.
    pub fn take_listeners(&mut self) -> Vec<Listener> {
        std::mem::take(&mut self.listeners)
    }

    /// The indexes of those on which TLS is spoken.
    pub(crate) fn tls(&self) -> Vec<usize> {
        let listeners = self.listeners.iter().enumerate();
        let of_tls = listeners.filter(|(_, listener)| matches!(listener, Listener::Tls(_)));
        of_tls.map(|(index, _)| index).collect()
    }

    /// What is left to another daemon, and the files that go with it.
    pub(crate) fn hand_over<'a>(&'a self, files: &mut Vec<BorrowedFd<'a>>) -> KnownSockets {
        files.extend(self.listeners.iter().map(AsFd::as_fd));
        let kind = |listener: &Listener| match listener {
            Listener::Tcp(_) => Kind::Tcp,
            Listener::Tls(_) => Kind::Tls,
            Listener::Unix(_) => Kind::Unix,
        };
        KnownSockets {
            kinds: self.listeners.iter().map(kind).collect(),
            files: self.files.iter().map(|file| file.path().to_owned()).collect(),
        }
    }

    /// # Errors
    /// A file is missing.
    pub(crate) fn take_over(known: &KnownSockets, files: &mut Files) -> Result<Sockets, Error> {
        let listener = |kind: &Kind| {
            let file = files.take()?;
            Ok(match kind {
                Kind::Tcp => Listener::Tcp(file.into()),
                Kind::Tls => Listener::Tls(file.into()),
                Kind::Unix => Listener::Unix(file.into()),
            })
        };
        Ok(Sockets {
            listeners: known.kinds.iter().map(listener).collect::<Result<_, Error>>()?,
            files: known
                .files
                .iter()
                .filter_map(|path| SocketFile::at(path))
                .collect(),
        })
    }

    /// Binds every address that a name has. One that this machine does not know of (IPv6, often) is no reason to refuse the others, nor
    /// is one that was named before.
    fn bind(&mut self, addresses: Vec<Address>, manner: &Manner<'_>) -> Result<(), Error> {
        let mut chosen = None;
        let mut unavailable = None;
        for address in addresses {
            let address = address.with_port_of(chosen.as_ref());
            if self.has(&address)? {
                chosen = chosen.or(Some(address));
                continue;
            }
            match bind_patiently(&address, manner) {
                Ok(listener) => {
                    chosen = listener.address().ok().or(chosen);
                    if let Address::Unix(path) = &address {
                        self.files.extend(SocketFile::at(path));
                    }
                    self.listeners.push(listener);
                }
                Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => unavailable = Some(error),
                Err(error) => return Err(error),
            }
        }
        match (chosen, unavailable) {
            (None, Some(error)) => Err(error),
            _ => Ok(()),
        }
    }
}

impl Sockets {
    /// Whether this address is bound already.
    ///
    /// # Errors
    /// It is, but TLS is spoken there and should not be, or the other way round.
    fn has(&self, address: &Address) -> Result<bool, Error> {
        let bound = self.listeners.iter().filter_map(|bound| bound.address().ok());
        let mut same =
            bound.filter(|bound| bound.socket() == address.socket() && bound.file() == address.file());
        match same.next() {
            Some(bound) if discriminant(&bound) != discriminant(address) => Err(Error::new(format!(
                "`{bound}` and `{address}` are one address, and TLS is spoken there or not; choose another port for one of them"
            ))),
            same => Ok(same.is_some()),
        }
    }
}

/// Whether the sockets that somebody passed are for this process; `None` when nobody passed any.
fn are_passed_to_us() -> Option<bool> {
    let count = env::var("LISTEN_FDS").ok()?;
    let of = env::var("LISTEN_PID").unwrap_or_default();
    let is_ours = of.is_empty() || of == process::id().to_string();
    (count != "0").then_some(is_ours)
}

/// The name of a socket on which TLS is spoken, as a service manager gives it (`FileDescriptorName=`).
const TLS: &str = "https";

/// Takes the inherited sockets of these indexes.
pub(crate) fn inherit(
    descriptors: &mut ListenFd,
    indexes: Range<usize>,
    speaks_tls: impl Fn(usize) -> bool,
) -> Result<Vec<Listener>, Error> {
    let mut listeners = Vec::new();
    for index in indexes {
        let listener = match descriptors.take_tcp_listener(index) {
            Ok(socket) if speaks_tls(index) => socket.map(Listener::Tls),
            Ok(socket) => socket.map(Listener::Tcp),
            Err(_) => descriptors
                .take_unix_listener(index)
                .map_err(|cause| Error::caused(format!("inherited socket {index} cannot be used"), &cause))?
                .map(Listener::Unix),
        };
        if let Some(listener) = &listener
            && !socket_acceptconn(listener).unwrap_or(true)
        {
            let text = format!(
                "inherited socket {index} does not listen; `LISTEN_FDS` passes listening sockets only"
            );
            return Err(Error::new(text));
        }
        listeners.extend(listener);
    }
    Ok(listeners)
}
