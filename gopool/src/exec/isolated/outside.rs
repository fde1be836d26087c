//! The master's half: a thread of a pool of its own gives the call to a child and waits for the outcome.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{tag::IsolatedCall, wire};
use crate::{
    call::Envelope,
    error::{Error, Kind},
    exec::{
        endpoint::Endpoint,
        pooled::{Entry, Pooled},
    },
    route::Outcome,
};
use gopool_isolated::{Answered, Failure, Interrupt, Job, Label, Nursery, Terms};
use gopool_pool::{Handle, Pool, Task};

/// Runs calls in child processes: as many at once as there may be, each waited for by one thread.
#[derive(Debug, Clone)]
pub(crate) struct Isolated {
    pub(crate) pooled: Pooled,
    pub(crate) nursery: Nursery,
}

/// A call on its way. Dropping it tells the child that nobody wants its answer.
pub(crate) struct Sent {
    pub(crate) handle: Handle<Outcome>,
    _unless_detached: Option<RingOnDrop>,
}

struct RingOnDrop(Interrupt);

impl Drop for RingOnDrop {
    fn drop(&mut self) {
        self.0.ring();
    }
}

impl Isolated {
    pub(crate) fn pool(&self) -> &Pool {
        &self.pooled.pool
    }

    /// Puts the call into the lane of its route.
    pub(crate) fn submit(
        &self,
        endpoint: &Endpoint,
        envelope: Envelope,
        entry: Entry<'_>,
    ) -> Result<Sent, Error> {
        let (deadline, standing) = (envelope.deadline, envelope.standing);
        let interrupt = Interrupt::new();
        let is_detached = endpoint.route.limits.detached;
        let unless_detached = (!is_detached).then(|| RingOnDrop(interrupt.clone()));
        let nursery = self.nursery.clone();
        let label = Label {
            route: endpoint.route.to_string(),
            request_id: envelope.request.id().to_string(),
        };
        let at_most = move |limit: Duration| standing.left().map_or(limit, |left| left.min(limit));
        let wait = at_most(deadline.wait);
        let wait_until = Instant::now() + wait;
        let tag = Arc::new(IsolatedCall {
            request_id: envelope.request.id().clone(),
            origin: envelope.origin,
            interrupt: interrupt.clone(),
        });
        let work = move || {
            let terms = Terms {
                wait_until,
                limit: at_most(deadline.run),
            };
            call(&nursery, envelope, label, &interrupt, terms)
        };
        // Whoever waits for a child waits no longer than its limit, so the pool's clock need not look.
        let task = Task::fallible(work).tag(tag).queue_timeout(wait).timeout(None);
        let handle = self.pooled.submit(endpoint, standing, entry, task)?;
        Ok(Sent {
            handle,
            _unless_detached: unless_detached,
        })
    }
}

fn call(nursery: &Nursery, envelope: Envelope, label: Label, interrupt: &Interrupt, terms: Terms) -> Outcome {
    // The process opens it by its place here, so it is held until the call has ended.
    let _spooled = envelope.request.held();
    let (head, body) = wire::write_call(envelope)?;
    let job = Job { head, body, label };
    let read = |answered: Answered| {
        wire::read_outcome(&answered.head, answered.body)
            .map_err(|error| format!("its answer cannot be read: {error}"))
    };
    nursery
        .run(job, interrupt, terms, read)
        .unwrap_or_else(|failure| Err(failed(failure)))
}

/// What a client is told.
fn failed(failure: Failure) -> Error {
    match failure {
        Failure::Late => Error::of(Kind::Timeout).detail("told to stop"),
        Failure::Closed => Error::of(Kind::ShuttingDown),
        // Only an operator leaves anybody there to read it.
        Failure::Unwanted => Error::of(Kind::Cancelled).detail("cancelled by an operator"),
        Failure::TooLarge => Error::of(Kind::HeadTooLarge).detail("the head cannot be given to a process"),
        Failure::Crashed { how } => Error::of(Kind::Crashed)
            .detail("the process that ran it ended; it may have done its work")
            .cause(how),
        Failure::NoProcess { reason, retry_in } => Error::of(Kind::NoProcess)
            .retry_after(retry_in.max(Duration::from_secs(1)))
            .cause(reason),
        other => Error::internal(other),
    }
}
