//! Refused at once rather than late.

use crate::{
    rules::{queue::Queue, run_times::RunTimes},
    time::Nanos,
};

/// So many jobs ahead correct an estimate soon, should it be wrong. In a flood they are there long before the first one has waited for long.
const MANY: usize = 16;

/// How long a job of one lane would wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lateness<'a> {
    pub(crate) lane: &'a Queue,
    pub(crate) run_times: &'a RunTimes,
    /// Waiting jobs that start before a new one of this lane.
    pub(crate) ahead: usize,
    /// How many jobs may run at once.
    pub(crate) width: usize,
    pub(crate) may_widen: bool,
}

impl Lateness<'_> {
    /// Whether the job would outlive its queue timeout in the queue.
    ///
    /// The estimate alone could be wrong for long, after one slow job among quick ones, so the facts must agree: many are ahead of
    /// threads that will not be more, or the lane's jobs do wait. A quarter is kept in hand: of the jobs that should just make it, half would not.
    pub(crate) fn is_certain(self, Nanos(limit): Nanos) -> bool {
        let may_have_more = self.may_widen && self.width < self.lane.concurrency;
        let is_flood = self.ahead >= MANY && !may_have_more;
        let is_plausible = is_flood || self.lane.recent_wait > Nanos(limit / 8);
        let in_good_time = Nanos(limit - limit / 4);
        is_plausible && self.estimate() > in_good_time
    }

    /// Until the lane's own jobs and those that take turns with them have had a thread each, and until the lane may have one more.
    pub(crate) fn estimate(self) -> Nanos {
        let waiting = self.lane.waiting.len();
        let own = self.lane.run_times.of_late() * waiting;
        let others = self.run_times.of_late() * (self.ahead - waiting);
        let for_a_thread = (own + others) / self.width.max(1);
        for_a_thread.max(own / self.lane.concurrency)
    }
}
