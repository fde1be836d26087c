//! From actix's request to ours: only what the route asks for crosses.

use actix_http::RequestHead;
use actix_web::{
    dev::Payload,
    http::header::{
        ACCEPT, CONTENT_LENGTH, HeaderMap as ActixHeaders, HeaderName as ActixName,
        HeaderValue as ActixValue, TRANSFER_ENCODING,
    },
};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::{
    arriving::{Arriving, Next, no_memory, too_large},
    body_limits::BodyLimits,
    budget::Reserved,
    connection::announced_length,
    names::{REQUEST_ID, TRACE_PARENT},
    watch::Asked,
};
use crate::{
    error::Error,
    message::{RequestId, TraceParent},
    params::Delivery,
    route::{Failure, HeaderGetter, Route},
};

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HTTPS: HeaderValue = HeaderValue::from_static("https");

/// The headers that one route wants, in both vocabularies.
#[derive(Debug)]
pub(super) struct WantedHeaders {
    named: Vec<(ActixName, HeaderName)>,
    picked_by: Option<&'static HeaderGetter>,
}

impl WantedHeaders {
    /// What the parameters of `route` name.
    pub(super) fn of(route: &Route, getter: Option<&'static HeaderGetter>) -> Self {
        let mut names: Vec<&str> = route.specs().flat_map(|spec| spec.headers).copied().collect();
        names.sort_unstable();
        names.dedup();
        let both = |name: &str| Some((name.parse().ok()?, name.parse().ok()?));
        let wants_picked = route.specs().any(|spec| spec.wants_picked_headers);
        Self {
            named: names.into_iter().filter_map(both).collect(),
            picked_by: getter.filter(|_| wants_picked),
        }
    }

    /// Copies them, and nothing else; `None` when the route wants none. What came by TLS came by `https`, unless a proxy says otherwise.
    pub(super) fn copy(&self, request: &RequestHead, is_tls: bool) -> Option<HeaderMap> {
        if self.named.is_empty() && self.picked_by.is_none() {
            return None;
        }
        let mut headers = match self.picked_by {
            Some(getter) => (getter.run)(&Self::all_of(request, is_tls)),
            None => HeaderMap::new(),
        };
        for (theirs, ours) in &self.named {
            headers.remove(ours);
            for value in request.headers().get_all(theirs) {
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    headers.append(ours.clone(), value);
                }
            }
            if is_tls && *ours == FORWARDED_PROTO {
                headers.entry(FORWARDED_PROTO).or_insert(HTTPS);
            }
        }
        Some(headers)
    }

    fn all_of(request: &RequestHead, is_tls: bool) -> HeaderMap {
        let mut headers = all_headers(request.headers());
        if is_tls {
            headers.entry(FORWARDED_PROTO).or_insert(HTTPS);
        }
        headers
    }
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
pub(super) fn method(request: &RequestHead) -> Method {
    Method::from_bytes(request.method.as_str().as_bytes()).unwrap_or_default()
}

/// What the application is told of a failure.
pub(super) fn failure(request: &RequestHead, error: Error) -> Failure {
    // A list, however many lines it has.
    let accept: Vec<&[u8]> = request
        .headers()
        .get_all(ACCEPT)
        .map(|value| value.as_bytes())
        .collect();
    let accept = accept.join(&b',');
    Failure::of(error, method(request), request.uri.path(), Some(&accept))
}

/// The header of this name. One that is there twice says nothing: whoever stands before us may have read the other one.
pub(super) fn only<'a>(request: &'a RequestHead, name: &ActixName) -> Option<&'a ActixValue> {
    let mut values = request.headers().get_all(name);
    values.next().filter(|_| values.next().is_none())
}

/// Path and query as they arrived.
pub(super) fn target(request: &RequestHead) -> &str {
    request.uri.path_and_query().map_or("", |target| target.as_str())
}

/// The client's request id if it is fit, else the id of its trace, else a new one.
pub(super) fn request_id(request: &RequestHead, trace: Option<&TraceParent>) -> RequestId {
    only(request, &REQUEST_ID)
        .and_then(|value| RequestId::from_client(value.as_bytes()))
        .or_else(|| RequestId::from_client(trace?.trace_id().as_bytes()))
        .unwrap_or_else(RequestId::random)
}

