//! A bounded queue, shared fairly among the lanes that wait.

use crate::{
    keys::{JobKey, LineId},
    priority::Priority,
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
    /// Whether one more job of `line` may wait.
    pub(crate) fn judge(self, lanes: &Lanes, line: LineId) -> Verdict {
        let more = usize::from(lanes.get(line.lane()).takes_more());
        if self.backlog(lanes.waiting() + 1, lanes.startable() + more) <= self.max_queue {
            return Verdict::Enter;
        }
        // A waiting job that a free thread is about to take holds no place in the queue: to displace it would make no room.
        let is_about_to_start = lanes.startable() > 0 && self.free_threads >= lanes.startable();
        match self.displaceable(lanes, line) {
            Some(key) if !is_about_to_start => Verdict::EnterFor(key),
            _ => Verdict::Refuse,
        }
    }

    /// Jobs that would have to wait although every thread that may exist were there.
    fn backlog(self, waiting: usize, startable: usize) -> usize {
        waiting - startable.min(self.free_threads)
    }

    /// Whoever makes room: of jobs that are less urgent a stale one, else the newest, the least urgent first; of those that are as urgent a
    /// stale one, else one that is beyond a fair share.
    fn displaceable(self, lanes: &Lanes, arriving: LineId) -> Option<JobKey> {
        let priority = arriving.share.priority;
        let stale = |priority| lanes.stalest(priority)?.stalest()?.stale().first();
        let newest = |priority| lanes.longest(priority)?.longest()?.newest();
        priority
            .below()
            .find_map(stale)
            .or_else(|| priority.below().find_map(newest))
            .or_else(|| stale(priority))
            .or_else(|| self.beyond_its_share(lanes, arriving, priority))
    }

    /// The newest job of the longest lane, if the arriving job's lane holds less than its fair share; else the newest of its own longest
    /// line, if the arriving job's line holds less than its share of the lane.
    fn beyond_its_share(self, lanes: &Lanes, arriving: LineId, priority: Priority) -> Option<JobKey> {
        let own = lanes.get(arriving.lane()).waiting_of(priority);
        let share = self.max_queue / lanes.sharers_with(arriving.lane()).max(1);
        if own < share {
            let longest = lanes.longest(priority)?;
            return longest.longest()?.newest().filter(|_| longest.waiting() > own);
        }
        let lane = lanes.share(arriving.share)?;
        let of_line = own / lane.standing_with(arriving.place).max(1);
        let held = lane.waiting_at(arriving.place);
        let longest = lane.longest().filter(|_| held < of_line)?;
        longest.newest().filter(|_| longest.waiting() > held)
    }
}
