//! What crosses to where a call runs, be that another thread, another process or another machine.
//!
//! Written by serde, a field that a later version adds is passed over. The body is best taken out first and sent beside, as the
//! bytes that it is.

use std::{borrow::Cow, time::Duration};

use serde::{Deserialize, Serialize};

use super::{origin::Origin, standing::Standing};
use crate::{
    compress::Codings,
    message::{Request, TraceParent},
    template::Template,
};

/// One call on its way to where it runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) route: RouteKey,
    pub(crate) request: Request,
    pub(crate) deadline: Deadline,
    #[serde(default)]
    pub(crate) standing: Standing,
    /// The trace that the client says the request belongs to.
    pub(crate) trace: Option<TraceParent>,
    /// Absent when nobody watches.
    pub(crate) origin: Option<Origin>,
    #[serde(default)]
    pub(crate) codings: Codings,
}

/// Which route is called, in words that mean the same in every process of one program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct RouteKey {
    method: Cow<'static, str>,
    path: Cow<'static, str>,
}

impl RouteKey {
    /// The method, or what stands for all of them, and the path.
    pub(crate) const fn new(method: &'static str, path: Template) -> Self {
        Self {
            method: Cow::Borrowed(method),
            path: Cow::Borrowed(path.as_str()),
        }
    }
}

/// How long a call may take. These are times and not moments, because the clocks of two machines differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deadline {
    /// From acceptance to start.
    pub(crate) wait: Duration,
    /// From start to end.
    pub(crate) run: Duration,
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    use super::*;
    use crate::message::RequestId;

    fn any_bytes(random: &mut fastrand::Rng, most: usize) -> Vec<u8> {
        (0..random.usize(..most)).map(|_| random.u8(..)).collect()
    }

    fn any_envelope(random: &mut fastrand::Rng) -> Envelope {
        let methods = ["GET", "POST", "DELETE", "PROPFIND"];
        let method = methods[random.usize(..methods.len())];
        let mut headers = HeaderMap::new();
        for name in ["x-a", "x-a", "x-b"] {
            let value = HeaderValue::from_bytes(&any_bytes(random, 20));
            headers.append(
                HeaderName::from_static(name),
                value.unwrap_or(HeaderValue::from_static("")),
            );
        }
        let request = Request::new(
            method.parse::<Method>().unwrap(),
            "/a%20b?c=d?e",
            RequestId::random(),
        )
        .with_headers(headers)
        .with_body(any_bytes(random, 300));
        let trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        Envelope {
            route: RouteKey::new(method, Template::new("/{name}")),
            request,
            deadline: Deadline {
                wait: Duration::from_nanos(random.u64(..)),
                run: Duration::from_millis(random.u64(..1_000_000)),
            },
            standing: Standing {
                caller: random.bool().then(|| random.u64(..)),
                ..Standing::default()
            },
            trace: TraceParent::read(trace).filter(|_| random.bool()),
            origin: random.bool().then(|| Origin {
                number: random.u64(..),
                peer: Some(([192, 0, 2, 7], random.u16(..)).into()),
                caller: None,
            }),
            codings: Codings::default(),
        }
    }

    #[test]
    fn an_envelope_survives_the_wire() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let envelope = any_envelope(&mut random);
            let json = serde_json::to_vec(&envelope).unwrap();
            let back: Envelope = serde_json::from_slice(&json).unwrap();
            assert_eq!(
                (&back.route, back.deadline, back.trace, back.origin),
                (
                    &envelope.route,
                    envelope.deadline,
                    envelope.trace,
                    envelope.origin
                )
            );
            assert_eq!(back.standing, envelope.standing);
            let (one, other) = (&back.request, &envelope.request);
            assert_eq!((one.method(), one.target()), (other.method(), other.target()));
            assert_eq!((one.headers(), one.body()), (other.headers(), other.body()));
            assert_eq!(one.id(), other.id());
        }
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over() {
        let envelope = any_envelope(&mut fastrand::Rng::with_seed(7));
        let mut json = serde_json::to_value(&envelope).unwrap();
        json["priority"] = 3.into();
        json["request"]["colour"] = "red".into();
        assert!(serde_json::from_value::<Envelope>(json).is_ok());
    }

    #[test]
    fn what_no_request_could_hold_is_refused() {
        let envelope = any_envelope(&mut fastrand::Rng::with_seed(7));
        let json = serde_json::to_value(&envelope).unwrap();
        for (field, value) in [("method", "GET /"), ("id", "a\nb")] {
            let mut json = json.clone();
            json["request"][field] = value.into();
            assert!(serde_json::from_value::<Envelope>(json).is_err(), "{field}");
        }
        let mut json = json;
        json["trace"] = "00-nothing".into();
        assert!(serde_json::from_value::<Envelope>(json).is_err());
    }
}
