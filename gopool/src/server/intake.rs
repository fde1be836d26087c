//! From actix's request to ours: only what the route asks for crosses.

use std::time::Duration;

use actix_web::{
    FromRequest as _, HttpRequest,
    dev::Payload,
    http::header::{CONTENT_LENGTH, HeaderMap as ActixHeaders, HeaderName as ActixName},
    web,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{
    names::{REQUEST_ID, TRACE_PARENT},
    watch::Asked,
};
use crate::{
    error::{Error, Kind},
    message::{RequestId, TraceParent},
    route::{HeaderGetter, Route},
};

/// The headers that one route wants, in both vocabularies.
#[derive(Debug)]
pub(super) struct WantedHeaders {
    named: Vec<(ActixName, HeaderName)>,
    picked_by: Option<&'static HeaderGetter>,
}

impl WantedHeaders {
    /// What the parameters of `route` name.
    pub(super) fn of(route: &Route, getter: Option<&'static HeaderGetter>) -> Self {
        let mut names: Vec<&str> = route
            .params
            .iter()
            .flat_map(|spec| spec.headers)
            .copied()
            .collect();
        names.sort_unstable();
        names.dedup();
        let both = |name: &str| Some((name.parse().ok()?, name.parse().ok()?));
        let wants_picked = route.params.iter().any(|spec| spec.wants_picked_headers);
        Self {
            named: names.into_iter().filter_map(both).collect(),
            picked_by: getter.filter(|_| wants_picked),
        }
    }

    /// Copies them, and nothing else; `None` when the route wants none.
    pub(super) fn copy(&self, request: &HttpRequest) -> Option<HeaderMap> {
        if self.named.is_empty() && self.picked_by.is_none() {
            return None;
        }
        let mut headers = match self.picked_by {
            Some(getter) => (getter.run)(&all_headers(request.headers())),
            None => HeaderMap::new(),
        };
        for (theirs, ours) in &self.named {
            headers.remove(ours);
            for value in request.headers().get_all(theirs) {
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    headers.append(ours.clone(), value);
                }
            }
        }
        Some(headers)
    }
}

/// What a body may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimits {
    /// In bytes.
    pub(crate) size: u64,
    /// Until all of it has arrived.
    pub(crate) time: Duration,
}

/// All of actix's headers in our vocabulary.
pub(super) fn all_headers(theirs: &ActixHeaders) -> HeaderMap {
    let pairs = theirs.iter().filter_map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    });
    let mut headers = HeaderMap::new();
    pairs.for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers
}

/// The method in our vocabulary. actix has checked that it is a token, so the fallback is never taken.
pub(super) fn method(request: &HttpRequest) -> Method {
    Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default()
}

/// Path and query as they arrived.
pub(super) fn target(request: &HttpRequest) -> &str {
    request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str())
}

/// The client's request id if it is fit, else the id of its trace, else a new one.
pub(super) fn request_id(request: &HttpRequest, trace: Option<&TraceParent>) -> RequestId {
    let given = request.headers().get(&REQUEST_ID);
    given
        .and_then(|value| RequestId::from_client(value.as_bytes()))
        .or_else(|| RequestId::from_client(trace?.trace_id().as_bytes()))
        .unwrap_or_else(RequestId::random)
}

/// The trace that the client says this request belongs to.
pub(super) fn trace_parent(request: &HttpRequest) -> Option<TraceParent> {
    TraceParent::read(request.headers().get(&TRACE_PARENT)?.as_bytes())
}

/// What the log says of it.
pub(super) fn asked(request: &HttpRequest, id: &RequestId) -> Asked {
    Asked {
        id: id.clone(),
        method: request.method().as_str().to_owned(),
        path: request.path().to_owned(),
        peer: request.peer_addr(),
    }
}

/// Reads the whole body, within these limits.
///
/// # Errors
/// Too large (at once when the client says so beforehand), too slow, or broken off.
pub(super) async fn body(
    request: &HttpRequest,
    payload: &mut Payload,
    BodyLimits { size: limit, time }: BodyLimits,
) -> Result<Bytes, Error> {
    if announced_length(request).is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let payload = web::Payload::from_request(request, payload)
        .await
        .map_err(|error| broken(&error))?;
    let at_most = usize::try_from(limit).unwrap_or(usize::MAX);
    match tokio::time::timeout(time, payload.to_bytes_limited(at_most)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(error))) => Err(broken(&error)),
        Ok(Err(_)) => Err(too_large(limit)),
        Err(_) => Err(Error::of(Kind::SlowBody).detail(format!("the body did not arrive within {time:?}"))),
    }
}

fn announced_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn too_large(limit: u64) -> Error {
    Error::of(Kind::TooLarge).detail(format!("the body is larger than {limit} bytes"))
}

fn broken(error: &actix_web::Error) -> Error {
    Error::bad_request(format!("the body broke off: {error}"))
}
