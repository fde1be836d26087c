//! What the attributes' expansions name. Not public API: it may change with every release.

pub use http::HeaderMap;
pub use inventory::submit;

pub use crate::{
    call::Call,
    context::{ContextKey, Contexts},
    error::{
        Error, Problem,
        from::{Finds, KnownProblem},
        typed::{ProblemText, causes, with_cause},
    },
    master::Master,
    params::{
        Field, FromHeaders, FromMultipart, FromParams, HeaderField, JsonPart, OptionalParam, Param,
        ParamCalledLikeActix, PartField, Parts, Shared, Spec, checked, checked_around, made,
    },
    reply::{
        AfterReply, BeforeReply, HandlerError, HookReply, Reply,
        around::{decided, modified},
        by_type::{choose, settle},
        returned::{call0, call1, call2, call3, call4, call5, call6, call7, call8, returned, wait},
    },
    route::{
        After, Applied, Before, Group, Handler, HeaderGetter, KnownBy, Limits, LocalFuture, OnFailure,
        OnMaster, OnShutdown, OnWorker, Outcome, Placement, Rate, Route, RunBefore, RunOnWorker, Site, Verb,
    },
    template::Template,
    worker::Worker,
};
#[cfg(feature = "openapi")]
pub use crate::{
    describe::{Describe, DescribeUntold, Operation},
    openapi::probe::{Presence, Untold, header, json_part, outcome, parameter, part},
    route::Docs,
};
pub use gopool_pool::Priority;
