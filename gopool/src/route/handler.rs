//! What a handler looks like, and where it runs.

use std::{future::Future, pin::Pin};

use crate::{call::Call, error::Error, message::Response};

/// What a handler comes to.
pub type Outcome = Result<Response, Error>;

/// A future that stays on its event loop, so it need not be `Send`.
pub type LocalFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A handler, by its shape.
#[derive(Debug, Clone, Copy)]
pub enum Handler {
    /// `fn`.
    Plain(fn(&Call) -> Outcome),
    /// `async fn`.
    Async(fn(Call) -> LocalFuture<'static, Outcome>),
}

/// Where the author wants a handler to run. A program on one thread has one place only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// On the pool.
    Pool,
    /// On the event loop of its connection.
    Inline,
    /// In a child process that can be killed.
    Isolated,
}
