//! The choice between the kinds of replies, as the expansion of a route makes it.
//!
//! ```text
//! let value = (&&Probe::of(&value)).failure().split(value)?;      // a Result, or not
//! (&&&&Probe::of(&value)).kind().answer(value)                    // a Reply, a Status of JSON, JSON, or an error
//! ```
//!
//! Each trait here is implemented for [`Probe`] behind a different number of references. Method lookup takes references
//! away one at a time, so the implementation behind the most of them is asked first.

use std::marker::PhantomData;

use serde::Serialize;

use super::{HandlerError, Reply, Status, json};
use crate::{error::Error, route::Outcome};

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

/// Chooses [`Fails`].
pub trait FailsByType {
    /// The choice.
    fn failure(&self) -> Fails {
        Fails
    }
}

/// Chooses [`NeverFails`].
pub trait NeverFailsByType {
    /// The choice.
    fn failure(&self) -> NeverFails {
        NeverFails
    }
}

impl<T, E> FailsByType for &Probe<Result<T, E>> {}
impl<T> NeverFailsByType for Probe<T> {}

impl Fails {
    /// The value, or the error as ours.
    ///
    /// # Errors
    /// The handler's.
    pub fn split<T, E: HandlerError>(self, value: Result<T, E>) -> Result<T, Error> {
        value.map_err(HandlerError::into_error)
    }
}

impl NeverFails {
    /// The value.
    ///
    /// # Errors
    /// Never.
    pub fn split<T>(self, value: T) -> Result<T, Error> {
        Ok(value)
    }
}

/// The value is a [`Reply`], or nothing that we can answer with: then the bound gives the error.
#[derive(Debug)]
pub struct IsReply;

/// The value is a [`Status`] of something serialisable.
#[derive(Debug)]
pub struct IsStatusOfJson;

/// The value is serialisable.
#[derive(Debug)]
pub struct IsJson;

/// Chooses [`IsReply`], first.
pub trait ReplyByType {
    /// The choice.
    fn kind(&self) -> IsReply {
        IsReply
    }
}

/// Chooses [`IsStatusOfJson`], second.
pub trait StatusByType {
    /// The choice.
    fn kind(&self) -> IsStatusOfJson {
        IsStatusOfJson
    }
}

/// Chooses [`IsJson`], third.
pub trait JsonByType {
    /// The choice.
    fn kind(&self) -> IsJson {
        IsJson
    }
}

/// Chooses [`IsReply`] for what is none, so that its bound says so.
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
    /// The response.
    ///
    /// # Errors
    /// The reply's own.
    pub fn answer<T: Reply>(self, value: T) -> Outcome {
        value.reply()
    }
}

impl IsStatusOfJson {
    /// The response.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn answer<const CODE: u16, T: Serialize>(self, value: Status<CODE, T>) -> Outcome {
        json(&value.0).map(Status::<CODE, T>::apply)
    }
}

impl IsJson {
    /// The response.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn answer<T: Serialize>(self, value: T) -> Outcome {
        json(&value)
    }
}
