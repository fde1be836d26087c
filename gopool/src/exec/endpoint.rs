//! A route as the placements know it.

use crate::{
    call::{Deadline, Envelope, Origin, Standing},
    message::{Request, TraceParent},
    route::Route,
};
use gopool_pool::Lane;

/// One route with what is in force for it where it runs.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) route: &'static Route,
    pub(crate) deadline: Deadline,
    /// Its queue in the pool; a program on one thread has no pool.
    pub(crate) lane: Option<Lane>,
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
