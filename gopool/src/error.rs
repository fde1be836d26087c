//! Failures: a status, a public text, and a private cause that stays in the log.
//!
//! Clients get RFC 9457 `application/problem+json`. What a handler did not mean for the client never reaches it.

use std::{error::Error as StdError, fmt, time::Duration};

use http::{HeaderValue, StatusCode};
use serde::Serialize;

mod kind;

pub use kind::Kind;

use crate::message::{RequestId, Response, status_or_500};

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Where a problem's `type` begins; [`Kind::slug`] is how it ends.
const TYPE_PREFIX: &str = "urn:gopool:problem:";

type Cause = Box<dyn StdError + Send + Sync>;

/// Why a request was not answered as asked.
///
/// Any `std::error::Error`, `anyhow::Error`, `String` or `&str` turns into one through `?`: a 500 whose text stays in
/// the log. The constructors here make errors whose text is meant for the client.
///
/// ```
/// use gopool::Error;
///
/// fn read(path: &str) -> Result<String, Error> {
///     if path.contains("..") {
///         return Err(Error::bad_request("`path` must not leave the folder"));
///     }
///     Ok(std::fs::read_to_string(path)?)
/// }
///
/// assert_eq!(read("../etc").unwrap_err().code(), 400);
/// assert_eq!(read("/no/such/file").unwrap_err().code(), 500);
/// ```
///
/// # An error type of your own
///
/// It chooses its status and its public text with `From`, and a handler may then return it:
///
/// ```
/// use gopool::{Error, Path};
///
/// enum ShopError {
///     SoldOut(u64),
///     Storage(std::io::Error),
/// }
///
/// impl From<ShopError> for Error {
///     fn from(error: ShopError) -> Self {
///         match error {
///             ShopError::SoldOut(id) => Error::conflict(format!("item {id} is sold out")),
///             ShopError::Storage(cause) => Error::internal(cause),
///         }
///     }
/// }
///
/// #[gopool::post("/v1/items/{id}/orders")]
/// fn order(id: Path<u64>) -> Result<(), ShopError> {
///     if *id == 7 { Err(ShopError::SoldOut(7)) } else { Ok(()) }
/// }
///
/// assert_eq!(order(Path(7)).map_err(Error::from).unwrap_err().code(), 409);
/// ```
///
/// A type that implements `std::error::Error` (with `thiserror`, for example) has its `From` already, the one that makes a 500 of it;
/// the compiler refuses a second one. Turn it into a reply with a function, `.map_err(to_reply)?`, or wrap it into a type of your own.
//
// It must not implement `std::error::Error`: the blanket `From` below would then overlap with `From<T> for T`.
pub struct Error(Box<Parts>);

struct Parts {
    status: StatusCode,
    kind: Kind,
    detail: Option<String>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    cause: Option<Cause>,
}

impl Error {
    /// A failure with this status, 400 to 599; add what the client may read with [`Error::detail`]. Any other number becomes
    /// 500, and the log says so.
    pub fn status(code: u16) -> Self {
        if !(400..=599).contains(&code) {
            tracing::error!(code, "not the status of a failure, answering 500 instead");
            return Self::with(StatusCode::INTERNAL_SERVER_ERROR, Kind::Other);
        }
        Self::with(status_or_500(code), Kind::Other)
    }

