//! Which names of the monitor a request may use.
//!
//! A page from anywhere can have its own name lead to this machine (DNS rebinding), and then read what answers there, as the
//! browser takes it for the page's own. It cannot choose what stands in `Host`: that is its name.

use std::net::IpAddr;

/// The names by which this machine may be asked, beside its addresses and `localhost`.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Whether a request with this `Host` was meant for us. No browser leaves it out, so a request without it comes from none.
    pub(super) fn allow(&self, host: Option<&str>) -> bool {
        let Some(host) = host else { return true };
        let name = without_port(host);
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address || is("localhost") || self.0.iter().any(|known| is(known))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !is_bare_ipv6(name) => name,
        _ => host,
    }
}

fn is_bare_ipv6(name: &str) -> bool {
    name.contains(':') && !name.ends_with(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_known_names_are_ours_and_no_other() {
        let hosts = Hosts::new(["monitor.example".to_owned()]);
        for ours in [
            "127.0.0.1",
            "127.0.0.1:6101",
            "192.0.2.7:80",
            "[::1]:6101",
            "[::1]",
            "::1",
            "localhost:6101",
            "LOCALHOST",
            "Monitor.Example:6101",
        ] {
            assert!(hosts.allow(Some(ours)), "{ours}");
        }
        for theirs in [
            "evil.example",
            "evil.example:6101",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "monitor.example.evil.example:6101",
            "localhost:6101@evil.example",
            "",
            ":6101",
        ] {
            assert!(!hosts.allow(Some(theirs)), "{theirs}");
        }
        assert!(hosts.allow(None));
    }
}
