//! One call, from its envelope to its outcome.

use std::{
    future::{Ready, ready},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use super::{
    coded,
    current::{AsyncCall, Current, PlainCall, Workplace},
    endpoint::Endpoint,
    executor::Executor,
    flow,
    home::Home,
    inline,
    isolated::Sent,
    outlet::ended_or_begun,
    pooled::Entry,
};
use crate::{
    call::{Call, Envelope, Standing},
    compress::Codings,
    error::{Error, Kind},
    route::{Handler, Hooked, LocalFuture, Outcome, Placement},
};
use gopool_pool::{Handle, Permit, Task, TaskError, TaskTimes};

/// What one call came to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ran {
    #[serde(with = "crate::error::wire")]
    pub(crate) outcome: Outcome,
    /// How long it waited and ran; `None` where it was not on the pool.
    #[serde(with = "times")]
    pub(crate) times: Option<TaskTimes>,
}

/// The two times as a pair.
mod times {
    use std::time::Duration;

    use gopool_pool::TaskTimes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(times: &Option<TaskTimes>, to: S) -> Result<S::Ok, S::Error> {
        times.map(|times| (times.wait, times.run)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<TaskTimes>, D::Error> {
        let pair = Option::<(Duration, Duration)>::deserialize(from)?;
        Ok(pair.map(|(wait, run)| TaskTimes { wait, run }))
    }
}

impl From<Outcome> for Ran {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, times: None }
    }
}

impl Executor {
    /// Refuses at once what would be refused when the body is there, too.
    pub(crate) fn admits(&self, endpoint: &Endpoint, standing: Standing) -> Result<Option<Permit>, Error> {
        if standing.is_late() {
            return Err(late());
        }
        match (endpoint.route.placement, self) {
            (Placement::Isolated, Self::Pooled(_, Some(isolated))) => {
                isolated.pooled.would_take(endpoint, standing)
            }
            (Placement::Pool | Placement::Isolated, Self::Pooled(pooled, _)) => {
                pooled.would_take(endpoint, standing)
            }
            _ => Ok(None),
        }
    }
}

impl Home {
    /// Starts one call, in the span that is current. `permit` is the pool's word that it takes the call, if it was asked before.
    pub(crate) fn run(
        &self,
        endpoint: &Endpoint,
        envelope: Envelope,
        permit: Option<Permit>,
    ) -> Execution<'static> {
        let entry = Entry {
            mailbox: &self.mailbox,
            permit,
        };
        let route = endpoint.route;
        let (deadline, standing) = (envelope.deadline, envelope.standing);
        if standing.is_late() {
            return Execution::ended(Err(late()));
        }
        let workplace = Workplace::of(endpoint, standing, &self.executor);
        if let (Placement::Isolated, Executor::Pooled(_, Some(isolated))) = (route.placement, &*self.executor)
        {
            return match isolated.submit(endpoint, envelope, entry) {
                Ok(sent) => Execution::Here(Box::pin(there(sent, workplace))),
                Err(refusal) => Execution::ended(Err(refusal)),
            };
        }
        let contexts = endpoint.contexts.as_ref().unwrap_or(&self.contexts);
        let call = Call::new(envelope, route.template, contexts.clone());
        match (route.handler, route.placement, &*self.executor) {
            (Handler::Plain(handler), Placement::Pool | Placement::Isolated, Executor::Pooled(pooled, _)) => {
                let call = PlainCall::new(call, workplace);
                let handler = route.applied.around(handler);
                let body = inline::body(handler, call.clone(), flow::on_pool, Some(deadline.run));
                let task = Task::fallible(body)
                    .tag(call.clone())
                    .queue_timeout(deadline.wait)
                    .timeout(deadline.run)
                    .within(standing.left());
                match pooled.post(endpoint, standing, entry, task) {
                    Ok(handle) => Execution::Pooled(call, handle),
                    Err(refusal) => Execution::ended(Err(refusal)),
                }
            }
            (Handler::Plain(handler), _, Executor::Pooled(..))
                if call.envelope.codings.is_some() || endpoint.prepare.is_some() =>
            {
                let handler = route.applied.around(handler);
                let answered = coded_here(handler, endpoint.prepare, call, workplace).in_current_span();
                Execution::Here(Box::pin(async { answered.await.into() }))
            }
            (Handler::Plain(handler), ..) => {
                let handler = route.applied.around(handler);
                Execution::ended(inline::call(handler, PlainCall::new(call, workplace), None))
            }
            (Handler::Async(handler), ..) => {
                let clock = call.request().live().map(|live| live.clock.clone());
                // Who waits for a client is limited by progress, and by the time that the caller has.
                let limit = clock.is_none().then_some(deadline.run);
                let current = Arc::new(AsyncCall {
                    request_id: call.request().id().clone(),
                    origin: call.envelope.origin,
                    deadline: inline::end(limit, standing),
                    workplace,
                    reply_coding: call.envelope.codings.reply,
                });
                let current = Current::Async(current);
                let start = move |call| route.applied.start(handler, call);
                let driven = coded::asynchronous(start, endpoint.prepare, call);
                let driven = inline::drive(driven, deadline.run, current, clock).in_current_span();
                Execution::Here(Box::pin(async { driven.await.into() }))
            }
        }
    }
}

