//! What goes back to the client.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::{headers::Headers, wire};

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
}

impl Response {
    /// An empty 200.
    pub fn ok() -> Self {
        Self::with_status(StatusCode::OK)
    }

    /// An empty response with this status code; a number outside 100..=999 becomes 500, and the log says so.
    pub fn status(code: u16) -> Self {
        Self::with_status(status_or_500(code))
    }

    pub(crate) fn with_status(status: StatusCode) -> Self {
        Self {
            status,
            content_type: None,
            headers: Headers::default(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn with_body(content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        Self::ok().content(content_type, body)
    }

    /// Adds a header. A name or value that HTTP does not allow is left out, and the log says so: a handler must not be
    /// able to split a response in two.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
            (Ok(http::header::CONTENT_TYPE), Ok(value)) => self.content_type = Some(value),
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            _ => tracing::error!(
                name,
                "header left out of the response: name or value is not valid HTTP"
            ),
        }
        self
    }

    /// Adds a header that is known to be right.
    #[must_use]
    pub(crate) fn append(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
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

    /// The same response with `value` as JSON. A value that cannot be written as JSON becomes a 500, and the log says why.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.fill(JSON, body),
            Err(cause) => {
                tracing::error!(%cause, "reply cannot be written as JSON");
                Self::with_status(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn fill(mut self, default_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        let content_type = self.content_type.take().unwrap_or(default_type);
        self.content(content_type, body)
    }

    fn content(mut self, content_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type);
        self.body = body.into();
        self
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

    /// Leaves an empty one.
    pub(crate) fn take_body(&mut self) -> Bytes {
        std::mem::take(&mut self.body)
    }

    /// Without its body and what describes it.
    #[must_use]
    pub(crate) fn without_body(mut self) -> Self {
        self.content_type = None;
        self.body = Bytes::new();
        self
    }

    #[must_use]
    pub(crate) fn and_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

fn status_or_500(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or_else(|_| {
        tracing::error!(code, "not an HTTP status code, answering 500 instead");
        StatusCode::INTERNAL_SERVER_ERROR
    })
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
    fn a_header_cannot_split_the_response() {
        let response = Response::ok()
            .header("x-a", "1\r\nx-b: 2")
            .header("bad name", "1");
        assert!(response.headers().is_empty());
    }

    #[test]
    fn a_content_type_set_first_stays() {
        let response = Response::ok().content_type("image/svg+xml").text("<svg/>");
        assert_eq!(response.media_type().unwrap(), "image/svg+xml");
    }

    #[test]
    fn a_status_that_is_no_status_is_a_500() {
        assert_eq!(Response::status(42).code(), 500);
    }
}
