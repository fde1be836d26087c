//! The choice between the kinds of replies, as the expansion of a route makes it.
//!
//! ```text
//! // A Result, or not.
//! let value = (&&Probe::of(&value)).failure().split(value).map_err(HandlerError::into_error)?;
//! // A Reply, a Status of JSON, JSON, or an error.
//! Reply::reply((&&&&Probe::of(&value)).kind().wrap(value))
//! ```
//!
//! Each trait here is implemented for [`Probe`] behind a different number of references. Method lookup takes references
//! away one at a time, so the implementation behind the most of them is asked first. What fits nowhere goes on as it is, so that
//! the one error names the public trait that is missing.

use std::marker::PhantomData;

use serde::Serialize;

use super::{Json, Reply, Status};
use crate::error::Error;

/// The type of a value, as a value.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    /// The type of `value`.
    pub fn of(_value: &T) -> Self {
        Self(PhantomData)
    }
}

/// The value is a `Result`.
#[derive(Debug)]
pub struct Fails;

/// The value is not a `Result`.
#[derive(Debug)]
pub struct NeverFails;

/// Chooses `Fails`.
pub trait FailsByType {
    /// The choice.
    fn failure(&self) -> Fails {
        Fails
    }
}

/// Chooses `NeverFails`.
pub trait NeverFailsByType {
    /// The choice.
    fn failure(&self) -> NeverFails {
        NeverFails
    }
}

impl<T, E> FailsByType for &Probe<Result<T, E>> {}
impl<T> NeverFailsByType for Probe<T> {}

impl Fails {
    /// The value as it is; its error is judged where it is used.
    ///
    /// # Errors
    /// The handler's.
    pub fn split<T, E>(self, value: Result<T, E>) -> Result<T, E> {
        value
    }
}

impl NeverFails {
    /// The value, as if it could have failed.
    ///
    /// # Errors
    /// Never.
    pub fn split<T>(self, value: T) -> Result<T, Error> {
        Ok(value)
    }
}

/// The value is a [`Reply`], or nothing that we can answer with.
#[derive(Debug)]
pub struct IsReply;

/// The value is a [`Status`] of something serialisable.
#[derive(Debug)]
pub struct IsStatusOfJson;

/// The value is serialisable.
#[derive(Debug)]
pub struct IsJson;

/// Chooses `IsReply`, first.
pub trait ReplyByType {
    /// The choice.
    fn kind(&self) -> IsReply {
        IsReply
    }
}

/// Chooses `IsStatusOfJson`, second.
pub trait StatusByType {
    /// The choice.
    fn kind(&self) -> IsStatusOfJson {
        IsStatusOfJson
    }
}

/// Chooses `IsJson`, third.
pub trait JsonByType {
    /// The choice.
    fn kind(&self) -> IsJson {
        IsJson
    }
}

/// Chooses `IsReply` for what is none.
pub trait NothingByType {
    /// The choice.
    fn kind(&self) -> IsReply {
        IsReply
    }
}

impl<T: Reply> ReplyByType for &&&Probe<T> {}
impl<const CODE: u16, T: Serialize> StatusByType for &&Probe<Status<CODE, T>> {}
impl<T: Serialize> JsonByType for &Probe<T> {}
impl<T> NothingByType for Probe<T> {}

impl IsReply {
    /// The value as it is; whether it is a reply is judged where it is used.
    pub fn wrap<T>(self, value: T) -> T {
        value
    }
}

impl IsStatusOfJson {
    /// The status, of a value that is written as JSON.
    pub fn wrap<const CODE: u16, T>(self, value: Status<CODE, T>) -> Status<CODE, Json<T>> {
        Status(Json(value.0))
    }
}

impl IsJson {
    /// A value that is written as JSON.
    pub fn wrap<T>(self, value: T) -> Json<T> {
        Json(value)
    }
}
