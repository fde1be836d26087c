//! What holds after every decision: checked in builds with debug assertions and in models.

use crate::{
    keys::LaneId,
    rules::{crew::Seat, state::State},
};

const IS_CHECKED: bool = cfg!(any(debug_assertions, gopool_loom));

impl<J: Clone> State<J> {
    /// Every thread and every job is somewhere, the limits hold, and nothing is lost: while a waiting job could start and the width has
    /// room, a worker is on its way, or no thread can be had.
    pub(crate) fn check(&self) {
        if !IS_CHECKED {
            return;
        }
        let (crew, lanes) = (&self.crew, &self.lanes);
        crew.check();
        // A thread that was stalled goes on beside the one that has its place.
        assert!(crew.live() <= self.settings.max_threads + self.settings.max_stalled);
        assert!(crew.lent() <= self.settings.lent_places());
        let running = crew.all(Seat::Busy) + crew.all(Seat::Overdue) + crew.stalled().len();
        assert_eq!(self.jobs.len(), lanes.waiting() + running);
        assert!(lanes.startable() <= lanes.waiting());
        assert!(
            lanes.startable().min(self.room()) == 0 || self.coming() > 0 || crew.parked() == 0,
            "a job could start, a thread is parked, and nobody wakes it"
        );
    }

    /// Every task ever given to this lane is in exactly one of its counts.
    pub(crate) fn check_lane(&self, id: LaneId) {
        if !IS_CHECKED {
            return;
        }
        let queue = self.lanes.get(id);
        let counters = &queue.counters;
        assert_eq!(
            counters.submitted,
            counters.settled() + counters.queued + counters.running
        );
        assert_eq!(counters.queued, queue.waiting() as u64);
        assert!(queue.overdue <= queue.occupied && queue.occupied <= queue.concurrency);
    }
}
