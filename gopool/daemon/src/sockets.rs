//! Listening sockets: bound here, or inherited from whoever started this process.

use std::{
    fmt, fs, io,
    net::{SocketAddr, TcpListener, ToSocketAddrs},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::{
            fs::{FileTypeExt, MetadataExt},
            net::{UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    str::FromStr,
    thread,
    time::Duration,
};

use listenfd::ListenFd;

use super::error::Error;

/// Connections that may wait while no master lives; the kernel cuts it to `net.core.somaxconn`.
const BACKLOG: i32 = 4096;
/// How often and how far apart a bind is tried while the address is still held. The master of a killed daemon
/// lets go of it within moments, and whoever restarts the daemon should not have to know.
const BIND_TRIES: u32 = 20;
const BIND_PAUSE: Duration = Duration::from_millis(50);

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP port; port 0 lets the system choose.
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
}

impl FromStr for Listen {
    type Err = Error;

    /// Reads `unix:path`, `address:port` or `name:port` (its first address).
    fn from_str(text: &str) -> Result<Listen, Error> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path {
                "" => Err(Error::new("`unix:` names no path; write `unix:/run/app.sock`")),
                path => Ok(Listen::Unix(PathBuf::from(path))),
            };
        }
        let mut found = text.to_socket_addrs().map_err(|cause| {
            let what = match cause.kind() {
                io::ErrorKind::InvalidInput => "is neither `address:port` nor `unix:path`",
                _ => "cannot be looked up",
            };
            Error::caused(format!("`{text}` {what}"), &cause)
        })?;
        found
            .next()
            .map(Listen::Tcp)
            .ok_or_else(|| Error::new(format!("`{text}` has no address")))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp(address) => write!(f, "{address}"),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
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
    pub fn address(&self) -> io::Result<Listen> {
        match self {
            Listener::Tcp(socket) => socket.local_addr().map(Listen::Tcp),
            Listener::Unix(socket) => {
                let address = socket.local_addr()?;
                Ok(Listen::Unix(
                    address.as_pathname().map(Path::to_path_buf).unwrap_or_default(),
                ))
            }
        }
    }

    pub(super) fn duplicate(&self) -> io::Result<OwnedFd> {
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
    /// When an inherited descriptor is no listening socket, or an address cannot be bound; both are named.
    pub fn open(addresses: &[Listen]) -> Result<Sockets, Error> {
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
        for address in addresses {
            sockets.bind(address)?;
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

    fn bind(&mut self, address: &Listen) -> Result<(), Error> {
        let mut result = bind(address);
        for _ in 1..BIND_TRIES {
            if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::AddrInUse) {
                break;
            }
            thread::sleep(BIND_PAUSE);
            result = bind(address);
        }
        let listener = result?;
        if let Listen::Unix(path) = address {
            self.files.extend(SocketFile::at(path));
        }
        self.listeners.push(listener);
        Ok(())
    }
}

fn bind(address: &Listen) -> Result<Listener, Error> {
    let listener = match address {
        Listen::Tcp(address) => TcpListener::bind(address).map(Listener::Tcp),
        Listen::Unix(path) => {
            remove_stale(path)?;
            UnixListener::bind(path).map(Listener::Unix)
        }
    };
    let listener =
        listener.map_err(|cause| Error::caused(format!("cannot listen on `{address}`"), &cause))?;
    // A second `listen` only changes the backlog; that of the standard library is too short for a restart under load.
    rustix::net::listen(&listener, BACKLOG)
        .map_err(|cause| Error::caused(format!("cannot listen on `{address}`"), &cause.into()))?;
    Ok(listener)
}

/// Takes the inherited sockets from index `first` on.
pub(super) fn inherit(descriptors: &mut ListenFd, first: usize) -> Result<Vec<Listener>, Error> {
    let mut listeners = Vec::new();
    for index in first..descriptors.len() {
        let listener = match descriptors.take_tcp_listener(index) {
            Ok(socket) => socket.map(Listener::Tcp),
            Err(_) => descriptors
                .take_unix_listener(index)
                .map_err(|cause| Error::caused(format!("inherited socket {index} cannot be used"), &cause))?
                .map(Listener::Unix),
        };
        listeners.extend(listener);
    }
    Ok(listeners)
}

/// Makes room for a Unix socket: a file that nobody answers behind is left over from a killed process.
///
/// # Errors
/// When somebody answers there, or the path is something else than a socket.
pub(super) fn remove_stale(path: &Path) -> Result<(), Error> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !found.file_type().is_socket() {
        return Err(Error::new(format!(
            "`{}` exists and is no socket; remove it or choose another path",
            path.display()
        )));
    }
    match UnixStream::connect(path) {
        Err(cause) if cause.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(|cause| {
                Error::caused(
                    format!("cannot remove the stale socket `{}`", path.display()),
                    &cause,
                )
            })
        }
        Err(cause) => Err(Error::caused(
            format!("cannot tell whether `{}` is in use", path.display()),
            &cause,
        )),
        Ok(_) => Err(Error::in_use(format!(
            "another process answers on `{}`; stop it first",
            path.display()
        ))),
    }
}

/// The file of a socket that this process bound; removed with it, unless somebody else's stands there by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    pub(super) fn at(path: &Path) -> Option<SocketFile> {
        let inode = fs::symlink_metadata(path).ok()?.ino();
        Some(SocketFile {
            path: std::path::absolute(path).ok()?,
            inode,
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            // Nobody is left to tell, and a stale file is recognised at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_knows_is_not_called_a_mistake_of_form() {
        let refusal = |text: &str| text.parse::<Listen>().unwrap_err().to_string();
        let unknown = refusal("nobody.invalid:80");
        assert!(
            unknown.starts_with("`nobody.invalid:80` cannot be looked up: "),
            "{unknown}"
        );
        for text in ["80", "localhost", "localhost:x"] {
            assert!(refusal(text).contains("is neither `address:port` nor"), "{text}");
        }
    }
}
