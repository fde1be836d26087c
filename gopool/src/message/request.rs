//! What a client asked for.

use std::{any::Any, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method};
use serde::{Deserialize, Serialize};

use super::{content::Content, headers::Headers, held::HeldFile, live::Live, request_id::RequestId, wire};

/// What a client asked for, owned, with only the headers that the route named.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    #[serde(with = "wire::method")]
    method: Method,
    /// Path and query as they arrived, still percent-encoded.
    target: String,
    headers: Headers,
    body: Bytes,
    /// Instead of `body`, when that is not in memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spooled: Option<Box<Spooled>>,
    /// Instead of both, when it arrives while the handler runs; it does not cross, for who takes it runs here.
    #[serde(skip)]
    live: Option<Live>,
    id: RequestId,
    /// What its body takes up elsewhere, for as long as it is anywhere.
    #[serde(skip)]
    held: Option<Arc<dyn Any + Send + Sync>>,
}

/// A body in a file, from its beginning on.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Spooled {
    file: HeldFile,
    length: u64,
}

impl Request {
    /// A request for `target` (path and query, percent-encoded), without headers or body.
    pub fn new(method: Method, target: impl Into<String>, id: RequestId) -> Self {
        Self {
            method,
            target: target.into(),
            headers: Headers::default(),
            body: Bytes::new(),
            spooled: None,
            live: None,
            id,
            held: None,
        }
    }

    /// The same request with these headers.
    #[must_use]
    pub fn with_headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers.into();
        self
    }

    /// The same request with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The same request with a body of so many bytes in this file.
    #[must_use]
    pub(crate) fn with_spooled(mut self, file: HeldFile, length: u64) -> Self {
        self.spooled = Some(Box::new(Spooled { file, length }));
        self
    }

    /// The same request with a body that is still to come.
    #[must_use]
    pub(crate) fn with_live(mut self, live: Live) -> Self {
        self.live = Some(live);
        self
    }

    /// Its body, if that is still to come.
    pub(crate) fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    /// The file that holds its body, if one does.
    pub(crate) fn held(&self) -> Option<HeldFile> {
        Some(self.spooled.as_ref()?.file.clone())
    }

    /// The body, wherever it is.
    pub(crate) fn content(&self) -> Content {
        match &self.spooled {
            Some(spooled) => Content::of_file(spooled.file.clone(), spooled.length),
            None => Content::Memory(self.body.clone()),
        }
    }

    /// Whether the client sent a body of no bytes, or none.
    pub(crate) fn is_bodiless(&self) -> bool {
        self.body.is_empty() && self.spooled.is_none()
    }

    /// The same request, with which this lives.
    #[must_use]
    pub(crate) fn holding(mut self, held: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        self.held = held;
        self
    }

    #[must_use]
    pub(crate) fn without_header(mut self, name: &HeaderName) -> Self {
        self.headers.remove(name);
        self
    }

    /// Leaves an empty one.
    pub(crate) fn take_body(&mut self) -> Bytes {
        std::mem::take(&mut self.body)
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Path and query, percent-encoded.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path, percent-encoded, without the query.
    pub fn path(&self) -> &str {
        let path = self
            .target
            .split_once('?')
            .map_or(&*self.target, |(path, _)| path);
        // `GET http://host?query` means the root, and is routed there.
        if path.is_empty() { "/" } else { path }
    }

    /// What follows the `?`, percent-encoded; empty when there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The headers that crossed: those the route's parameters name, and those the `header_getter` picked.
    pub fn headers(&self) -> &HeaderMap {
        self.headers.map()
    }

    /// The body, at most `max_body` bytes. Empty where it is in a file, for an [`Upload`](crate::Upload), or still to come, for
    /// an [`Incoming`](crate::Incoming).
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The id under which logs and the answer speak of this request.
    pub fn id(&self) -> &RequestId {
        &self.id
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_target_without_a_path_means_the_root() {
        let of = |target: &str| Request::new(Method::GET, target, RequestId::random());
        assert_eq!((of("?a=1").path(), of("?a=1").query()), ("/", "a=1"));
        assert_eq!(of("/b?a=1").path(), "/b");
    }

    #[test]
    fn a_request_survives_the_wire() {
        let mut headers = HeaderMap::new();
        headers.append("x-tenant", HeaderValue::from_static("acme"));
        headers.append("x-tenant", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        let request = Request::new(Method::POST, "/a%20b?c=d?e", RequestId::random())
            .with_headers(headers)
            .with_body(&b"\x00\xffbody"[..]);
        let text = serde_json::to_string(&request).unwrap();
        let back: Request = serde_json::from_str(&text).unwrap();
        assert_eq!(back.method(), Method::POST);
        assert_eq!((back.path(), back.query()), ("/a%20b", "c=d?e"));
        assert_eq!(back.headers(), request.headers());
        assert_eq!(back.body(), request.body());
        assert_eq!(back.id(), request.id());
    }
}
