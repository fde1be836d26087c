//! From a handler to its response, step by step, as the expansion of a route writes it.
//!
//! ```text
//! let it = call2(call, hello, <Path<u64> as Param>::read, <Query<Greet> as Param>::read);
//! let it = settle(&it)[()](it, HandlerError::into_error);     // a `Result`, or not
//! choose(&it)[()](it, Reply::reply)                           // a `Reply`, a `Status` of JSON, or JSON
//! ```
//!
//! The expansion names the traits itself, so an error about a type stands where the user wrote it. It calls no method: a trait of the
//! user's could have one of that name. All else is here and not in the expansion because the compiler reads this once, and the
//! expansion again for each route.

use std::future::Future;

use crate::{call::Call, error::Error, route::Outcome};

/// What a handler returned, unless an argument of it could not be read.
#[derive(Debug)]
pub struct Returned<T>(pub(super) Result<T, Error>);

/// How an argument is read.
type Read<P> = fn(&Call) -> Result<P, Error>;

/// The handler's value, from a closure that reads the arguments and calls it.
pub fn returned<T>(read_and_call: impl FnOnce() -> Result<T, Error>) -> Returned<T> {
    Returned(read_and_call())
}

/// The response, or whatever went wrong on the way.
pub(super) fn finish<T>(it: Returned<T>, reply: fn(T) -> Outcome) -> Outcome {
    it.0.and_then(reply)
}

/// Waits for an `async fn`.
pub async fn wait<F: Future>(it: Returned<F>) -> Returned<F::Output> {
    Returned(match it.0 {
        Ok(future) => Ok(future.await),
        Err(error) => Err(error),
    })
}

/// One function for each number of arguments: reads them in order, and calls the handler with them.
///
/// With more than the last of these takes, the expansion goes through [`returned`] itself.
macro_rules! calls {
    ($($name:ident($($param:ident)*))*) => {
        $(
            /// Reads the arguments in order, and calls the handler with them.
            #[allow(
                non_snake_case,
                unused_variables,
                clippy::too_many_arguments,
                reason = "one reader for each argument, called like its type"
            )]
            pub fn $name<T, $($param),*>(
                call: &Call,
                handler: fn($($param),*) -> T,
                $($param: Read<$param>),*
            ) -> Returned<T> {
                returned(|| Ok(handler($($param(call)?),*)))
            }
        )*
    };
}

calls! {
    call0()
    call1(A)
    call2(A B)
    call3(A B C)
    call4(A B C D)
    call5(A B C D E)
    call6(A B C D E F)
    call7(A B C D E F G)
    call8(A B C D E F G H)
}
