//! What may go wrong, in a handler and in a hook.

use crate::error::Error;

/// What a handler's `Err` may hold, beside a [`Problem`](crate::Problem): whatever is `Into<gopool::Error>`.
///
/// A type that implements `std::error::Error` is so already; how it chooses its status stands at [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a handler",
    label = "cannot become a `gopool::Error`",
    note = "use `gopool::Error`, or add `#[derive(gopool::Problem)]` to `{Self}` (you choose status and texts of each variant), or implement \
            `std::error::Error` for it (answered with 500, its text goes to the log)"
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
