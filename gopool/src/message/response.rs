//! What goes back to the client.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::Range,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::ETAG};
use serde::{Deserialize, Serialize};

use super::{
    content::Content,
    cookie::Cookie,
    flow::{Beat, Flow, Parts, Source},
    headers::{Headers, header, is_of_the_server},
    wire,
};

/// The `application/json` media type.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The `text/plain` media type that text replies carry.
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
/// The media type of raw bytes.
pub(crate) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What goes back to the client.
///
/// ```
/// use gopool::Response;
/// let reply = Response::status(201)
///     .header("location", "/v1/reports/7")
///     .json(&["made"]);
/// assert_eq!(reply.code(), 201);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Response {
    #[serde(with = "wire::status")]
    status: StatusCode,
    /// Kept apart from `headers`: nearly every reply has exactly this one, and so needs no map.
    #[serde(with = "wire::optional_value")]
    content_type: Option<HeaderValue>,
    headers: Headers,
    body: Bytes,
    /// What is sent instead of `body`; it does not cross, whoever runs a handler makes parts of it.
    #[serde(skip)]
    flow: Option<Box<Flow>>,
    /// Why it cannot be sent as it is: what a handler asked for and HTTP does not allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mistake: Option<Box<str>>,
}

impl Response {
    /// An empty 200.
    pub fn ok() -> Self {
        Self::with_status(StatusCode::OK)
    }

    /// An empty response with this status code, 200 to 599. For any other number the client gets a 500, and the log the reason.
    ///
    /// 204, 205 and 304 never have a body, whatever is put into them.
    pub fn status(code: u16) -> Self {
        let is_final = (200..=599).contains(&code);
        match StatusCode::from_u16(code).ok().filter(|_| is_final) {
            Some(status) => Self::with_status(status),
            None => Self::ok().mistaken(format!("`{code}` is not the status of a reply: 200 to 599 are")),
        }
    }

    pub(crate) fn with_status(status: StatusCode) -> Self {
        Self {
            status,
            content_type: None,
            headers: Headers::default(),
            body: Bytes::new(),
            flow: None,
            mistake: None,
        }
    }

    pub(crate) fn with_body(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self::ok().content(content_type, body)
    }

