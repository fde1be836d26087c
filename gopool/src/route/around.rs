//! The application's functions that run before and after handlers.

use std::ops::ControlFlow;

use super::{
    handler::{LocalFuture, Outcome},
    site::Site,
};
use crate::{call::Call, message::Response, params::Spec};

/// A function that runs around handlers.
#[derive(Debug, Clone, Copy)]
pub struct Hook<R: 'static> {
    /// The function.
    pub run: R,
    /// What the paths begin with that it is for; empty for all.
    pub below: &'static str,
    /// What its parameters need.
    pub params: &'static [&'static Spec],
    /// Where it was written.
    pub site: Site,
}

/// What runs before a handler: it goes on, or this is the answer.
pub(crate) type Decision = ControlFlow<Outcome>;
/// A function that runs before handlers.
pub type Before = Hook<RunBefore>;
/// A function that runs after handlers, with their response.
pub type After = Hook<fn(&Call, Response) -> Outcome>;

/// The function, by its shape.
#[derive(Debug, Clone, Copy)]
pub enum RunBefore {
    /// `fn`.
    Plain(fn(&Call) -> Decision),
    /// `async fn`.
    Async(fn(Call) -> LocalFuture<'static, Decision>),
}

inventory::collect!(Before);
inventory::collect!(After);
