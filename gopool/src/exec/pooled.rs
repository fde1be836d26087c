//! On the pool.

use std::time::{Duration, Instant};

use super::endpoint::Endpoint;
use crate::{
    call::Standing,
    error::{Error, Kind},
    route::Outcome,
};
use gopool_pool::{Handle, Lane, Mailbox, Permit, Pool, Rejected, Task, TaskError};

/// How a call comes to the pool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    /// Of the event loop that waits for it.
    pub(super) mailbox: &'a Mailbox,
    /// The pool's word that it takes the call, if it was asked before.
    pub(super) permit: Option<Permit>,
}

/// Runs work on a pool, and says in HTTP's words what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Pooled {
    pub(crate) pool: Pool,
}

impl Pooled {
    /// Puts the task of one call into the lane of its route; what is refused later is the outcome of its handle.
    pub(super) fn post<F>(
        &self,
        endpoint: &Endpoint,
        standing: Standing,
        entry: Entry<'_>,
        task: Task<Outcome, F>,
    ) -> Result<Handle<Outcome>, Error>
    where
        F: FnOnce() -> Outcome + Send + 'static,
    {
        let lane = endpoint.lane_for(standing);
        self.pool
            .post(placed(task, endpoint, lane, entry))
            .map_err(|refusal| self.refused(lane, refusal))
    }

    /// The same with the refusal at once.
    pub(super) fn submit<F>(
        &self,
        endpoint: &Endpoint,
        standing: Standing,
        entry: Entry<'_>,
        task: Task<Outcome, F>,
    ) -> Result<Handle<Outcome>, Error>
    where
        F: FnOnce() -> Outcome + Send + 'static,
    {
        let lane = endpoint.lane_for(standing);
        self.pool
            .submit(placed(task, endpoint, lane, entry))
            .map_err(|refusal| self.refused(lane, refusal))
    }

    /// Whether a call of this endpoint and standing would be taken at this moment.
    pub(super) fn would_take(
        &self,
        endpoint: &Endpoint,
        standing: Standing,
    ) -> Result<Option<Permit>, Error> {
        let Some(lane) = endpoint.lane_for(standing) else {
            return Ok(None);
        };
        let wait = endpoint.deadline.wait;
        self.pool
            .would_take(&lane, standing.left().map_or(wait, |left| left.min(wait)))
            .map(Some)
            .map_err(|refusal| self.refused(Some(lane), refusal))
    }

    /// Runs the CPU part of an async handler, in the lane of its route and under the deadline of its call.
    pub(super) async fn cpu<T, F>(
        &self,
        lane: Option<Lane>,
        deadline: Option<Instant>,
        mut task: Task<T, F>,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        if let Some(lane) = &lane {
            task = task.lane(lane);
        }
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            task = task.queue_timeout(left).timeout(left).within(left);
        }
        let handle = self
            .pool
            .post(task)
            .map_err(|refusal| self.refused(lane, refusal))?;
        handle.await.map_err(|failure| self.failed(lane, failure))
    }

    /// Has a function write the answer of an async handler, in the lane of its route.
    pub(super) fn write<F>(
        &self,
        lane: Option<Lane>,
        limit: Duration,
        work: F,
    ) -> Result<Handle<Outcome>, Error>
    where
        F: FnOnce() -> Outcome + Send + 'static,
    {
        let mut task = Task::fallible(work).queue_timeout(limit).timeout(limit);
        if let Some(lane) = &lane {
            task = task.lane(lane);
        }
        self.pool
            .submit(task)
            .map_err(|refusal| self.refused(lane, refusal))
    }

    fn refused(&self, lane: Option<Lane>, refusal: Rejected) -> Error {
        match refusal {
            Rejected::Closed => Error::of(Kind::ShuttingDown),
            Rejected::Cancelled => cancelled(),
            Rejected::QueueFull | Rejected::Overloaded | Rejected::NoThread | Rejected::Overdue => self
                .retry_later(lane, Error::of(Kind::QueueFull))
                .detail(refusal.to_string()),
            // Our lanes are made by our pool.
            Rejected::ForeignLane => Error::internal(refusal),
        }
    }

    pub(super) fn failed(&self, lane: Option<Lane>, failure: TaskError) -> Error {
        match failure {
            TaskError::Rejected(refusal) => self.refused(lane, refusal),
            TaskError::Closed => Error::of(Kind::ShuttingDown),
            TaskError::Cancelled => cancelled(),
            TaskError::QueueTimeout => self
                .retry_later(lane, Error::of(Kind::QueueTimeout))
                .detail(failure.to_string()),
            TaskError::Timeout => Error::of(Kind::Timeout).detail("told to stop"),
            TaskError::Stalled => Error::of(Kind::QueueFull).detail(failure.to_string()),
            TaskError::Panicked(text) => Error::panicked(text),
        }
    }

    /// Gives the client a time of its own to come back.
    fn retry_later(&self, lane: Option<Lane>, error: Error) -> Error {
        error.retry_after(self.pool.appointment(lane.as_ref()))
    }
}

/// The task of one call of this endpoint.
fn placed<F>(
    task: Task<Outcome, F>,
    endpoint: &Endpoint,
    lane: Option<Lane>,
    entry: Entry<'_>,
) -> Task<Outcome, F>
where
    F: FnOnce() -> Outcome + Send + 'static,
{
    let mut task = task.via(entry.mailbox);
    if let Some(lane) = &lane {
        task = task.lane(lane);
    }
    if let Some(permit) = entry.permit {
        task = task.permit(permit);
    }
    if endpoint.route.limits.detached {
        task = task.detached();
    }
    task
}

/// Told to stop by the application itself; a client that left gets no answer.
fn cancelled() -> Error {
    Error::of(Kind::Cancelled).detail("cancelled by the application")
}
