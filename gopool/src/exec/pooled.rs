//! On the pool.

use std::time::Instant;

use super::endpoint::Endpoint;
use crate::{
    call::Deadline,
    error::{Error, Kind},
    route::Outcome,
};
use gopool_pool::{Handle, Lane, Mailbox, Pool, Rejected, Task, TaskError};

/// Runs work on a pool, and says in HTTP's words what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Pooled {
    pub(crate) pool: Pool,
}

impl Pooled {
    /// Puts the work of one call into the lane of its route.
    pub(super) fn submit<F>(
        &self,
        endpoint: &Endpoint,
        deadline: Deadline,
        mailbox: &Mailbox,
        work: F,
    ) -> Result<Handle<Outcome>, Error>
    where
        F: FnOnce() -> Outcome + Send + 'static,
    {
        let mut task = Task::fallible(work)
            .via(mailbox)
            .queue_timeout(deadline.wait)
            .timeout(deadline.run);
        if let Some(lane) = &endpoint.lane {
            task = task.lane(lane);
        }
        if endpoint.route.limits.detached {
            task = task.detached();
        }
        self.pool
            .submit(task)
            .map_err(|refusal| self.refused(endpoint.lane, refusal))
    }

    /// Runs the CPU part of an async handler, in the lane of its route and under the deadline of its call.
    pub(super) async fn cpu<T, F>(
        &self,
        lane: Option<Lane>,
        deadline: Option<Instant>,
        work: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let mut task = Task::new(work);
        if let Some(lane) = &lane {
            task = task.lane(lane);
        }
        if let Some(deadline) = deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            task = task.queue_timeout(left).timeout(left);
        }
        let handle = self
            .pool
            .submit(task)
            .map_err(|refusal| self.refused(lane, refusal))?;
        handle.await.map_err(|failure| self.failed(lane, failure))
    }

    fn refused(&self, lane: Option<Lane>, refusal: Rejected) -> Error {
        match refusal {
            Rejected::Closed => Error::of(Kind::ShuttingDown),
            Rejected::Cancelled => cancelled(),
            Rejected::QueueFull | Rejected::WouldBeLate | Rejected::NoThread | Rejected::Overdue => self
                .retry_later(lane, Error::of(Kind::QueueFull))
                .detail(refusal.to_string()),
            // Our lanes are made by our pool.
            Rejected::ForeignLane => Error::internal(refusal),
            _ => Error::internal(refusal),
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
            TaskError::Panicked(text) => Error::panicked(text),
            _ => Error::internal(failure),
        }
    }

    /// Asks the client to wait as long as the route's queue takes, with up to half of that on top, lest all come back at once.
    fn retry_later(&self, lane: Option<Lane>, error: Error) -> Error {
        let wait = match lane {
            Some(lane) => self.pool.estimated_wait_in(&lane),
            None => self.pool.estimated_wait(),
        };
        error.retry_after(wait.mul_f64(1.0 + fastrand::f64() / 2.0))
    }
}

/// Told to stop by the application itself; a client that left gets no answer.
fn cancelled() -> Error {
    Error::of(Kind::ShuttingDown).detail("cancelled")
}
