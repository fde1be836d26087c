//! The master's half: a thread of a pool of its own gives the call to a child and waits for the outcome.

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{tag::IsolatedCall, wire};
use crate::{
    call::Envelope,
    compress::ReplyCoding,
    error::{Error, Kind},
    exec::{
        endpoint::Endpoint,
        outlet::{Desk, Outlet},
        pooled::{Entry, Pooled},
    },
    message::{Failure as Broken, Writer},
    route::Outcome,
};
use gopool_isolated::{Answered, Failure, Heard, Interrupt, Job, Label, Nursery, Running, Terms};
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
    /// Where an answer is left whose body flows.
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) unless_detached: Option<RingOnDrop>,
}

pub(crate) struct RingOnDrop(Interrupt);

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
        let wait = standing
            .left()
            .map_or(deadline.wait, |left| left.min(deadline.wait));
        let wait_until = Instant::now() + wait;
        let tag = Arc::new(IsolatedCall {
            request_id: envelope.request.id().clone(),
            origin: envelope.origin,
            interrupt: interrupt.clone(),
        });
        let outlet = Arc::<Outlet>::default();
        let desk = Desk {
            pool: self.pool().clone(),
            silence: deadline.run,
            // The child has coded the parts.
            coding: ReplyCoding::Off,
            outlet: outlet.clone(),
            process: None,
        };
        let terms = Terms {
            wait_until,
            limit: deadline.run,
            until: standing.due,
        };
        let job = Job {
            label,
            memory: endpoint.route.limits.memory,
            fresh: endpoint.route.limits.fresh,
            ..Job::default()
        };
        let work = move || {
            // The process opens it by its place here, so it is held until the call has ended.
            let _spooled = envelope.request.held();
            let (head, body) = wire::write_call(envelope)?;
            let running = nursery.begin(&Job { head, body, ..job }, &interrupt, terms);
            answer(running.map_err(failed)?, desk)
        };
        // Whoever waits for a child waits no longer than its limit, so the pool's clock need not look.
        let task = Task::fallible(work).tag(tag).queue_timeout(wait).timeout(None);
        let handle = self.pooled.submit(endpoint, standing, entry, task)?;
        Ok(Sent {
            handle,
            outlet,
            unless_detached,
        })
    }
}

/// Waits for the answer of a child, or for its head and passes its parts on.
fn answer(mut running: Running, mut desk: Desk<Arc<Outlet>>) -> Outcome {
    match running.hear().map_err(failed)? {
        Heard::Answered(answered) => whole(running, &answered),
        Heard::Begun(begun) => match wire::read_begun(&begun.head) {
            Ok(head) => {
                desk.process = Some(running.stall());
                desk.write(head, Box::new(|out| pass_on(running, begun.body, out)))
            }
            Err(error) => Err(nonsense(running, &error)),
        },
        Heard::Part(_) => Err(nonsense(running, &"a part of nothing")),
    }
}

/// The outcome that an answer says.
fn whole(running: Running, answered: &Answered) -> Outcome {
    match wire::read_outcome(&answered.head, answered.body.clone()) {
        Ok(outcome) => {
            running.accept(answered);
            outcome
        }
        Err(error) => Err(nonsense(running, &error)),
    }
}

/// Gives each part of an answer to the client. When that has left, so does whoever hears the child, who is told so.
fn pass_on(mut running: Running, first: Bytes, out: &mut Writer) -> Result<(), Broken> {
    let mut part = first;
    loop {
        out.send(part)?;
        part = match running.hear() {
            Ok(Heard::Part(next)) => next,
            Ok(Heard::Answered(answered)) => {
                return whole(running, &answered).map(drop).map_err(Error::carried);
            }
            Ok(Heard::Begun(_)) => return Err(nonsense(running, &"a second beginning").carried()),
            Err(failure) => return Err(failed(failure).carried()),
        };
    }
}

/// What comes of an answer that cannot be read.
fn nonsense(running: Running, error: &dyn Display) -> Error {
    failed(running.refuse(format!("its answer cannot be read: {error}")))
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
