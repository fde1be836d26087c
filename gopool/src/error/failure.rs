//! The error type itself.

use std::{error::Error as StdError, fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::kind::Kind;
use crate::message::{Headers, header, is_of_the_server};

pub(super) type Cause = Box<dyn StdError + Send + Sync>;

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
pub struct Error(pub(super) Box<Parts>);

pub(super) struct Parts {
    pub(super) status: StatusCode,
    pub(super) kind: Kind,
    pub(super) detail: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) headers: Headers,
    pub(super) cause: Option<Cause>,
}

impl Error {
    /// A failure with this status, 400 to 599; add what the client may read with [`Error::detail`]. Any other number becomes
    /// 500, and the log says so.
    pub fn status(code: u16) -> Self {
        if !(400..=599).contains(&code) {
            tracing::error!(code, "not the status of a failure, answering 500 instead");
            return Self::with(StatusCode::INTERNAL_SERVER_ERROR, Kind::Other);
        }
        Self::with(
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Kind::Other,
        )
    }

    /// 400 with a text for the client.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::status(400).detail(detail)
    }

    /// 401 with a text for the client. Its `www-authenticate` is `Bearer` unless [`Error::header`] gives another.
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

    /// A handler that panicked with this message.
    pub(crate) fn panicked(text: String) -> Self {
        Self::of(Kind::Panic).cause(format!("the handler panicked: {text}"))
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
            headers: Headers::default(),
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

    /// The same failure with one more header, such as the `www-authenticate` of a 401.
    ///
    /// What cannot be sent makes it an internal error, which the log explains: a name or value that HTTP does not allow, and the
    /// headers that the server writes itself (see [`Response::header`](crate::Response::header)), `content-type` among them, since the
    /// body is a problem document.
    ///
    /// ```
    /// use gopool::Error;
    /// let error = Error::unauthorized("sign in first").header("www-authenticate", "Bearer");
    /// assert_eq!((error.code(), error.headers().len()), (401, 1));
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match own_header(name, value) {
            Ok((name, value)) => {
                self.0.headers.append(name, value);
                self
            }
            Err(reason) => Self::internal(format!("{reason}; it was to go with: {self}")),
        }
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

    /// The headers that go with it, but for those of every problem and `Retry-After`.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers.map()
    }

    /// The cause, what caused it, and so on.
    pub(super) fn causes(&self) -> impl Iterator<Item = &dyn StdError> {
        let mut next = self.0.cause.as_deref().map(|cause| cause as &dyn StdError);
        std::iter::from_fn(move || {
            let cause = next?;
            next = cause.source();
            Some(cause)
        })
    }

    /// The cause that only the log knows, if any.
    pub fn private_cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }
}

/// A header that a failure may bring along.
fn own_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (checked, value) = header(name, value)?;
    if checked == CONTENT_TYPE || is_of_the_server(&checked) {
        return Err(format!(
            "the header `{name}` of a failure is the server's to write"
        ));
    }
    Ok((checked, value))
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
        self.causes().try_for_each(|cause| write!(f, ": {cause}"))
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
    fn a_failure_cannot_have_the_status_of_a_success() {
        assert_eq!(Error::status(200).code(), 500);
        assert_eq!(Error::status(42).code(), 500);
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

    #[test]
    fn a_header_that_cannot_be_sent_is_an_internal_error_that_says_which() {
        for (name, value) in [
            ("x-a", "1\r\nx-b: 2"),
            ("bad name", "1"),
            ("content-type", "text/plain"),
            ("Content-Length", "7"),
            ("transfer-encoding", "chunked"),
            ("keep-alive", "timeout=5"),
            ("X-Request-Id", "mine"),
        ] {
            let error = Error::not_found("no such item").header(name, value);
            assert_eq!(
                (error.kind(), error.public_detail()),
                (Kind::Internal, None),
                "{name}"
            );
            let text = error.to_string();
            assert!(text.contains(name) && text.contains("no such item"), "{text}");
        }
    }
}
