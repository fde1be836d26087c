//! The error type itself.

use std::{error::Error as StdError, fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

use super::{kind::Kind, own::Own};
use crate::message::{Cookie, Headers, Response, header, is_of_the_server};

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
/// It is a `std::error::Error` itself, so `?` takes it into `anyhow` and the like, and what comes back out of there is the failure that
/// went in, under whatever context it was put.
///
/// # An error type of your own
///
/// It says with [`derive(Problem)`](macro@crate::Problem) how each of its variants is answered, beside `thiserror`:
///
/// ```
/// use gopool::{Error, Path};
///
/// #[derive(Debug, thiserror::Error, gopool::Problem)]
/// enum ShopError {
///     #[error("item {0} is sold out")]
///     #[problem(status = 409, title = "Sold out")]
///     SoldOut(u64),
///     #[error("storage failed")]
///     #[problem(status = 500)]
///     Storage(#[from] std::io::Error),
/// }
///
/// #[gopool::post("/v1/items/{id}/orders")]
/// fn order(id: Path<u64>) -> Result<(), ShopError> {
///     if *id == 7 { Err(ShopError::SoldOut(7)) } else { Ok(()) }
/// }
///
/// // It is the same through `?`.
/// fn order_all() -> Result<(), Error> {
///     Ok(order(Path(7))?)
/// }
///
/// assert_eq!(order_all().unwrap_err().code(), 409);
/// ```
///
/// Without the derive, a type that implements `std::error::Error` is a 500, and one that implements `From<It> for gopool::Error`, which
/// then must not implement `std::error::Error`, is what that makes of it.
pub struct Error(pub(super) Box<Parts>);

#[derive(Debug)]
pub(super) struct Parts {
    pub(super) status: StatusCode,
    pub(super) kind: Kind,
    pub(super) detail: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) headers: Headers,
    /// What the application calls it.
    pub(super) own: Option<Box<Own>>,
    /// What the client gets in place of the problem.
    pub(super) answer: Option<Box<Response>>,
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
            own: None,
            answer: None,
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

    /// The same failure with a cookie that is set, or removed, such as that of a session that has ended. One that no browser would keep makes it an
    /// internal error, which the log explains.
    #[must_use]
    pub fn cookie(self, cookie: Cookie) -> Self {
        match cookie.written() {
            Ok(text) => self.header("set-cookie", &text),
            Err(reason) => Self::internal(format!("{reason}; it was to go with: {self}")),
        }
    }

    /// The same failure with a problem `type` of its own: a URI that says which kind of failure it is, such as the address of a page
    /// about it. What is no URI makes it an internal error, which the log explains.
    #[must_use]
    pub fn problem_type(self, uri: &str) -> Self {
        self.with_own(|own| own.set_kind(uri))
    }

    /// The same failure with a title of its own: the same short text whenever this kind of failure occurs.
    #[must_use]
    pub fn title(self, text: impl Into<String>) -> Self {
        let text = text.into();
        self.with_own(|own| {
            own.title = Some(text);
            Ok(())
        })
    }

    /// The same failure with one more member in its problem document, for programs to read. A name that RFC 9457 or gopool gives a
    /// meaning, and a value that cannot be written as JSON, make it an internal error, which the log explains.
    ///
    /// ```
    /// use gopool::Error;
    /// let error = Error::conflict("there are 2 left").title("Out of stock").member("left", &2);
    /// assert_eq!(error.code(), 409);
    /// ```
    #[must_use]
    pub fn member<T: Serialize + ?Sized>(self, name: &str, value: &T) -> Self {
        self.with_own(|own| own.insert(name, value))
    }

    fn with_own(mut self, change: impl FnOnce(&mut Own) -> Result<(), String>) -> Self {
        match change(self.0.own.get_or_insert_default()) {
            Ok(()) => self,
            Err(reason) => Self::internal(format!("{reason}; it was to go with: {self}")),
        }
    }

    /// The same failure for the log, of which the client gets this.
    pub(crate) fn answered_by(mut self, response: Response) -> Self {
        self.0.answer = Some(Box::new(response));
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

    /// The headers that go with it, but for those of every problem and `Retry-After`.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers.map()
    }

    /// The cause, what caused it, and so on.
    pub(super) fn causes(&self) -> impl Iterator<Item = &dyn StdError> {
        let mut next = self.0.cause.as_deref().map(|cause| cause as &dyn StdError);
        std::iter::from_fn(move || {
            let cause = next?;
            // One of ours tells its causes itself.
            next = cause.source().filter(|_| !cause.is::<Self>());
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

impl Parts {
    /// The same for the client; the cause stays where it is.
    pub(super) fn without_cause(&self) -> Error {
        Error(Box::new(Self {
            status: self.status,
            kind: self.kind,
            detail: self.detail.clone(),
            retry_after: self.retry_after,
            headers: self.headers.clone(),
            own: self.own.clone(),
            answer: self.answer.clone(),
            cause: None,
        }))
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
    fn a_failure_cannot_have_the_status_of_a_success() {
        assert_eq!(Error::status(200).code(), 500);
        assert_eq!(Error::status(42).code(), 500);
    }

    #[test]
    fn what_no_problem_can_hold_is_an_internal_error_that_says_what() {
        for (error, word) in [
            (Error::conflict("taken").problem_type("two words"), "`two words`"),
            (Error::conflict("taken").problem_type(""), "URI"),
            (Error::conflict("taken").member("status", &200), "`status`"),
            (
                Error::conflict("taken").member("request_id", "mine"),
                "`request_id`",
            ),
            (
                Error::conflict("taken").member("map", &std::collections::HashMap::from([((), 1)])),
                "`map`",
            ),
        ] {
            assert_eq!(
                (error.kind(), error.public_detail()),
                (Kind::Internal, None),
                "{word}"
            );
            let text = error.to_string();
            assert!(text.contains(word) && text.contains("taken"), "{text}");
        }
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
