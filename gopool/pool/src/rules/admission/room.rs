//! A bounded queue, shared fairly among the lanes that wait.

use crate::{
    keys::{JobKey, LaneId},
    rules::lanes::Lanes,
};

/// How much room the queue has, for a job that arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// The most waiting jobs.
    pub(crate) max_queue: usize,
    /// Threads that can be had for waiting jobs, existing or not.
    pub(crate) free_threads: usize,
}

/// What the room allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Enter,
    /// This waiting job has to make room.
    EnterFor(JobKey),
    Refuse,
}

impl Room {
    /// Whether one more job of `lane` may wait.
    pub(crate) fn judge(self, lanes: &Lanes, lane: LaneId) -> Verdict {
        let more = usize::from(lanes.get(lane).takes_more());
        if self.backlog(lanes.waiting() + 1, lanes.startable() + more) <= self.max_queue {
            return Verdict::Enter;
        }
        // A waiting job that a free thread is about to take holds no place in the queue: to displace it would make no room.
        let is_about_to_start = lanes.startable() > 0 && self.free_threads >= lanes.startable();
        match self.displaceable(lanes, lane) {
            Some(key) if !is_about_to_start => Verdict::EnterFor(key),
            _ => Verdict::Refuse,
        }
    }

    /// Jobs that would have to wait although every thread that may exist were there.
    fn backlog(self, waiting: usize, startable: usize) -> usize {
        waiting - startable.min(self.free_threads)
    }

    /// The oldest stale job of the lane with most of them; without any, the newest job of the longest lane, if the arriving job's lane
    /// holds less than its fair share.
    fn displaceable(self, lanes: &Lanes, arriving: LaneId) -> Option<JobKey> {
        if let Some(stale) = lanes.stalest().and_then(|queue| queue.stale().first()) {
            return Some(stale);
        }
        let own = lanes.get(arriving).waiting();
        let share = self.max_queue / lanes.sharers_with(arriving).max(1);
        let longest = lanes.longest().filter(|_| own < share)?;
        longest.newest().filter(|_| longest.waiting() > own)
    }
}
