//! Binds an address, or finds out whether it could be bound.

use std::{
    fs::{self, Permissions},
    io,
    net::{SocketAddr, TcpListener},
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

use nix::unistd::Gid;
use rustix::{
    fs::{Access as Right, Mode, access as may_access},
    io::Errno,
    net::{
        AddressFamily, SocketFlags, SocketType, socket_with,
        sockopt::{set_ipv6_v6only, set_socket_reuseaddr},
    },
    process::{getegid, geteuid, getgroups, umask},
};

use crate::{
    address::Address,
    error::Error,
    socket_file::{refuse_other_files, remove_stale},
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
    fn group(&self) -> Result<Option<Gid>, Error> {
        self.group.as_deref().map(find_group).transpose()
    }

    /// Whether a socket could be made at this path and be given to the group.
    fn check_at(&self, path: &Path) -> Result<(), Error> {
        let failed =
            |cause: io::Error| Error::caused(format!("cannot listen on `unix:{}`", path.display()), &cause);
        may_create(path).map_err(failed)?;
        let Some(group) = self.group()? else { return Ok(()) };
        let own = getgroups().unwrap_or_default();
        let is_ours = own
            .iter()
            .chain([&getegid()])
            .any(|own| own.as_raw() == group.as_raw());
        match is_ours || geteuid().is_root() {
            true => Ok(()),
            false => Err(failed(io::Error::from_raw_os_error(Errno::PERM.raw_os_error()))),
        }
    }

    /// Binds so that nobody has more than he is to have, at no moment.
    fn bind(&self, path: &Path) -> Result<UnixListener, Error> {
        let failed =
            |cause: io::Error| Error::caused(format!("cannot listen on `unix:{}`", path.display()), &cause);
        if self == &Access::default() {
            return UnixListener::bind(path).map_err(failed);
        }
        let group = self.group()?;
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
    /// On a TCP port where TLS is spoken.
    Tls(TcpListener),
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
            Listener::Tls(socket) => socket.local_addr().map(Address::Tls),
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
            Listener::Tcp(socket) | Listener::Tls(socket) => socket.as_fd(),
            Listener::Unix(socket) => socket.as_fd(),
        }
    }
}

/// How addresses are bound.
#[derive(Debug)]
pub(crate) struct Manner<'a> {
    access: &'a Access,
    /// The ports of IPv4 addresses that are bound too. By default an IPv6 socket for all addresses takes IPv4 along, and both would be
    /// in each other's way.
    v4_ports: Vec<u16>,
}

impl<'a> Manner<'a> {
    pub(crate) fn of<'b>(access: &'a Access, all: impl IntoIterator<Item = &'b Address>) -> Manner<'a> {
        let v4 = all
            .into_iter()
            .filter_map(Address::socket)
            .filter(SocketAddr::is_ipv4);
        let v4_ports = v4.map(|address| address.port()).filter(|port| *port != 0);
        Manner {
            access,
            v4_ports: v4_ports.collect(),
        }
    }

    fn bind_tcp(&self, address: &SocketAddr) -> io::Result<TcpListener> {
        let socket = tcp_socket(address)?;
        if address.is_ipv6() && self.v4_ports.contains(&address.port()) {
            set_ipv6_v6only(&socket, true)?;
        }
        rustix::net::bind(&socket, address)?;
        Ok(socket.into())
    }
}

/// # Errors
/// When the system refuses.
fn bind(address: &Address, manner: &Manner<'_>) -> Result<Listener, Error> {
    let failed = |cause: io::Error| cannot_listen(address, &cause);
    let listener = match address {
        Address::Tcp(tcp) => manner.bind_tcp(tcp).map(Listener::Tcp).map_err(failed)?,
        Address::Tls(tcp) => manner.bind_tcp(tcp).map(Listener::Tls).map_err(failed)?,
        Address::Unix(path) => {
            remove_stale(path)?;
            Listener::Unix(manner.access.bind(path)?)
        }
    };
    // For a Unix socket it is the second time, which only changes the backlog; that of the standard library is too short for a restart under load.
    rustix::net::listen(&listener, BACKLOG).map_err(|cause| failed(cause.into()))?;
    Ok(listener)
}

/// As often as it takes for somebody who is about to let go of the address.
///
/// # Errors
/// When the system refuses.
pub(crate) fn bind_patiently(address: &Address, manner: &Manner<'_>) -> Result<Listener, Error> {
    let mut result = bind(address, manner);
    for _ in 1..BIND_TRIES {
        if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::AddrInUse) {
            break;
        }
        thread::sleep(BIND_PAUSE);
        result = bind(address, manner);
    }
    result
}

/// Whether the address could be bound, if nobody else has it: whoever runs already may be us. Nobody can connect meanwhile.
///
/// # Errors
/// What the system would refuse.
pub(crate) fn try_out(address: &Address, access: &Access) -> Result<(), Error> {
    let tried = match address {
        Address::Tcp(tcp) | Address::Tls(tcp) => try_tcp(tcp).map_err(|cause| cannot_listen(address, &cause)),
        Address::Unix(path) => refuse_other_files(path).and_then(|()| access.check_at(path)),
    };
    match tried {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(()),
        tried => tried,
    }
}

fn try_tcp(address: &SocketAddr) -> io::Result<()> {
    Ok(rustix::net::bind(&tcp_socket(address)?, address)?)
}

fn tcp_socket(address: &SocketAddr) -> io::Result<OwnedFd> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    // Connections of a daemon that has ended may linger.
    set_socket_reuseaddr(&socket, true)?;
    Ok(socket)
}

/// Whether files may be made in the folder of this one.
///
/// # Errors
/// What the system would say.
pub(crate) fn may_create(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    if !fs::metadata(folder)?.is_dir() {
        return Err(Errno::NOTDIR.into());
    }
    Ok(may_access(folder, Right::WRITE_OK | Right::EXEC_OK)?)
}

fn cannot_listen(address: &Address, cause: &io::Error) -> Error {
    Error::caused(format!("cannot listen on `{address}`"), cause)
}
