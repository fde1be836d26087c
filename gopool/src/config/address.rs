//! The path or address of the monitor, and of files.

use std::{fmt, path::PathBuf};

use gopool_daemon::Listen;

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
            Some(address) => match address.parse().ok()? {
                // Nobody would know which free port it is.
                Listen::Tcp { port: 0, .. } | Listen::Tls { .. } | Listen::Unix(_) => None,
                Listen::Tcp { host, port } => Some(InfoUrl::Address { host, port }),
            },
            None => is_plain_path(trimmed).then(|| InfoUrl::Path(trimmed.to_owned())),
        }
    }
}

impl fmt::Display for InfoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InfoUrl::Path(path) => f.write_str(path),
            InfoUrl::Address { host, port } => {
                let (host, port) = (host.clone(), *port);
                write!(f, "http://{}", Listen::Tcp { host, port })
            }
        }
    }
}

pub(super) fn path(text: &str) -> Option<PathBuf> {
    let fits = !text.is_empty() && !text.contains('\0');
    fits.then(|| PathBuf::from(text))
}

/// A path of the main listeners; starts with `/` and does not end in one.
pub(super) fn plain_path(text: &str) -> Option<String> {
    let trimmed = text.strip_suffix('/').unwrap_or(text);
    is_plain_path(trimmed).then(|| trimmed.to_owned())
}

fn is_plain_path(text: &str) -> bool {
    let segments = text.strip_prefix('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    segments.is_some_and(|rest| {
        rest.split('/')
            .all(|name| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_as_the_same_address() {
        for text in ["/info", "/a/b-c", "http://localhost:1", "http://[::]:1"] {
            assert_eq!(
                InfoUrl::read(text).map(|url| url.to_string()).as_deref(),
                Some(text)
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "/",
            "/a//b",
            "/..",
            "https://x:1",
            "http://x",
            "http://x:0",
            "http://unix:/run/x",
            "http://https://x:1",
        ] {
            assert_eq!(InfoUrl::read(text), None, "{text}");
        }
    }
}
