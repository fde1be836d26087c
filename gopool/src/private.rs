//! What the attributes' expansions name. Not public API: it may change with every release.

pub use http::HeaderMap;
pub use inventory::submit;

pub use crate::{
    call::Call,
    context::{ContextKey, Contexts},
    error::Error,
    master::Master,
    params::{FromHeaders, HeaderField, Param, Shared, checked},
    reply::{
        HandlerError, HookReply, Reply,
        returned::{Returned, call0, call1, call2, call3, call4, call5, call6, call7, call8},
    },
    route::{
        FairBy, Handler, HeaderGetter, Limits, LocalFuture, OnMaster, OnShutdown, Outcome, Placement, Route,
        Site, Verb,
    },
    template::Template,
};
pub use gopool_pool::Priority;

/// All that an expansion imports, at once: this module under a name that no user has, and the traits that choose how a
/// value is answered, of which only the methods are named.
pub mod expansion {
    pub use super::super::__private as __gopool;
    pub use crate::reply::by_type::{AsJson as _, NeverFails as _, NoReply as _, StatusOfJson as _};
}