/// The caller has given up before anything was begun.
fn late() -> Error {
    Error::of(Kind::QueueTimeout)
        .detail("the time that the caller gave was over before it could start")
        .retry_after(Duration::from_secs(1))
}

/// A plain function on an event loop, whose codings are done on the pool.
async fn coded_here(handler: Hooked, prepare: coded::Prepare, call: Call, workplace: Workplace) -> Outcome {
    let reply_coding = call.envelope.codings.reply;
    let current = Current::Plain {
        deadline: call.envelope.standing.due,
        call: PlainCall::new(call.clone(), workplace.clone()),
    };
    let coded = async {
        let mut call = coded::prepared(prepare, call).await?;
        call.envelope.codings = Codings::default();
        let outcome = inline::call(handler, PlainCall::new(call, workplace), None);
        coded::reply(reply_coding, outcome).await
    };
    current.accompany(coded).await
}

/// What a call in another process comes to.
async fn there(sent: Sent, workplace: Workplace) -> Ran {
    let Sent {
        mut handle,
        outlet,
        unless_detached,
    } = sent;
    let ended = ended_or_begun(&mut handle, &outlet).await;
    let times = Some(handle.times());
    let failed = move |failure| {
        // Kept as long as the body flows: with it the process is told that nobody wants more.
        let _rings = &unless_detached;
        workplace.failed(failure)
    };
    let outcome = match ended {
        Some(ended) if !outlet.has_begun() => ended.unwrap_or_else(|failure| Err(failed(failure))),
        ended => outlet.answer(handle, ended, failed),
    };
    Ran { outcome, times }
}

/// A call on its way; the future of what it comes to. Dropping it takes a waiting call out of the queue, and tells a running
/// one to stop unless its route is `detached`.
///
/// Small, because actix allocates room for it with each request.
pub(crate) enum Execution<'a> {
    /// The call is kept until its outcome is there, so that it is dropped here.
    Pooled(Arc<PlainCall>, Handle<Outcome>),
    /// On this event loop, in a box, so that the others need no room for it.
    Here(LocalFuture<'a, Ran>),
    Ended(Ready<Outcome>),
}

impl Execution<'_> {
    /// One whose outcome is known.
    pub(crate) fn ended(outcome: Outcome) -> Self {
        Self::Ended(ready(outcome))
    }

    /// What an answer has come to that has begun and goes on.
    #[cold]
    fn begun(&mut self, ended: Poll<Result<Outcome, TaskError>>) -> Ran {
        let nothing = Self::ended(Err(Error::internal("asked again after the end")));
        let Self::Pooled(call, handle) = std::mem::replace(self, nothing) else {
            return Err(Error::internal("an answer that nobody writes")).into();
        };
        let ended = match ended {
            Poll::Ready(ended) => Some(ended),
            Poll::Pending => None,
        };
        let times = Some(handle.times());
        let failed = {
            let call = call.clone();
            move |failure| call.workplace.failed(failure)
        };
        let outcome = call.outlet.answer(handle, ended, failed);
        Ran { outcome, times }
    }

    /// Ends it before its time: a waiting call never runs, a running one is told to stop even if its route is `detached`.
    pub(crate) fn cancel(&mut self) -> Ran {
        let times = match self {
            Self::Pooled(_, handle) => {
                handle.cancel();
                Some(handle.times())
            }
            Self::Here(_) | Self::Ended(_) => None,
        };
        let outcome = Err(Error::of(Kind::Cancelled).detail("cancelled by an operator"));
        *self = Self::ended(Err(Error::of(Kind::Cancelled)));
        Ran { outcome, times }
    }
}

impl Future for Execution<'_> {
    type Output = Ran;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ran> {
        match &mut *self {
            Self::Pooled(call, handle) => {
                let ended = Pin::new(&mut *handle).poll(context);
                if call.outlet.has_begun() {
                    return Poll::Ready(self.begun(ended));
                }
                ended.map(|outcome| Ran {
                    outcome: outcome.unwrap_or_else(|failure| Err(call.workplace.failed(failure))),
                    times: Some(handle.times()),
                })
            }
            Self::Here(future) => future.as_mut().poll(context),
            Self::Ended(outcome) => Pin::new(outcome).poll(context).map(Ran::from),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{error::Error, message::Response};

    fn there_and_back(ran: &Ran) -> Ran {
        serde_json::from_slice(&serde_json::to_vec(ran).unwrap()).unwrap()
    }

    #[test]
    fn what_a_call_came_to_survives_the_wire_with_its_times() {
        let times = TaskTimes {
            wait: Duration::from_nanos(1_500),
            run: Duration::from_secs(3),
        };
        let ran = Ran {
            outcome: Ok(Response::ok().text("done")),
            times: Some(times),
        };
        let back = there_and_back(&ran);
        assert_eq!(&back.outcome.unwrap().body()[..], b"done");
        let back = back.times.unwrap();
        assert_eq!((back.wait, back.run), (times.wait, times.run));
        let ran = Ran::from(Err(Error::conflict("taken")));
        let back = there_and_back(&ran);
        assert_eq!(back.outcome.unwrap_err().public_detail(), Some("taken"));
        assert!(back.times.is_none());
    }
}
