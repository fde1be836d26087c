//! What a test reads.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;

/// The answer to a request of a [`Client`](super::Client), its body as a whole.
#[derive(Clone)]
pub struct Answer {
    response: http::Response<Bytes>,
}

impl Answer {
    pub(super) fn new(response: http::Response<Bytes>) -> Self {
        Self { response }
    }

    /// The status code as a number.
    pub fn code(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The first value of this header, if it is text; the name's case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The body.
    pub fn bytes(&self) -> &Bytes {
        self.response.body()
    }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// The body is not JSON, or of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.bytes())
    }
}

/// With the body as text, for the message of an assertion.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("code", &self.code())
            .field("headers", self.headers())
            .field("body", &self.text())
            .finish()
    }
}