    /// 400 with a text for the client.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::status(400).detail(detail)
    }

    /// 401 with a text for the client.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::status(401).detail(detail)
    }

    /// 403 with a text for the client.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::status(403).detail(detail)
    }

    /// 404 with a text for the client.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::status(404).detail(detail)
    }

    /// 409 with a text for the client.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::status(409).detail(detail)
    }

    /// 422 with a text for the client.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self::status(422).detail(detail)
    }

    /// 500 with a cause for the log; the client learns nothing of it.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Self::of(Kind::Internal).cause(cause)
    }

    pub(crate) fn of(kind: Kind) -> Self {
        Self::with(kind.parts().0, kind)
    }

    fn with(status: StatusCode, kind: Kind) -> Self {
        Self(Box::new(Parts {
            status,
            kind,
            detail: None,
            retry_after: None,
            allow: None,
            cause: None,
        }))
    }

    /// The same failure with a text for the client.
    #[must_use]
    pub fn detail(mut self, text: impl Into<String>) -> Self {
        self.0.detail = Some(text.into());
        self
    }

    /// The same failure with a cause for the log, which the client never sees.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Cause>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// The same failure with a `Retry-After` header, rounded up to whole seconds, at least 1.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    #[must_use]
    pub(crate) fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// The status code.
    pub fn code(&self) -> u16 {
        self.0.status.as_u16()
    }

    /// Which of the named failures this is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The text that the client reads, if any.
    pub fn public_detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The cause that only the log knows, if any.
    pub fn private_cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }

    /// What the client gets: the problem, and the headers that belong to it.
    pub(crate) fn to_response(&self, id: &RequestId) -> Response {
        let (_, slug, title) = self.0.kind.parts();
        let other = self.0.kind == Kind::Other;
        let problem = Problem {
            kind: if other {
                "about:blank".to_owned()
            } else {
                format!("{TYPE_PREFIX}{slug}")
            },
            title: if other {
                self.0.status.canonical_reason().unwrap_or(title)
            } else {
                title
            },
            status: self.code(),
            detail: self.public_detail(),
            request_id: id.as_str(),
        };
        // A struct of text and numbers: writing it cannot fail.
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = Response::with_body(PROBLEM_JSON, body).and_status(self.0.status);
        if let Some(wait) = self.0.retry_after {
            response = response.header("retry-after", &whole_seconds(wait).to_string());
        }
        if let Some(methods) = &self.0.allow {
            response = response.header("allow", methods);
        }
        response
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// RFC 9457, section 3, with the request id as an extension.
#[derive(Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    request_id: &'a str,
}

impl<E: Into<Cause>> From<E> for Error {
    fn from(cause: E) -> Self {
        Self::internal(cause)
    }
}

/// For the log: the private cause and what caused it are included.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.0.kind.slug())?;
        if let Some(detail) = &self.0.detail {
            write!(f, ": {detail}")?;
        }
        let mut cause: Option<&dyn StdError> = self.0.cause.as_deref().map(|cause| cause as _);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "gopool::Error({self})")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn body(error: &Error) -> serde_json::Value {
        serde_json::from_slice(error.to_response(&RequestId::from_client(b"r1").unwrap()).body()).unwrap()
    }

    #[test]
    fn the_private_cause_stays_out_of_the_response() {
        let error = Error::from(std::io::Error::other("secret"));
        assert!(!body(&error).to_string().contains("secret"));
        assert!(error.to_string().contains("secret"));
    }

    #[test]
    fn any_error_or_text_becomes_an_internal_error() {
        for error in [
            Error::from("text"),
            Error::from(String::from("text")),
            Error::from("x".parse::<u8>().unwrap_err()),
        ] {
            assert_eq!((error.code(), error.kind()), (500, Kind::Internal));
        }
    }

    #[test]
    fn a_problem_names_its_type_its_status_and_the_request() {
        let problem = body(&Error::of(Kind::QueueFull).detail("2 tasks wait"));
        assert_eq!(problem["type"], "urn:gopool:problem:queue-full");
        assert_eq!(problem["status"], 503);
        assert_eq!(problem["detail"], "2 tasks wait");
        assert_eq!(problem["request_id"], "r1");
    }

    #[test]
    fn a_chosen_status_has_its_standard_title() {
        let problem = body(&Error::conflict("taken"));
        assert_eq!(
            (&problem["type"], &problem["title"]),
            (&"about:blank".into(), &"Conflict".into())
        );
    }

    #[test]
    fn a_failure_cannot_have_the_status_of_a_success() {
        assert_eq!(Error::status(200).code(), 500);
        assert_eq!(Error::status(42).code(), 500);
    }

    #[test]
    fn retry_after_is_whole_seconds_and_at_least_one() {
        assert_eq!(whole_seconds(Duration::ZERO), 1);
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(3)), 3);
    }

    #[test]
    fn the_log_text_follows_the_chain_of_causes() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl StdError for Outer {
            fn source(&self) -> Option<&(dyn StdError + 'static)> {
                Some(&self.0)
            }
        }
        let error = Error::from(Outer(std::io::Error::other("inner")));
        assert_eq!(error.to_string(), "500 internal: outer: inner");
    }
}
