//! What is a response by itself, and JSON.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use crate::{
    error::Error,
    message::{BYTES, JSON, Response, TEXT},
    route::Outcome,
};

/// What is a response by itself, without being written as JSON.
///
/// Handlers may also return any `T: serde::Serialize`, which is answered with 200 and JSON, a [`Status`](super::Status) or
/// `(Status<201>, [("name", "value")], T)` of either, and an `Option` or a `Result` of all of these. `None` is a 404; to write it as
/// JSON's `null`, wrap it: `Status<200, Option<T>>`. Text (`String`, `&'static str`, `Cow`, `Box` and `Arc` of `str`) and bytes (`Vec<u8>`,
/// `Bytes`) are sent as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the reply of a handler",
    label = "neither a response nor serialisable",
    note = "return a `T: serde::Serialize` (derive it with `#[derive(serde::Serialize)]`), text (`String`, `&'static str`), bytes (`Bytes`, `Vec<u8>`), \
            `()`, `gopool::Response`, `gopool::Redirect`, `gopool::Status<CODE, T>`, `(gopool::Status<CODE>, headers, T)`, or an `Option` or a \
            `Result` of one of them"
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
        self.checked().map_err(Error::internal)
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

/// `text/plain`.
impl Reply for Cow<'static, str> {
    fn reply(self) -> Outcome {
        self.into_owned().reply()
    }
}

/// `text/plain`.
impl Reply for Box<str> {
    fn reply(self) -> Outcome {
        self.into_string().reply()
    }
}

/// `text/plain`, without a copy.
impl Reply for Arc<str> {
    fn reply(self) -> Outcome {
        Ok(Response::with_body(
            TEXT,
            Bytes::from_owner(Arc::<[u8]>::from(self)),
        ))
    }
}

/// `application/octet-stream`.
impl Reply for Vec<u8> {
    fn reply(self) -> Outcome {
        Ok(Response::with_body(BYTES, self))
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

/// A failure, as from an `Err`.
impl Reply for Error {
    fn reply(self) -> Outcome {
        Err(self)
    }
}

/// A value that is written as JSON.
#[derive(Debug)]
pub struct Json<T>(pub(super) T);

// The user writes the value itself, so a list of replies need not name this.
#[diagnostic::do_not_recommend]
impl<T: Serialize> Reply for Json<T> {
    fn reply(self) -> Outcome {
        let body = serde_json::to_vec(&self.0).map_err(Error::internal)?;
        Ok(Response::with_body(JSON, body))
    }
}
