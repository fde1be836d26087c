//! Where to listen: as it is written, and as the system knows it.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    path::PathBuf,
    str::FromStr,
};

use crate::error::Error;

/// What `sockaddr_un` holds on Linux, less its closing zero.
pub(crate) const LONGEST_PATH: usize = 107;

/// What stands before an address where TLS is spoken.
const HTTPS: &str = "https://";

/// A place to listen at, as somebody wrote it.
///
/// ```
/// use gopool_daemon::Listen;
///
/// let listen: Listen = "localhost:6100".parse()?;
/// assert_eq!(listen, Listen::Tcp { host: "localhost".to_owned(), port: 6100 });
/// assert_eq!("[::1]:80".parse::<Listen>()?.to_string(), "[::1]:80");
/// assert_eq!("https://[::]:443".parse::<Listen>()?, Listen::Tls { host: "::".to_owned(), port: 443 });
/// assert!("localhost".parse::<Listen>().is_err());
/// # Ok::<(), gopool_daemon::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TCP port; port 0 lets the system choose.
    Tcp {
        /// An IP address or a name still to be resolved, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// The same, where masters are to speak TLS.
    Tls {
        /// An IP address or a name still to be resolved, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket at this path of at most 107 bytes.
    Unix(PathBuf),
}

impl Listen {
    /// Asks the system which addresses this is, each once. It may wait for a name server.
    ///
    /// # Errors
    /// When the name is not known.
    pub fn resolve(&self) -> Result<Vec<Address>, Error> {
        let of_kind = match self {
            Listen::Tls { .. } => Address::Tls,
            _ => Address::Tcp,
        };
        match self {
            Listen::Tcp { host, port } | Listen::Tls { host, port } => {
                let found = (host.as_str(), *port).to_socket_addrs();
                let found =
                    found.map_err(|cause| Error::caused(format!("`{self}` cannot be looked up"), &cause))?;
                let mut addresses: Vec<Address> = Vec::new();
                for address in found.map(of_kind) {
                    // The system may name one twice.
                    if !addresses.contains(&address) {
                        addresses.push(address);
                    }
                }
                Ok(addresses)
            }
            Listen::Unix(path) => Ok(vec![Address::Unix(path.clone())]),
        }
    }
}

impl FromStr for Listen {
    type Err = Error;

    /// Reads `unix:path`, `host:port` or `[ipv6]:port`, and either of these behind `https://`; looks nothing up.
    fn from_str(text: &str) -> Result<Listen, Error> {
        let read = match (text.strip_prefix("unix:"), text.strip_prefix(HTTPS)) {
            (Some(path), _) => is_path(path).then(|| Listen::Unix(PathBuf::from(path))),
            (_, Some(place)) => host_and_port(place).map(|(host, port)| Listen::Tls { host, port }),
            _ => host_and_port(text).map(|(host, port)| Listen::Tcp { host, port }),
        };
        read.ok_or_else(|| {
            Error::new(format!(
                "`{text}` is neither `host:port`, `[ipv6]:port`, `https://` before these, nor `unix:path`"
            ))
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self {
            Listen::Tls { .. } => HTTPS,
            _ => "",
        };
        match self {
            Listen::Tcp { host, port } | Listen::Tls { host, port } => match host.contains(':') {
                true => write!(f, "{scheme}[{host}]:{port}"),
                false => write!(f, "{scheme}{host}:{port}"),
            },
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where a socket listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// The same, where masters are to speak TLS.
    Tls(SocketAddr),
    /// A path.
    Unix(PathBuf),
}

impl Address {
    /// The IP address and the port, whatever is spoken there.
    pub(crate) fn socket(&self) -> Option<SocketAddr> {
        match self {
            Address::Tcp(socket) | Address::Tls(socket) => Some(*socket),
            Address::Unix(_) => None,
        }
    }

    /// The path, from the root on.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        match self {
            Address::Tcp(_) | Address::Tls(_) => None,
            Address::Unix(path) => Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        }
    }

    /// Port 0 is any port; of one name, all addresses get the same.
    pub(crate) fn with_port_of(self, chosen: Option<&Address>) -> Address {
        let mut address = self;
        let (Address::Tcp(own) | Address::Tls(own)) = &mut address else {
            return address;
        };
        if let Some(Address::Tcp(chosen) | Address::Tls(chosen)) = chosen
            && own.port() == 0
        {
            own.set_port(chosen.port());
        }
        address
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Tls(address) => write!(f, "{HTTPS}{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Whether it is an IP address, without brackets, or may be the name of a host.
#[must_use]
pub fn is_host(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok() || is_host_name(text)
}

fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    // A last label of digits only is a mistyped IPv4 address.
    let is_number = text
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && !is_number && text.split('.').all(is_label)
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_PATH && !text.contains('\0')
}

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| is_number)?;
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(|_| (v6.to_owned(), port)),
        None => (is_host(host) && !host.contains(':')).then(|| (host.to_owned(), port)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_as_the_same_address() {
        for text in [
            "127.0.0.1:0",
            "[::1]:80",
            "a-b.example:65535",
            "https://127.0.0.1:443",
            "https://[::1]:0",
            "https://a.example:443",
            "unix:/run/x.sock",
            "unix:x",
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("unix:{}", "x".repeat(LONGEST_PATH + 1));
        for text in [
            "",
            ":80",
            "x",
            "x:",
            "x:+1",
            "x:65536",
            "::1:80",
            "[::1]",
            "[x]:1",
            "1.2.3.256:1",
            "1.2.3:1",
            "a b:1",
            "-a:1",
            "a..b:1",
            "unix:",
            "https://",
            "https://x",
            "https://unix:x",
            "https://https://x:1",
            "http://x:1",
            &long,
        ] {
            let refusal = text.parse::<Listen>().unwrap_err().to_string();
            assert!(refusal.contains("is neither `host:port`"), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_name_is_looked_up_only_when_it_is_to_be_resolved() {
        let unknown: Listen = "nobody.invalid:80".parse().unwrap();
        let refusal = unknown.resolve().unwrap_err().to_string();
        assert!(
            refusal.starts_with("`nobody.invalid:80` cannot be looked up: "),
            "{refusal}"
        );
        let plain: Listen = "127.0.0.1:80".parse().unwrap();
        assert_eq!(
            plain.resolve().unwrap(),
            [Address::Tcp(([127, 0, 0, 1], 80).into())]
        );
    }
}
