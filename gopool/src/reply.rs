//! Replies: how a handler's return value becomes a response.
//!
//! A handler may return what is a [`Reply`], any `T: Serialize`, a [`Status`] around either, and a `Result` around all of
//! these. Rust has no "this trait, or else that one", so the attribute's expansion, where the types are concrete, lets
//! method lookup choose: see [`answer`] and [`by_type`].

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::{
    error::Error,
    message::{BYTES, JSON, Response, TEXT},
    route::Outcome,
};

pub(crate) mod answer;
pub(crate) mod by_type;

/// What is a response by itself, without being written as JSON.
///
/// Handlers may also return any `T: serde::Serialize`, which is answered with 200 and JSON, and `Result<T, E>` of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the reply of a handler",
    label = "neither a response nor serialisable",
    note = "return a `T: serde::Serialize` (derive it with `#[derive(serde::Serialize)]`), `String`, `&'static str`, `Bytes`, `()`, \
            `gopool::Response`, `gopool::Status<CODE, T>`, or a `Result` of one of them"
)]
pub trait Reply {
    /// Makes the response.
    ///
    /// # Errors
    /// When the value cannot be turned into a response; the client gets a 500 and the log the cause.
    fn reply(self) -> Result<Response, Error>;
}

impl Reply for Response {
    fn reply(self) -> Outcome {
        Ok(self)
    }
}

/// `text/plain`.
impl Reply for String {
    fn reply(self) -> Outcome {
        Ok(Response::with_body(TEXT, self))
    }
}

/// `text/plain`.
impl Reply for &'static str {
    fn reply(self) -> Outcome {
        Ok(Response::with_body(TEXT, self))
    }
}

/// `application/octet-stream`.
impl Reply for Bytes {
    fn reply(self) -> Outcome {
        Ok(Response::with_body(BYTES, self))
    }
}

/// 204.
impl Reply for () {
    fn reply(self) -> Outcome {
        Ok(Response::with_status(StatusCode::NO_CONTENT))
    }
}

/// A reply with another status than 200.
///
/// ```
/// use gopool::Status;
///
/// #[derive(serde::Serialize)]
/// struct Made { id: u64 }
///
/// #[gopool::post("/v1/reports")]
/// fn create() -> Status<201, Made> {
///     Status(Made { id: 7 })
/// }
/// ```
///
/// 204, 205 and 304 never have a body, whatever is in the `T`. A code outside 200..=599 does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status<const CODE: u16, T = ()>(pub T);

impl<const CODE: u16, T> Status<CODE, T> {
    const IS_FINAL: () = assert!(
        200 <= CODE && CODE <= 599,
        "the status of a reply is between 200 and 599"
    );

    fn apply(response: Response) -> Response {
        const { Self::IS_FINAL }
        // The assertion above leaves nothing that could fail.
        let status = StatusCode::from_u16(CODE).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match CODE {
            204 | 205 | 304 => response.without_body().and_status(status),
            _ => response.and_status(status),
        }
    }
}

impl<const CODE: u16, T: Reply> Reply for Status<CODE, T> {
    fn reply(self) -> Outcome {
        self.0.reply().map(Self::apply)
    }
}

/// What a handler's `Err` may hold: whatever is `Into<gopool::Error>`.
///
/// A type that implements `std::error::Error` is so already; what to do to choose its status stands at [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a handler",
    label = "cannot become a `gopool::Error`",
    note = "use `gopool::Error`, or implement one of two for it, not both: `std::error::Error` (answered with 500, its text goes to \
            the log), or `From<{Self}> for gopool::Error` (you choose status and text)"
)]
pub trait HandlerError {
    /// Makes it ours.
    fn into_error(self) -> Error;
}

// What `Into` lacks says nothing to a user; our own message does.
#[diagnostic::do_not_recommend]
impl<E: Into<Error>> HandlerError for E {
    fn into_error(self) -> Error {
        self.into()
    }
}

/// What a hook (`on_master`, `on_shutdown`) may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hook",
    label = "neither `()` nor a `Result<(), E>`",
    note = "return `()` or `Result<(), gopool::Error>`"
)]
pub trait HookReply {
    /// Whether it went well.
    ///
    /// # Errors
    /// The hook's own.
    fn finish(self) -> Result<(), Error>;
}

impl HookReply for () {
    fn finish(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<E: HandlerError> HookReply for Result<(), E> {
    fn finish(self) -> Result<(), Error> {
        self.map_err(HandlerError::into_error)
    }
}

/// A value that is written as JSON.
#[derive(Debug)]
pub struct Json<T>(T);

// The user writes the value itself, so a list of replies need not name this.
#[diagnostic::do_not_recommend]
impl<T: Serialize> Reply for Json<T> {
    fn reply(self) -> Outcome {
        let body = serde_json::to_vec(&self.0).map_err(Error::internal)?;
        Ok(Response::with_body(JSON, body))
    }
}

#[cfg(test)]
mod tests;
