//! An answer, and the promises that every failure keeps.

use std::time::Duration;

use serde_json::Value;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// From the end of the request to the end of the answer.
    pub took: Duration,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The id under which the server speaks of the request.
    pub fn request_id(&self) -> &str {
        self.header("x-request-id")
            .unwrap_or_else(|| panic!("no request id: {self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_else(|_| panic!("not text: {self:?}"))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// How the `type` of the problem ends, such as `queue-full`, after checking all that a problem promises: its media
    /// type, the same status and request id as the headers, a title.
    pub fn problem(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(problem["request_id"], self.request_id(), "{problem}");
        assert!(
            problem["title"].as_str().is_some_and(|title| !title.is_empty()),
            "{problem}"
        );
        let kind = problem["type"]
            .as_str()
            .unwrap_or_else(|| panic!("no type: {problem}"));
        kind.rsplit(':').next().unwrap_or_default().to_owned()
    }

    /// The status and the end of the problem's `type`; a 503 must also say when to come back.
    pub fn failure(&self) -> (u16, String) {
        if self.status == 503 {
            let seconds = self
                .header("retry-after")
                .and_then(|wait| wait.parse::<u64>().ok());
            assert!(
                seconds.is_some_and(|seconds| seconds >= 1),
                "no `Retry-After`: {self:?}"
            );
        }
        (self.status, self.problem())
    }

    /// The problem's text for the client.
    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }
}
