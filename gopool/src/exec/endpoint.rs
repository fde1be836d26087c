//! A route as the placements know it.

use std::sync::Arc;

use crate::{
    call::{Call, Deadline, Envelope, Origin, Standing},
    compress::Codings,
    context::Contexts,
    message::{Request, TraceParent},
    route::Route,
};
use gopool_pool::Lane;

/// One route with what is in force for it where it runs.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) route: &'static Route,
    pub(crate) deadline: Deadline,
    /// Its queue in the pool that runs it; a program on one thread has no pool.
    pub(crate) lane: Option<Lane>,
    /// The shared values of isolated handlers that run in this process; the other routes share those of the application.
    pub(crate) contexts: Option<Arc<Contexts>>,
    /// What its parameters want to have done with a body before a handler on an event loop is called.
    pub(crate) prepare: Option<fn(&Call)>,
    /// Whether its replies are compressed for clients that take that.
    pub(crate) compresses: bool,
}

impl Endpoint {
    /// A request of this route, ready to cross.
    pub(crate) fn envelope(
        &self,
        request: Request,
        standing: Standing,
        trace: Option<TraceParent>,
        origin: Option<Origin>,
    ) -> Envelope {
        Envelope {
            route: self.route.key(),
            request,
            deadline: self.deadline,
            standing,
            trace,
            origin,
            codings: Codings::default(),
        }
    }

    /// Where a request of this standing waits in the pool.
    pub(super) fn lane_for(&self, standing: Standing) -> Option<Lane> {
        let mut lane = self.lane?;
        if let Some(priority) = standing.priority {
            lane = lane.priority(priority);
        }
        if let Some(caller) = standing.caller {
            lane = lane.caller(caller);
        }
        Some(lane)
    }
}
