//! What functions return that run before and after handlers.

use std::ops::ControlFlow;

use super::{replies::Reply, returned::Returned};
use crate::{
    error::Error,
    message::Response,
    route::{Decision, Outcome},
};

/// What a function with [`before`](macro@crate::before) may return, also in a `Result`, whose `Err` is the answer then.
///
/// `ControlFlow::Break(reply)` answers with any reply that is no error, such as a [`Redirect`](crate::Redirect) to a page that signs in.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the request goes on",
    label = "neither `()` nor a `ControlFlow`",
    note = "return `()`, `Result<(), E>`, whose `Err` is the answer, or `std::ops::ControlFlow<R>`, whose `Break` is: an `R: gopool::Reply`, such as a \
            `gopool::Response` or a `gopool::Redirect`"
)]
pub trait BeforeReply {
    /// Whether the handler is called, or what is answered instead.
    fn decide(self) -> ControlFlow<Result<Response, Error>>;
}

impl BeforeReply for () {
    fn decide(self) -> Decision {
        Decision::Continue(())
    }
}

impl<R: Reply> BeforeReply for ControlFlow<R> {
    fn decide(self) -> Decision {
        match self {
            Self::Continue(()) => ControlFlow::Continue(()),
            Self::Break(reply) => ControlFlow::Break(reply.reply()),
        }
    }
}

/// What a function with [`after`](macro@crate::after) may return, also in a `Result`, whose `Err` is the answer then: the response.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the response that goes on",
    label = "not a `gopool::Response`",
    note = "return `gopool::Response`, or `Result<gopool::Response, E>`"
)]
pub trait AfterReply {
    /// The response.
    ///
    /// # Errors
    /// It cannot be sent.
    fn response(self) -> Result<Response, Error>;
}

impl AfterReply for Response {
    fn response(self) -> Outcome {
        self.reply()
    }
}

/// What comes of a function that ran before a handler.
pub fn decided<T>(it: Returned<T>, decide: fn(T) -> Decision) -> Decision {
    match it.0 {
        Ok(value) => decide(value),
        Err(error) => ControlFlow::Break(Err(error)),
    }
}

/// What comes of a function that ran after one.
pub fn modified<T>(it: Returned<T>, response: fn(T) -> Outcome) -> Outcome {
    it.0.and_then(response)
}
