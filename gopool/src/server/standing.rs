//! What the head of a request says of how it is to be admitted: how urgent it is, whose it is, and for how long its caller waits.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    time::{Duration, Instant},
};

use actix_http::RequestHead;
use actix_web::http::header::HeaderName;

use super::intake;
use crate::{
    call::{Caller, Standing},
    config::Config,
    route::KnownBy,
};
use gopool_pool::Priority;

/// Where the heads of requests say so.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    priority: Option<HeaderName>,
    deadline: Option<HeaderName>,
    /// For routes that do not say it themselves.
    callers: Option<Callers>,
    /// With a key of its own in each process, so that nobody can choose to be taken for somebody else.
    hasher: RandomState,
}

/// What tells callers apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Callers {
    /// The socket's peer. Behind a proxy that is the proxy.
    Peer,
    Header(HeaderName),
}

impl Callers {
    /// What a route says of it.
    pub(super) fn of(by: KnownBy) -> Option<Self> {
        Self::named(by.as_str())
    }

    /// `peer`, or the name of a header.
    fn named(name: &str) -> Option<Self> {
        match name {
            "peer" => Some(Self::Peer),
            name => name.parse().ok().map(Self::Header),
        }
    }
}

impl Standings {
    /// As the options say.
    pub(crate) fn of(config: &Config) -> Self {
        let name = |name: &Option<String>| name.as_deref()?.parse().ok();
        Self {
            priority: name(&config.priority_header),
            deadline: name(&config.deadline_header),
            callers: config.fair_by.as_deref().and_then(Callers::named),
            hasher: RandomState::new(),
        }
    }

    /// That of one request, whose route may say itself what tells its callers apart.
    pub(super) fn read(&self, head: &RequestHead, callers: Option<&Callers>) -> Standing {
        let callers = callers.or(self.callers.as_ref());
        Standing {
            priority: self.priority.as_ref().and_then(|name| priority(head, name)),
            caller: callers.map(|callers| self.caller(head, callers)),
            due: self.deadline.as_ref().and_then(|name| due(head, name)),
        }
    }

    /// Its caller as operators are told, where it is a header that tells callers apart.
    pub(super) fn named(&self, head: &RequestHead, callers: Option<&Callers>) -> Option<Caller> {
        let Some(Callers::Header(name)) = callers.or(self.callers.as_ref()) else {
            return None;
        };
        let key = intake::only(head, name)?.as_bytes();
        Some(Caller::of(key, self.hasher.hash_one(key)))
    }

    /// Those that are known by nothing, or by two things, are one caller.
    pub(super) fn caller(&self, head: &RequestHead, callers: &Callers) -> u64 {
        match callers {
            Callers::Peer => {
                let address = head.peer_addr.map(|peer| network(peer.ip()));
                self.hasher.hash_one(address)
            }
            Callers::Header(name) => {
                let key = intake::only(head, name).map(|key| key.as_bytes());
                self.hasher.hash_one(key)
            }
        }
    }
}

/// An address; of IPv6 the half that one customer is given whole.
fn network(address: IpAddr) -> u128 {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits() >> 64 << 64,
    }
}

/// A word that is none says nothing.
fn priority(head: &RequestHead, name: &HeaderName) -> Option<Priority> {
    intake::only(head, name)?.to_str().ok()?.parse().ok()
}

/// The earliest, should there be several; what cannot be read says nothing.
fn due(head: &RequestHead, name: &HeaderName) -> Option<Instant> {
    let times = head.headers().get_all(name);
    let shortest = times.filter_map(|time| time_of(time.to_str().ok()?)).min()?;
    Instant::now().checked_add(shortest)
}

/// Milliseconds, as Envoy writes them (`x-envoy-expected-rq-timeout-ms: 250`), or a number with a unit of gRPC's (`grpc-timeout: 250m`).
fn time_of(text: &str) -> Option<Duration> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let nanos: u64 = match unit {
        "" | "m" => 1_000_000,
        "n" => 1,
        "u" => 1_000,
        "S" => 1_000_000_000,
        "M" => 60_000_000_000,
        "H" => 3_600_000_000_000,
        _ => return None,
    };
    let number: u64 = number.parse().ok()?;
    Some(Duration::from_nanos(number.saturating_mul(nanos)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn who_sends_two_keys_is_known_by_none_and_two_priorities_say_nothing() {
        let standings = Standings {
            priority: "x-priority".parse().ok(),
            callers: Callers::named("x-key"),
            ..Standings::default()
        };
        let read = |headers: &[(&'static str, &'static str)]| {
            let mut request = actix_http::Request::new();
            for (name, value) in headers {
                let value = actix_web::http::header::HeaderValue::from_static(value);
                request.headers_mut().append(HeaderName::from_static(name), value);
            }
            let Standing { caller, priority, .. } = standings.read(request.head(), None);
            (caller, priority)
        };
        let nothing = read(&[]);
        assert_ne!(read(&[("x-key", "a"), ("x-priority", "sheddable")]), nothing);
        let twice = [
            ("x-key", "a"),
            ("x-key", "b"),
            ("x-priority", "sheddable"),
            ("x-priority", "critical"),
        ];
        assert_eq!(read(&twice), nothing);
    }

    fn ms(millis: u64) -> Option<Duration> {
        Some(Duration::from_millis(millis))
    }

    #[test]
    fn a_time_is_milliseconds_or_has_a_unit_of_grpc() {
        let table = [
            ("250", ms(250)),
            ("0", ms(0)),
            ("100m", ms(100)),
            ("5S", ms(5_000)),
            ("2M", ms(120_000)),
            ("1H", ms(3_600_000)),
            ("2000u", ms(2)),
            ("3000000n", ms(3)),
            ("99999999H", Some(Duration::from_nanos(u64::MAX))),
        ];
        for (text, time) in table {
            assert_eq!(time_of(text), time, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_says_nothing() {
        let texts = [
            "", "m", "-1", "+1", "1.5", "1s", "1 S", "1ms", "0x10", " 1", "1e3",
        ];
        for text in texts.into_iter().chain(["99999999999999999999", "\u{0661}"]) {
            assert_eq!(time_of(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_address_of_ipv6_is_known_by_its_first_half_and_one_of_ipv4_by_all() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::2:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
