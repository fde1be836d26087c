//! The failures that gopool itself knows: their statuses, and the words that clients read.

use http::StatusCode;
use serde::{Deserialize, Serialize};

/// The failures that have a name of their own.
///
/// Written by serde as its [`slug`](Kind::slug). One that a later version has made up is read as [`Kind::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// 400: what has come is no request of HTTP/1.1, or contradicts itself.
    BadHead,
    /// 400: a path parameter cannot be read.
    BadPath,
    /// 400: the query cannot be read.
    BadQuery,
    /// 400: a header that the route needs is missing or cannot be read.
    BadHeader,
    /// 400: the body is not JSON.
    BadJson,
    /// 400: the body is not `multipart/form-data`, or not as it should be.
    BadMultipart,
    /// 404: no route has this path.
    NotFound,
    /// 405: the path has routes, none with this method.
    MethodNotAllowed,
    /// 408: the head did not arrive in time.
    SlowHead,
    /// 408: the body did not arrive in time.
    SlowBody,
    /// 413: the body is larger than `max_body`.
    TooLarge,
    /// 414: the path and query are too long.
    UriTooLong,
    /// 415: the body has a type, or is compressed in a way, that the route does not read.
    UnsupportedType,
    /// 417: the client expects what nobody here does.
    UnknownExpectation,
    /// 422: well-formed, but of the wrong shape.
    InvalidBody,
    /// 429: this caller has made more requests than its rate allows.
    RateLimited,
    /// 431: the head is too long, or has too many headers.
    HeadTooLarge,
    /// 500: the handler panicked.
    Panic,
    /// 500: the handler failed, and gave no status.
    Internal,
    /// 500: the process of the handler ended; it may have done its work.
    Crashed,
    /// 503: the queue has no room; not run.
    QueueFull,
    /// 503: the bodies of other requests take all memory that there is for them; not read.
    MemoryFull,
    /// 503: the bodies of other requests take all room that there is for files; not read to its end, not run.
    SpoolFull,
    /// 503: the body cannot be written to a file; not run.
    NoSpool,
    /// 503: waited longer than `queue_timeout`; not run.
    QueueTimeout,
    /// 503: the server is draining; not run.
    ShuttingDown,
    /// 503: there is no process to run it in; not run.
    NoProcess,
    /// 504: ran longer than `timeout`; told to stop.
    Timeout,
    /// 504: cancelled by an operator, or by the application itself; what had begun was told to stop.
    Cancelled,
    /// 507: the disk has no room for the body; not run.
    DiskFull,
    /// Another status that the handler chose.
    #[serde(rename = "error", other)]
    Other,
}

impl Kind {
    /// Every kind with a status of its own, in the order of that status.
    pub(crate) const ALL: [Self; 30] = [
        Self::BadHead,
        Self::BadPath,
        Self::BadQuery,
        Self::BadHeader,
        Self::BadJson,
        Self::BadMultipart,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::SlowHead,
        Self::SlowBody,
        Self::TooLarge,
        Self::UriTooLong,
        Self::UnsupportedType,
        Self::UnknownExpectation,
        Self::InvalidBody,
        Self::RateLimited,
        Self::HeadTooLarge,
        Self::Panic,
        Self::Internal,
        Self::Crashed,
        Self::QueueFull,
        Self::MemoryFull,
        Self::SpoolFull,
        Self::NoSpool,
        Self::QueueTimeout,
        Self::ShuttingDown,
        Self::NoProcess,
        Self::Timeout,
        Self::Cancelled,
        Self::DiskFull,
    ];

