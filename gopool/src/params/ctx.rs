//! `Ctx<T>`: a value that the application shares with every handler.

use std::{ops::Deref, sync::Arc};

use super::{
    param::{OptionalParam, Param},
    spec::Spec,
};
use crate::{
    call::Call,
    context::{ContextKey, Contexts},
    error::Error,
};

/// The `T` that `on_master` gave to `Master::ctx`. Cloning it shares the value.
///
/// A launch is refused when a handler takes a `Ctx<T>` that nobody provides. In an `Option` it is then `None` instead.
#[derive(Debug)]
pub struct Ctx<T>(Arc<T>);

impl<T> Ctx<T> {
    /// Wraps a value, for a handler's unit test.
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Clone for Ctx<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Ctx<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What a hook may take as an argument: a shared value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of `on_shutdown`",
    label = "no request is there to read this from",
    note = "`on_shutdown` takes `Ctx<T>` arguments only"
)]
pub trait Shared: Sized {
    /// The type of the value.
    const KEY: ContextKey;

    /// Takes it from the application's values.
    ///
    /// # Errors
    /// When nobody provided it; a launch check makes this impossible for registered functions.
    fn take(contexts: &Contexts) -> Result<Self, Error>;
}

impl<T: Send + Sync + 'static> Shared for Ctx<T> {
    const KEY: ContextKey = ContextKey::of::<T>();

    fn take(contexts: &Contexts) -> Result<Self, Error> {
        contexts.get().map(Self).ok_or_else(|| {
            Error::internal(format!(
                "nobody provides a `{}`: call `master.ctx(...)` in `on_master`",
                Self::KEY.name()
            ))
        })
    }
}

impl<T: Send + Sync + 'static> Param for Ctx<T> {
    const SPEC: &'static Spec = &Spec {
        context: Some(ContextKey::of::<T>()),
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        Self::take(&call.contexts)
    }
}

impl<T: Send + Sync + 'static> OptionalParam for Ctx<T> {
    const SPEC: &'static Spec = &Spec::NONE;

    fn is_absent(call: &Call) -> bool {
        !call.contexts.has(&Self::KEY)
    }
}
