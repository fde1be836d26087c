//! The two choices that a handler's type makes, as the expansion of a route lets them be made: see [`Returned`].
//!
//! Both go by Rust's rules for which method a name means. A method of the type itself comes before one of a trait, unless its
//! bounds do not hold; a trait's method for the type comes before one for a reference to it. What fits nowhere goes on as it is,
//! so that the one error names the public trait that is missing.

use serde::Serialize;

use super::{
    replies::{Json, Reply},
    returned::Returned,
    status::Status,
};
use crate::error::Error;

impl<T, E> Returned<Result<T, E>> {
    /// The value of a `Result`.
    pub fn settle(self, into_error: fn(E) -> Error) -> Returned<T> {
        Returned(self.0.and_then(|result| result.map_err(into_error)))
    }
}

/// For what is not a `Result`.
pub trait NeverFails: Sized {
    /// The value as it is.
    fn settle(self, _into_error: fn(Error) -> Error) -> Self {
        self
    }
}

impl<T> NeverFails for Returned<T> {}

impl<T: Reply> Returned<T> {
    /// The value as it is.
    pub fn choose(self) -> Self {
        self
    }
}

/// For a [`Status`] of something serialisable.
pub trait StatusOfJson<T> {
    /// The status, of a value that is written as JSON.
    fn choose(self) -> Returned<T>;
}

impl<const CODE: u16, T: Serialize> StatusOfJson<Status<CODE, Json<T>>> for Returned<Status<CODE, T>> {
    fn choose(self) -> Returned<Status<CODE, Json<T>>> {
        Returned(self.0.map(|Status(value)| Status(Json(value))))
    }
}

/// For what is serialisable.
pub trait AsJson<T> {
    /// A value that is written as JSON.
    fn choose(self) -> Returned<Json<T>>;
}

impl<T: Serialize> AsJson<T> for Returned<T> {
    fn choose(self) -> Returned<Json<T>> {
        Returned(self.0.map(Json))
    }
}

/// For what is none of these.
pub trait NoReply<T> {
    /// The type as it is. Never called: the next step does not compile.
    fn choose(self) -> Returned<T>;
}

impl<T> NoReply<T> for &Returned<T> {
    fn choose(self) -> Returned<T> {
        Returned(Err(Error::internal("a value that is no reply")))
    }
}
