//! The two choices that a handler's type makes, as the expansion of a route lets them be made: see [`returned`](super::returned).
//!
//! Rust has no "this trait, or else that one", but it looks an index up along a chain of `Deref`: `settle(&it)[()]` means the first
//! level whose `Index` holds for the concrete type, and what stands there is the function to call. Methods are looked up in the same
//! way, but among all traits that the user has in scope; of an index, `Index` alone decides.
//!
//! What fits nowhere goes on as it is, so that the one error names the public trait that is missing.

use std::{
    marker::PhantomData,
    ops::{Deref, Index},
};

use serde::Serialize;

use super::{
    headers::ReplyHeaders,
    replies::{Json, Reply},
    returned::{Returned, finish},
    status::Status,
};
use crate::{
    error::{Error, Problem},
    route::Outcome,
};

/// Whether a `T` may fail: what makes its error ours, and leaves the value.
#[derive(Debug)]
pub struct Settle<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// How a `T` is answered: what makes it a reply, and replies.
#[derive(Debug)]
pub struct Choose<T, const LEVEL: usize>(PhantomData<fn() -> T>);

/// Whether a handler's value is a `Result`, with `[()]` behind it.
pub fn settle<T>(_: &Returned<T>) -> Settle<T, 0> {
    Settle(PhantomData)
}

/// How a handler's value is answered, with `[()]` behind it.
pub fn choose<T>(_: &Returned<T>) -> Choose<T, 0> {
    Choose(PhantomData)
}

/// What fits not at one level may fit at the next.
macro_rules! levels {
    ($($name:ident $level:literal $next:literal)*) => {
        $(
            impl<T> Deref for $name<T, $level> {
                type Target = $name<T, $next>;

                fn deref(&self) -> &Self::Target {
                    &$name(PhantomData)
                }
            }
        )*
    };
}

levels! {
    Settle 0 1
    Settle 1 2
    Settle 2 3
    Settle 3 4
    Choose 0 1
    Choose 1 2
    Choose 2 3
}

/// Makes an error ours.
type IntoError<E> = fn(E) -> Error;
/// Makes a value a response.
type IntoReply<T> = fn(T) -> Outcome;

/// One choice: the type, the level, and the function that is to be called.
macro_rules! chosen {
    ($(#[$doc:meta])* $($name:ident<$ty:ty, $level:literal> where ($($bounds:tt)*) = $function:expr => $type:ty;)*) => {
        $(
            impl<$($bounds)*> Index<()> for $name<$ty, $level> {
                type Output = $type;

                fn index(&self, (): ()) -> &Self::Output {
                    const { &($function as $type) }
                }
            }
        )*
    };
}

chosen! {
    // What may be missing, also in a `Result` whose error says what it is; the value of such a `Result`; the same of other `Result`s;
    // and what is none of these.
    Settle<Option<T>, 0> where (T) = option => fn(Returned<Option<T>>, IntoError<Error>) -> Returned<T>;
    Settle<Result<Option<T>, E>, 0> where (T, E: Problem) = optional_problem
        => fn(Returned<Result<Option<T>, E>>, IntoError<Error>) -> Returned<T>;
    Settle<Result<T, E>, 1> where (T, E: Problem) = problem => fn(Returned<Result<T, E>>, IntoError<Error>) -> Returned<T>;
    Settle<Result<Option<T>, E>, 2> where (T, E) = optional_result
        => fn(Returned<Result<Option<T>, E>>, IntoError<E>) -> Returned<T>;
    Settle<Result<T, E>, 3> where (T, E) = result => fn(Returned<Result<T, E>>, IntoError<E>) -> Returned<T>;
    Settle<T, 4> where (T) = never_fails => fn(Returned<T>, IntoError<Error>) -> Returned<T>;
    // What is a reply itself, a status of what is written as JSON, what is written as JSON, and what is none of these.
    Choose<T, 0> where (T: Reply) = finish => fn(Returned<T>, IntoReply<T>) -> Outcome;
    Choose<Status<CODE, T>, 1> where (T: Serialize, const CODE: u16) = status
        => fn(Returned<Status<CODE, T>>, IntoReply<Status<CODE, Json<T>>>) -> Outcome;
    Choose<(Status<CODE>, H, T), 1> where (H: ReplyHeaders, T: Serialize, const CODE: u16) = status_and_headers
        => fn(Returned<(Status<CODE>, H, T)>, IntoReply<(Status<CODE>, H, Json<T>)>) -> Outcome;
    Choose<T, 2> where (T: Serialize) = json => fn(Returned<T>, IntoReply<Json<T>>) -> Outcome;
    Choose<T, 3> where (T) = finish => fn(Returned<T>, IntoReply<T>) -> Outcome;
}

fn option<T>(it: Returned<Option<T>>, _: IntoError<Error>) -> Returned<T> {
    Returned(it.0.and_then(|option| option.ok_or_else(|| Error::status(404))))
}

fn optional_problem<T, E: Problem>(
    it: Returned<Result<Option<T>, E>>,
    into: IntoError<Error>,
) -> Returned<T> {
    option(problem(it, into), into)
}

fn optional_result<T, E>(it: Returned<Result<Option<T>, E>>, into_error: IntoError<E>) -> Returned<T> {
    option(result(it, into_error), std::convert::identity)
}

fn problem<T, E: Problem>(it: Returned<Result<T, E>>, _: IntoError<Error>) -> Returned<T> {
    Returned(it.0.and_then(|result| result.map_err(E::into_problem)))
}

fn result<T, E>(it: Returned<Result<T, E>>, into_error: IntoError<E>) -> Returned<T> {
    Returned(it.0.and_then(|result| result.map_err(into_error)))
}

fn never_fails<T>(it: Returned<T>, _: IntoError<Error>) -> Returned<T> {
    it
}

fn status<T, const CODE: u16>(
    it: Returned<Status<CODE, T>>,
    reply: IntoReply<Status<CODE, Json<T>>>,
) -> Outcome {
    it.0.and_then(|Status(value)| reply(Status(Json(value))))
}

fn status_and_headers<H, T, const CODE: u16>(
    it: Returned<(Status<CODE>, H, T)>,
    reply: IntoReply<(Status<CODE>, H, Json<T>)>,
) -> Outcome {
    it.0.and_then(|(status, headers, value)| reply((status, headers, Json(value))))
}

fn json<T>(it: Returned<T>, reply: IntoReply<Json<T>>) -> Outcome {
    it.0.and_then(|value| reply(Json(value)))
}
