//! What the other attributes register: functions that run beside the routes.

use http::HeaderMap;

use super::{handler::LocalFuture, site::Site};
use crate::{
    context::{ContextKey, Contexts},
    error::Error,
    master::Master,
    worker::Worker,
};

/// A function to run before the master serves.
#[derive(Debug, Clone, Copy)]
pub struct OnMaster {
    /// The function.
    pub run: for<'a> fn(&'a mut Master) -> LocalFuture<'a, Result<(), Error>>,
    /// Where it was written.
    pub site: Site,
}

/// A function to run in each process of isolated routes before it takes the first call.
#[derive(Debug, Clone, Copy)]
pub struct OnWorker {
    /// The function.
    pub run: RunOnWorker,
    /// Where it was written.
    pub site: Site,
}

/// The function, by its shape.
#[derive(Debug, Clone, Copy)]
pub enum RunOnWorker {
    /// `fn`.
    Plain(fn(&mut Worker) -> Result<(), Error>),
    /// `async fn`.
    Async(for<'a> fn(&'a mut Worker) -> LocalFuture<'a, Result<(), Error>>),
}

/// A function to run when the last request has been answered.
#[derive(Debug, Clone, Copy)]
pub struct OnShutdown {
    /// The function.
    pub run: fn(&Contexts) -> LocalFuture<'static, Result<(), Error>>,
    /// The shared values that it takes.
    pub contexts: &'static [ContextKey],
    /// Where it was written.
    pub site: Site,
}

/// The function that picks the headers for handlers that take a `HeaderMap`.
#[derive(Debug, Clone, Copy)]
pub struct HeaderGetter {
    /// The function.
    pub run: fn(&HeaderMap) -> HeaderMap,
    /// Where it was written.
    pub site: Site,
}

inventory::collect!(OnMaster);
inventory::collect!(OnWorker);
inventory::collect!(OnShutdown);
inventory::collect!(HeaderGetter);