    /// Adds a header. With one that cannot be sent, the client gets a 500 instead of this response, and the log the reason: a name
    /// that is none, a value of other than visible ASCII characters, spaces and tabs, and what only the server writes: `connection`,
    /// `content-length`, `keep-alive`, `proxy-connection`, `te`, `trailer`, `transfer-encoding`, `upgrade` and `x-request-id`.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match sendable(name, value) {
            Ok((http::header::CONTENT_TYPE, value)) => self.content_type = Some(value),
            Ok((name, value)) => self.headers.append(name, value),
            Err(reason) => return self.mistaken(reason),
        }
        self
    }

    /// Sets a cookie, or removes one: see [`Cookie`]. With one that no browser would keep, the client gets a 500 instead of this response, and the
    /// log the reason.
    #[must_use]
    pub fn cookie(self, cookie: Cookie) -> Self {
        match cookie.written() {
            Ok(text) => self.header("set-cookie", &text),
            Err(reason) => self.mistaken(reason),
        }
    }

    /// Adds a header that is known to be right.
    #[must_use]
    pub(crate) fn append(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Instead of all headers of this name; it is known to be right.
    #[must_use]
    pub(crate) fn replace(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.replace(name, value);
        self
    }

    /// Replaces the content type.
    #[must_use]
    pub fn content_type(self, media_type: &str) -> Self {
        self.header("content-type", media_type)
    }

    /// The same response with this text as `text/plain`, unless a content type was set before.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.fill(TEXT, text.into())
    }

    /// The same response with these bytes as `application/octet-stream`, unless a content type was set before.
    #[must_use]
    pub fn bytes(self, bytes: impl Into<Bytes>) -> Self {
        self.fill(BYTES, bytes)
    }

    /// The same response with `value` as JSON. If it cannot be written as JSON, the client gets a 500, and the log the reason.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.fill(JSON, body),
            Err(cause) => self.mistaken(format!("the body cannot be written as JSON: {cause}")),
        }
    }

    /// The same with an `etag` of its body, so that a client that has it already, and says so by `If-None-Match`, is answered with 304 and no body. For what is 200,
    /// has a body that does not flow, and no `etag` yet. To answer takes the handler as long as before; it is the sending that is saved.
    ///
    /// For many routes at once it is the work of an [`after`](macro@crate::after):
    ///
    /// ```
    /// use gopool::Response;
    ///
    /// #[gopool::after("/v1/books")]
    /// fn tag(response: Response) -> Response {
    ///     response.with_etag()
    /// }
    /// # #[gopool::get("/v1/books")] fn books() -> &'static str { "" }
    ///
    /// let (one, other) = (Response::ok().text("one"), Response::ok().text("other"));
    /// assert_eq!(tag(one.clone()).headers()["etag"], one.clone().with_etag().headers()["etag"]);
    /// assert_ne!(tag(one).headers()["etag"], tag(other).headers()["etag"]);
    /// ```
    #[must_use]
    pub fn with_etag(self) -> Self {
        if self.status != StatusCode::OK || self.flow.is_some() || self.headers.map().contains_key(ETAG) {
            return self;
        }
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        // Two representations of the same bytes are two.
        self.content_type.hash(&mut hasher);
        let tag = format!("\"{:x}-{:016x}\"", self.body.len(), hasher.finish());
        match tag.parse() {
            Ok(tag) => self.append(ETAG, tag),
            Err(_) => self,
        }
    }

    /// The first mistake is the one to tell. Its status is that of what the client will get.
    fn mistaken(mut self, reason: String) -> Self {
        self.status = StatusCode::INTERNAL_SERVER_ERROR;
        self.mistake.get_or_insert_with(|| reason.into());
        self
    }

    /// What is to be sent, or why it cannot be.
    pub(crate) fn checked(self) -> Result<Self, String> {
        match self.mistake {
            Some(mistake) => Err(mistake.into()),
            None if is_without_body(self.status) => Ok(self.without_body()),
            None => Ok(self),
        }
    }

    fn fill(mut self, default_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let content_type = self.content_type.take().unwrap_or(default_type);
        self.content(content_type, body)
    }

    fn content(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.body = body.into();
        self.flow = None;
        self
    }

    /// With this body instead of any other.
    #[must_use]
    pub(crate) fn flowing(mut self, flow: Flow) -> Self {
        self.body = Bytes::new();
        self.flow = Some(Box::new(flow));
        self
    }

    /// The same body that flows, which comes from here.
    #[must_use]
    pub(crate) fn with_parts(mut self, parts: Parts) -> Self {
        self.flow = self.flow.map(|flow| Box::new(flow.with_parts(parts)));
        self
    }

    /// With a body that is read while it is sent.
    #[must_use]
    pub(crate) fn with_content(self, content: Content) -> Self {
        let length = content.len();
        self.flowing(Flow::new(Source::Content(content)))
            .of_length(length)
    }

    /// With a body that flows of so many bytes.
    #[must_use]
    pub(crate) fn of_length(mut self, bytes: u64) -> Self {
        if let Some(flow) = &mut self.flow {
            flow.length = Some(bytes);
        }
        self
    }

    /// With only a part of a body that is a content.
    #[must_use]
    pub(crate) fn narrowed(mut self, range: Range<u64>) -> Self {
        self.flow = self.flow.map(|flow| Box::new(flow.narrowed(range)));
        self
    }

    /// With a body of events that is kept alive like this.
    #[must_use]
    pub(crate) fn beating(mut self, beat: Beat) -> Self {
        if let Some(flow) = &mut self.flow {
            flow.beat = Some(beat);
        }
        self
    }

    /// With all of a body that was to flow.
    ///
    /// # Errors
    /// It is not as long as was said.
    pub(crate) fn whole(mut self, body: Bytes) -> Result<Self, String> {
        let said = self.flow.take().and_then(|flow| flow.length);
        if let Some(said) = said.filter(|said| *said != body.len() as u64) {
            return Err(wrong_length(said));
        }
        self.body = body;
        Ok(self)
    }

    /// Leaves none.
    pub(crate) fn take_flow(&mut self) -> Option<Box<Flow>> {
        self.flow.take()
    }

    /// A body that flows, if it has one.
    pub(crate) fn flow(&self) -> Option<&Flow> {
        self.flow.as_deref()
    }

    /// The status code as a number.
    pub fn code(&self) -> u16 {
        self.status.as_u16()
    }

    /// The content type, if there is a body that has one.
    pub fn media_type(&self) -> Option<&HeaderValue> {
        self.content_type.as_ref()
    }

    /// The headers other than the content type.
    pub fn headers(&self) -> &HeaderMap {
        self.headers.map()
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Puts it back.
    pub(crate) fn give_body(&mut self, body: Bytes) {
        self.body = body;
    }

    /// Leaves an empty one.
    pub(crate) fn take_body(&mut self) -> Bytes {
        std::mem::take(&mut self.body)
    }

    /// Without its body and what describes it.
    #[must_use]
    pub(crate) fn without_body(mut self) -> Self {
        self.content_type = None;
        self.body = Bytes::new();
        self.flow = None;
        self
    }

    #[must_use]
    pub(crate) fn and_status_of(self, other: &Self) -> Self {
        self.and_status(other.status)
    }

    #[must_use]
    pub(crate) fn and_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

/// What is wrong with a body that was said to be so long.
pub(crate) fn wrong_length(said: u64) -> String {
    format!("the body has not the {said} bytes that it was said to have")
}

/// A header that a response may have.
fn sendable(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (checked, value) = header(name, value)?;
    if is_of_the_server(&checked) {
        return Err(format!("the header `{name}` is the server's to write"));
    }
    Ok((checked, value))
}

/// Whether nothing follows the head, whatever the handler gave.
fn is_without_body(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_response_survives_the_wire() {
        let response = Response::status(201)
            .header("set-cookie", "a=1")
            .header("set-cookie", "b=2")
            .json(&[1, 2]);
        let text = serde_json::to_string(&response).unwrap();
        let back: Response = serde_json::from_str(&text).unwrap();
        assert_eq!(back.code(), 201);
        assert_eq!(back.media_type(), Some(&JSON));
        assert_eq!(back.headers().get_all("set-cookie").iter().count(), 2);
        assert_eq!(&back.body()[..], b"[1,2]");
    }

    #[test]
    fn what_cannot_be_sent_is_a_500_that_says_what() {
        for (name, value) in [
            ("x-a", "1\r\nx-b: 2"),
            ("bad name", "1"),
            ("content-disposition", "attachment; filename=\"caf\u{e9}\""),
            ("location", "/caf\u{e9}"),
            ("content-type", "text/plain\0"),
            ("Content-Length", "7"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("keep-alive", "timeout=5"),
            ("Proxy-Connection", "close"),
            ("te", "trailers"),
            ("trailer", "x-a"),
            ("upgrade", "h2c"),
            ("x-request-id", "mine"),
        ] {
            let response = Response::status(201).header(name, value).text("made");
            assert_eq!(response.code(), 500, "{name}");
            let mistake = response.checked().unwrap_err();
            assert!(mistake.contains(&format!("`{name}`")), "{mistake}");
        }
    }

    #[test]
    fn what_is_no_json_is_a_500_that_says_so() {
        let nothing_as_a_key = std::collections::HashMap::from([((), 1)]);
        let response = Response::status(201).json(&nothing_as_a_key);
        assert_eq!(response.code(), 500);
        assert!(response.checked().unwrap_err().contains("JSON"));
    }

    #[test]
    fn a_mistake_survives_the_wire_and_the_first_one_is_told() {
        let response = Response::status(42).header("bad name", "1");
        let text = serde_json::to_string(&response).unwrap();
        let back: Response = serde_json::from_str(&text).unwrap();
        assert!(back.checked().unwrap_err().contains("`42`"));
    }

    #[test]
    fn a_status_without_a_body_has_none() {
        for code in [204, 205, 304] {
            let response = Response::status(code)
                .header("etag", "\"7\"")
                .text("twelve bytes");
            let sent = response.checked().unwrap();
            assert_eq!((sent.body().len(), sent.media_type()), (0, None), "{code}");
            assert!(sent.headers().contains_key("etag"));
        }
    }

    #[test]
    fn a_content_type_set_first_stays() {
        let response = Response::ok().content_type("image/svg+xml").text("<svg/>");
        assert_eq!(response.media_type().unwrap(), "image/svg+xml");
    }

    #[test]
    fn a_status_that_is_no_final_one_is_a_500() {
        for code in [0, 42, 100, 101, 103, 199, 600, 999, 1000] {
            assert_eq!(Response::status(code).code(), 500, "{code}");
            assert!(Response::status(code).checked().is_err(), "{code}");
        }
        assert!(Response::status(200).checked().is_ok() && Response::status(599).checked().is_ok());
    }
}
