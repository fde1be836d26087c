//! Listening sockets: bound here, or inherited from whoever started this process.

use std::{
    fs::{self, Permissions},
    io,
    net::TcpListener,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{
            fs::{PermissionsExt, chown},
            net::UnixListener,
        },
    },
    path::Path,
    thread,
    time::Duration,
};

use listenfd::ListenFd;
use rustix::{fs::Mode, net::sockopt::socket_acceptconn, process::umask};

use crate::{
    address::{Address, Listen},
    error::Error,
    socket_file::{SocketFile, remove_stale},
    user::find_group,
};

/// Connections that may wait while no master lives; the kernel cuts it to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;
/// How often and how far apart a bind is tried while the address is still held. The master of a killed daemon
/// lets go of it within moments, and whoever restarts the daemon should not have to know.
const BIND_TRIES: u32 = 20;
const BIND_PAUSE: Duration = Duration::from_millis(50);

/// Who may connect to a Unix socket; by default whomever the umask lets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The permissions of its file, as in `0o660`.
    pub mode: Option<u32>,
    /// The group that its file belongs to, by name or number.
    pub group: Option<String>,
}

impl Access {
    /// Binds so that nobody has more than he is to have, at no moment.
    fn bind(&self, path: &Path) -> Result<UnixListener, Error> {
        let failed =
            |cause: io::Error| Error::caused(format!("cannot listen on `unix:{}`", path.display()), &cause);
        if self == &Access::default() {
            return UnixListener::bind(path).map_err(failed);
        }
        let group = self.group.as_deref().map(find_group).transpose()?;
        let mask = umask(Mode::from_raw_mode(0o177));
        let listener = UnixListener::bind(path);
        umask(mask);
        let listener = listener.map_err(failed)?;
        if let Some(group) = group {
            chown(path, None, Some(group.as_raw())).map_err(failed)?;
        }
        let mode = self.mode.unwrap_or(0o777 & !mask.as_raw_mode());
        fs::set_permissions(path, Permissions::from_mode(mode)).map_err(failed)?;
        Ok(listener)
    }
}

/// A socket that listens.
#[derive(Debug)]
pub enum Listener {
    /// On a TCP port.
    Tcp(TcpListener),
    /// On a path.
    Unix(UnixListener),
}

impl Listener {
    /// Where it listens, with the port that the system chose.
    ///
    /// # Errors
    /// When the system does not know the address of the socket.
    pub fn address(&self) -> io::Result<Address> {
        match self {
            Listener::Tcp(socket) => socket.local_addr().map(Address::Tcp),
            Listener::Unix(socket) => {
                let address = socket.local_addr()?;
                Ok(Address::Unix(
                    address.as_pathname().map(Path::to_path_buf).unwrap_or_default(),
                ))
            }
        }
    }

    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        self.as_fd().try_clone_to_owned()
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Tcp(socket) => socket.as_fd(),
            Listener::Unix(socket) => socket.as_fd(),
        }
    }
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
        let mut inherited = ListenFd::from_env();
        if inherited.len() > 0 {
            let listeners = inherit(&mut inherited, 0)?;
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
        for listen in addresses {
            sockets.bind(listen, access)?;
        }
        Ok(sockets)
    }

    /// The sockets, in the order of the addresses or of the descriptors.
    #[must_use]
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The listening sockets themselves, to serve on in this process. The second call finds none.
    pub fn take_listeners(&mut self) -> Vec<Listener> {
        std::mem::take(&mut self.listeners)
    }

    fn bind(&mut self, listen: &Listen, access: &Access) -> Result<(), Error> {
        let resolved = listen.resolve()?;
        let address = resolved
            .first()
            .ok_or_else(|| Error::new(format!("`{listen}` has no address")))?;
        let mut result = bind(address, access);
        for _ in 1..BIND_TRIES {
            if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::AddrInUse) {
                break;
            }
            thread::sleep(BIND_PAUSE);
            result = bind(address, access);
        }
        let listener = result?;
        if let Address::Unix(path) = address {
            self.files.extend(SocketFile::at(path));
        }
        self.listeners.push(listener);
        Ok(())
    }
}

fn bind(address: &Address, access: &Access) -> Result<Listener, Error> {
    let listener = match address {
        Address::Tcp(address) => TcpListener::bind(address)
            .map(Listener::Tcp)
            .map_err(|cause| Error::caused(format!("cannot listen on `{address}`"), &cause))?,
        Address::Unix(path) => {
            remove_stale(path)?;
            Listener::Unix(access.bind(path)?)
        }
    };
    // A second `listen` only changes the backlog; that of the standard library is too short for a restart under load.
    rustix::net::listen(&listener, BACKLOG)
        .map_err(|cause| Error::caused(format!("cannot listen on `{address}`"), &cause.into()))?;
    Ok(listener)
}

/// Takes the inherited sockets from index `first` on.
pub(crate) fn inherit(descriptors: &mut ListenFd, first: usize) -> Result<Vec<Listener>, Error> {
    let mut listeners = Vec::new();
    for index in first..descriptors.len() {
        let listener = match descriptors.take_tcp_listener(index) {
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
