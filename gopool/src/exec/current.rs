//! Which call the code at hand belongs to.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    endpoint::Endpoint,
    executor::Executor,
    isolated::IsolatedCall,
    outlet::{HasOutlet, Outlet},
};
use crate::{
    call::{Call, Origin, Standing},
    compress::ReplyCoding,
    error::Error,
    message::RequestId,
};
use gopool_isolated::Interrupt;
use gopool_pool::{Lane, Tag, TaskError};

tokio::task_local! {
    static CURRENT: Current;
}

/// What a handler's helpers (`gopool::cpu`, the log) know of the call they run in.
#[derive(Debug, Clone)]
pub(crate) enum Current {
    /// Of an async handler.
    Async(Arc<AsyncCall>),
    /// Of a plain function, with the end of its time if it has one.
    Plain {
        call: Arc<PlainCall>,
        deadline: Option<Instant>,
    },
}

/// Where the CPU parts of a call run.
#[derive(Debug, Clone)]
pub(crate) struct Workplace {
    /// Shared with what else the event loop has begun, and with nothing of others: no two write its count.
    pub(crate) executor: Arc<Executor>,
    pub(crate) lane: Option<Lane>,
}

/// The call of an async handler. Its CPU part must end by the deadline too, when the handler is dropped.
#[derive(Debug)]
pub(crate) struct AsyncCall {
    pub(crate) request_id: RequestId,
    pub(crate) origin: Option<Origin>,
    pub(crate) workplace: Workplace,
    pub(crate) deadline: Option<Instant>,
    pub(crate) reply_coding: ReplyCoding,
}

/// The call of a plain function. The event loop and the pool's thread share it, and the event loop drops it: counts of shared
/// values then change on one thread only, and memory goes back to where it came from.
#[derive(Debug)]
pub(crate) struct PlainCall {
    pub(crate) call: Call,
    pub(crate) workplace: Workplace,
    /// Where an answer is left whose body flows.
    pub(crate) outlet: Outlet,
}

impl PlainCall {
    pub(crate) fn new(call: Call, workplace: Workplace) -> Arc<Self> {
        Arc::new(Self {
            call,
            workplace,
            outlet: Outlet::default(),
        })
    }
}

impl HasOutlet for Arc<PlainCall> {
    fn outlet(&self) -> &Outlet {
        &self.outlet
    }
}

impl Workplace {
    pub(crate) fn of(endpoint: &Endpoint, standing: Standing, executor: &Arc<Executor>) -> Self {
        Self {
            executor: executor.clone(),
            lane: endpoint.lane_for(standing),
        }
    }

    /// What a job's failure means to the client.
    pub(super) fn failed(&self, failure: TaskError) -> Error {
        self.executor.failed(self.lane, failure)
    }
}

impl Current {
    pub(crate) fn request_id(&self) -> &RequestId {
        match self {
            Self::Async(call) => &call.request_id,
            Self::Plain { call, .. } => call.call.request().id(),
        }
    }

    pub(crate) fn workplace(&self) -> &Workplace {
        match self {
            Self::Async(call) => &call.workplace,
            Self::Plain { call, .. } => &call.workplace,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Async(call) => call.deadline,
            Self::Plain { deadline, .. } => *deadline,
        }
    }

    /// How its reply is coded, where that is not done yet.
    pub(super) fn reply_coding(&self) -> ReplyCoding {
        match self {
            Self::Async(call) => call.reply_coding,
            Self::Plain { call, .. } => call.call.envelope.codings.reply,
        }
    }

    /// What a task of this call is called in the pool.
    pub(super) fn tag(&self) -> Tag {
        match self {
            Self::Async(call) => call.clone(),
            Self::Plain { call, .. } => call.clone(),
        }
    }

    pub(crate) fn enter<T>(self, work: impl FnOnce() -> T) -> T {
        CURRENT.sync_scope(self, work)
    }

    pub(crate) async fn accompany<F: Future>(self, future: F) -> F::Output {
        CURRENT.scope(self, future).await
    }
}

/// How much time is left for the call that the code at hand belongs to: what the route's `timeout` or the caller (`--deadline-header`)
/// allows, whichever ends first. Zero when it is over; `None` outside of any call, and in an inline `fn` whose caller says nothing.
///
/// It is known in handlers, in `async` ones across each `.await`, in the work given to [`cpu`](crate::cpu) and
/// [`block_on`](crate::block_on), and in the closure given to [`par::install`](crate::par::install). Tasks and threads that a handler
/// starts by itself, rayon's included, do not know it: take it along.
///
/// ```
/// use std::time::Duration;
///
/// #[gopool::get("/v1/way/{to}")]
/// fn way(to: gopool::Path<String>) -> String {
///     let is_short = gopool::remaining().is_some_and(|left| left < Duration::from_millis(200));
///     let way = if is_short { "a good way" } else { "the best way" };
///     format!("{way} to {}", *to)
/// }
/// ```
pub fn remaining() -> Option<Duration> {
    let deadline = CURRENT.try_with(Current::deadline).ok().flatten()?;
    Some(deadline.saturating_duration_since(Instant::now()))
}

/// The request that a task of the pool is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TaskOrigin<'a> {
    pub(crate) request_id: &'a RequestId,
    pub(crate) origin: Option<Origin>,
    /// It is not the whole handler, but something that an async one gave to the pool.
    pub(crate) is_part: bool,
    /// Tells the process that runs it that nobody wants it any longer; `None` for what runs here.
    pub(crate) interrupt: Option<&'a Interrupt>,
}

impl<'a> TaskOrigin<'a> {
    /// What the tag of a task says, if it is one of ours.
    pub(crate) fn of(tag: &'a Tag) -> Option<Self> {
        let whole = tag.downcast_ref().map(|plain: &PlainCall| Self {
            request_id: plain.call.request().id(),
            origin: plain.call.envelope.origin,
            is_part: false,
            interrupt: None,
        });
        let part = || {
            tag.downcast_ref().map(|call: &AsyncCall| Self {
                request_id: &call.request_id,
                origin: call.origin,
                is_part: true,
                interrupt: None,
            })
        };
        let elsewhere = || {
            tag.downcast_ref().map(|call: &IsolatedCall| Self {
                request_id: &call.request_id,
                origin: call.origin,
                is_part: false,
                interrupt: Some(&call.interrupt),
            })
        };
        whole.or_else(part).or_else(elsewhere)
    }
}

/// The call that the code at hand belongs to, or `None` outside of any.
pub(crate) fn current() -> Option<Current> {
    CURRENT.try_with(Clone::clone).ok()
}