    /// The status, the end of the problem's `type`, and its `title`.
    pub(super) const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadHead => (StatusCode::BAD_REQUEST, "bad-head", "Request cannot be read"),
            Self::BadPath => (StatusCode::BAD_REQUEST, "bad-path", "Path cannot be read"),
            Self::BadQuery => (StatusCode::BAD_REQUEST, "bad-query", "Query cannot be read"),
            Self::BadHeader => (StatusCode::BAD_REQUEST, "bad-header", "Header cannot be read"),
            Self::BadJson => (StatusCode::BAD_REQUEST, "bad-json", "Body is not JSON"),
            Self::BadMultipart => (StatusCode::BAD_REQUEST, "bad-multipart", "Form cannot be read"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
            ),
            Self::SlowHead => (
                StatusCode::REQUEST_TIMEOUT,
                "slow-head",
                "Request did not arrive in time",
            ),
            Self::SlowBody => (
                StatusCode::REQUEST_TIMEOUT,
                "slow-body",
                "Body did not arrive in time",
            ),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body too large"),
            Self::UriTooLong => (
                StatusCode::URI_TOO_LONG,
                "uri-too-long",
                "Path and query too long",
            ),
            Self::UnsupportedType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-type",
                "Body type not supported",
            ),
            Self::UnknownExpectation => (
                StatusCode::EXPECTATION_FAILED,
                "unknown-expectation",
                "Expectation not known",
            ),
            Self::InvalidBody => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-body",
                "Body has the wrong shape",
            ),
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests"),
            Self::HeadTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "head-too-large",
                "Head too large",
            ),
            Self::Panic => (StatusCode::INTERNAL_SERVER_ERROR, "panic", "Handler panicked"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Crashed => (StatusCode::INTERNAL_SERVER_ERROR, "crashed", "Process crashed"),
            Self::QueueFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                "queue-full",
                "Server is at its limit",
            ),
            Self::MemoryFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                "memory-full",
                "No memory for the body",
            ),
            Self::SpoolFull => (
                StatusCode::SERVICE_UNAVAILABLE,
                "spool-full",
                "No room for the body",
            ),
            Self::NoSpool => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-spool",
                "No place for the body",
            ),
            Self::QueueTimeout => (
                StatusCode::SERVICE_UNAVAILABLE,
                "queue-timeout",
                "Waited too long",
            ),
            Self::ShuttingDown => (
                StatusCode::SERVICE_UNAVAILABLE,
                "shutting-down",
                "Server is shutting down",
            ),
            Self::NoProcess => (
                StatusCode::SERVICE_UNAVAILABLE,
                "no-process",
                "No process to run it in",
            ),
            Self::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "Ran too long"),
            Self::Cancelled => (StatusCode::GATEWAY_TIMEOUT, "cancelled", "Cancelled"),
            Self::DiskFull => (
                StatusCode::INSUFFICIENT_STORAGE,
                "disk-full",
                "No room on the disk",
            ),
            Self::Other => (StatusCode::INTERNAL_SERVER_ERROR, "error", "Error"),
        }
    }

    /// The kind that a failure of this status is of, when nothing else is known of it.
    pub(crate) const fn of_status(code: u16) -> Self {
        match code {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::TooLarge,
            414 => Self::UriTooLong,
            415 => Self::UnsupportedType,
            431 => Self::HeadTooLarge,
            500 => Self::Internal,
            _ => Self::Other,
        }
    }

    /// How the problem's `type` ends.
    pub const fn slug(self) -> &'static str {
        self.parts().1
    }

    /// The status code that this kind answers with.
    pub fn code(self) -> u16 {
        self.parts().0.as_u16()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_its_slug() {
        for kind in Kind::ALL.into_iter().chain([Kind::Other]) {
            let text = serde_json::to_string(&kind).unwrap();
            assert_eq!(text, format!("\"{}\"", kind.slug()));
            assert_eq!(serde_json::from_str::<Kind>(&text).unwrap(), kind);
        }
    }

    #[test]
    fn a_kind_that_nobody_knows_yet_is_another_one() {
        assert_eq!(serde_json::from_str::<Kind>("\"melted\"").unwrap(), Kind::Other);
    }
}