/// The trace that the client says this request belongs to.
pub(super) fn trace_parent(request: &RequestHead) -> Option<TraceParent> {
    TraceParent::read(only(request, &TRACE_PARENT)?.as_bytes())
}

/// What the log says of it.
pub(super) fn asked(request: &RequestHead, id: &RequestId) -> Asked {
    Asked {
        id: id.clone(),
        method: request.method.as_str().to_owned(),
        path: request.uri.path().to_owned(),
        peer: request.peer_addr,
    }
}

/// What has come of a body together with its head.
pub(super) enum AtHand {
    Whole(Bytes),
    /// The rest is still to come; this is the first part, if anything is here.
    Part(Option<Next>),
}

/// The longest body that may be at hand, in bytes: what is read from a socket at once.
const MOST_AT_HAND: u64 = 32 << 10;

/// Asks for room for the body of a request, before any of it is asked for; for all that it may have if it `grows` when it is decoded.
///
/// # Errors
/// It says itself that it is too large, or the memory is in use.
pub(super) fn reserve(request: &RequestHead, limits: &BodyLimits, grows: bool) -> Result<Reserved, Error> {
    let length = announced_length(request).unwrap_or(0);
    if length > limits.size {
        return Err(too_large(limits.size));
    }
    let room = match limits.delivery {
        Delivery::Memory if grows => limits.size,
        Delivery::Memory => length,
        Delivery::Spooled => length.min(limits.spool.after),
        Delivery::Live => 0,
    };
    limits.budget.reserve(room).ok_or_else(no_memory)
}

/// Asks for room in files for a body that may go there.
///
/// # Errors
/// There is none.
pub(super) fn room(request: &RequestHead, limits: &BodyLimits) -> Result<Option<Reserved>, Error> {
    match limits.delivery {
        Delivery::Spooled => {
            let announced = announced_length(request).unwrap_or(0);
            limits.spool.reserve(announced).map(Some)
        }
        Delivery::Memory | Delivery::Live => Ok(None),
    }
}

/// The body of a request, if all of it is here already: it is small, and came with the head. Asks for nothing and waits for nothing.
pub(super) fn body_at_hand(request: &RequestHead, payload: &mut Payload) -> AtHand {
    if !has_body(request) {
        return AtHand::Whole(Bytes::new());
    }
    let length = match announced_length(request) {
        Some(length) if length <= MOST_AT_HAND && !request.expect() => length,
        _ => return AtHand::Part(None),
    };
    match payload.next().now_or_never() {
        Some(Some(Ok(chunk))) if chunk.len() as u64 == length => AtHand::Whole(chunk),
        come => AtHand::Part(come),
    }
}

/// Reads the whole body into what was reserved.
///
/// # Errors
/// Too large, too slow, or broken off.
pub(super) async fn body(mut arriving: Arriving<'_>, reserved: &mut Reserved) -> Result<Bytes, Error> {
    let mut body = Body::Empty(arriving.announced);
    reserved.begin_to_wait();
    while let Some(part) = arriving.next().await? {
        if !reserved.grow_to(arriving.length) {
            return Err(no_memory());
        }
        body = body.and(part);
    }
    match reserved.end_to_wait() {
        true => Ok(body.whole()),
        false => Err(no_memory()),
    }
}

/// What has come of a body; the first part is not copied, for it is often the whole.
enum Body {
    /// So many bytes were announced.
    Empty(u64),
    One(Bytes, u64),
    More(BytesMut),
}

impl Body {
    fn and(self, next: Bytes) -> Self {
        let mut parts = match self {
            Self::Empty(announced) => return Self::One(next, announced),
            Self::One(first, announced) => {
                let announced = usize::try_from(announced).unwrap_or(0);
                let mut parts = BytesMut::with_capacity(announced.max(first.len() + next.len()));
                parts.extend_from_slice(&first);
                parts
            }
            Self::More(parts) => parts,
        };
        parts.extend_from_slice(&next);
        Self::More(parts)
    }

    fn whole(self) -> Bytes {
        match self {
            Self::Empty(_) => Bytes::new(),
            Self::One(whole, _) => whole,
            Self::More(parts) => parts.freeze(),
        }
    }
}

/// Whether a request has a body at all: RFC 9112, section 6.
fn has_body(request: &RequestHead) -> bool {
    [CONTENT_LENGTH, TRANSFER_ENCODING]
        .iter()
        .any(|name| request.headers.contains_key(name))
}
