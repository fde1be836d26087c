//! From a handler to its response, step by step, as the expansion of a route writes it.
//!
//! ```text
//! call2(call, hello, <Path<u64> as Param>::read, <Query<Greet> as Param>::read)
//!     .settle(HandlerError::into_error)   // a `Result`, or not
//!     .choose()                           // a `Reply`, a `Status` of JSON, or JSON
//!     .finish(Reply::reply)
//! ```
//!
//! The expansion names the traits itself, so an error about a type stands where the user wrote it. All else is here and not in
//! the expansion because the compiler reads this once, and the expansion again for each route.

use std::future::Future;

use crate::{call::Call, error::Error, route::Outcome};

/// What a handler returned, unless an argument of it could not be read.
#[derive(Debug)]
pub struct Returned<T>(pub(super) Result<T, Error>);

/// How an argument is read.
type Read<P> = fn(&Call) -> Result<P, Error>;

impl<T> Returned<T> {
    /// The handler's value, from a closure that reads the arguments and calls it.
    pub fn of(read_and_call: impl FnOnce() -> Result<T, Error>) -> Self {
        Self(read_and_call())
    }

    /// The response.
    ///
    /// # Errors
    /// Whatever went wrong on the way.
    pub fn finish(self, reply: fn(T) -> Outcome) -> Outcome {
        self.0.and_then(reply)
    }
}

impl<F: Future> Returned<F> {
    /// Waits for an `async fn`.
    pub async fn wait(self) -> Returned<F::Output> {
        Returned(match self.0 {
            Ok(future) => Ok(future.await),
            Err(error) => Err(error),
        })
    }
}

/// One function for each number of arguments: reads them in order, and calls the handler with them.
///
/// With more than the last of these takes, the expansion goes through [`Returned::of`] itself.
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
                Returned::of(|| Ok(handler($($param(call)?),*)))
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
