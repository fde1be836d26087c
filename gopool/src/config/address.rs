//! Places to listen at, and the path of the monitor.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    path::PathBuf,
};

use super::unit::whole;

/// A place to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// An IP address or a name still to be resolved, without brackets.
    Tcp { host: String, port: u16 },
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl Listen {
    // What `sockaddr_un` holds on Linux, less its closing zero.
    const LONGEST_PATH: usize = 107;

    pub(super) fn read(text: &str) -> Option<Listen> {
        match text.strip_prefix("unix:") {
            Some(socket) if socket.len() <= Self::LONGEST_PATH => path(socket).map(Listen::Unix),
            Some(_) => None,
            None => host_and_port(text).map(|(host, port)| Listen::Tcp { host, port }),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::Tcp { host, port } => write_address(f, host, *port),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Where the monitor answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InfoUrl {
    /// Below this path of the main listeners; starts with `/` and does not end in one.
    Path(String),
    /// On a listener of its own.
    Address { host: String, port: u16 },
}

impl InfoUrl {
    pub(super) fn read(text: &str) -> Option<InfoUrl> {
        let trimmed = text.strip_suffix('/').unwrap_or(text);
        match trimmed.strip_prefix("http://") {
            // Nobody would know which free port it is.
            Some(address) => host_and_port(address)
                .filter(|(_, port)| *port != 0)
                .map(|(host, port)| InfoUrl::Address { host, port }),
            None => is_plain_path(trimmed).then(|| InfoUrl::Path(trimmed.to_owned())),
        }
    }
}

impl fmt::Display for InfoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InfoUrl::Path(path) => f.write_str(path),
            InfoUrl::Address { host, port } => {
                f.write_str("http://")?;
                write_address(f, host, *port)
            }
        }
    }
}

pub(super) fn path(text: &str) -> Option<PathBuf> {
    let fits = !text.is_empty() && !text.contains('\0');
    fits.then(|| PathBuf::from(text))
}

fn is_plain_path(text: &str) -> bool {
    let segments = text.strip_prefix('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    segments.is_some_and(|rest| {
        rest.split('/')
            .all(|name| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain))
    })
}

pub(super) fn is_host(text: &str) -> bool {
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

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = whole(port, 0..=u16::MAX)?;
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().ok().map(|_| (v6.to_owned(), port)),
        None => (is_host(host) && !host.contains(':')).then(|| (host.to_owned(), port)),
    }
}

fn write_address(f: &mut fmt::Formatter<'_>, host: &str, port: u16) -> fmt::Result {
    if host.contains(':') {
        write!(f, "[{host}]:{port}")
    } else {
        write!(f, "{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_as_the_same_address() {
        for text in [
            "127.0.0.1:0",
            "[::1]:80",
            "a-b.example:65535",
            "unix:/run/x.sock",
            "unix:x",
        ] {
            assert_eq!(
                Listen::read(text).map(|listen| listen.to_string()).as_deref(),
                Some(text)
            );
        }
        for text in ["/info", "/a/b-c", "http://localhost:1", "http://[::]:1"] {
            assert_eq!(
                InfoUrl::read(text).map(|url| url.to_string()).as_deref(),
                Some(text)
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("unix:{}", "x".repeat(108));
        for text in [
            "",
            ":80",
            "x",
            "x:",
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
            &long,
        ] {
            assert_eq!(Listen::read(text), None, "{text}");
        }
        for text in ["", "/", "/a//b", "/..", "https://x:1", "http://x", "http://x:0"] {
            assert_eq!(InfoUrl::read(text), None, "{text}");
        }
    }
}
