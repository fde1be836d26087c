//! How much the threads were used, and everything that is counted, read at one instant.

use super::{
    state::State,
    stats::{Counters, LaneStats, Stats, Threads, Timings},
    time::{Moment, Nanos},
};
use std::sync::Arc;

/// How long threads were busy, and how many came and went.
#[derive(Debug, Default)]
pub(super) struct Usage {
    busy_time: Nanos,
    /// `None` before the first job.
    counted_to: Option<Moment>,
    pub(super) started: u64,
    pub(super) ended: u64,
}

impl Usage {
    /// Adds the time since the last call, in which `busy` threads were busy. Called whenever that number is about to change.
    pub(super) fn count(&mut self, busy: usize, now: Moment) {
        self.busy_time = self.busy_time_at(busy, now);
        self.counted_to = self.counted_to.max(Some(now));
    }

    fn busy_time_at(&self, busy: usize, now: Moment) -> Nanos {
        let Nanos(since) = self.counted_to.map_or(Nanos::default(), |then| now.since(then));
        Nanos(self.busy_time.0.saturating_add(since.saturating_mul(busy as u64)))
    }
}

impl<J: Clone> State<J> {
    /// All counts at this instant.
    pub(super) fn stats(&self, now: Moment) -> Stats {
        let mut counters = Counters::default();
        let mut lanes = Vec::new();
        for lane in self.lanes.iter() {
            counters.add(&lane.counters);
            let Timings { wait, run } = lane.timings.as_deref().cloned().unwrap_or_default();
            lanes.push(LaneStats {
                name: Arc::clone(&lane.name),
                counters: lane.counters,
                overdue: lane.overdue,
                wait,
                run,
            });
        }
        Stats {
            counters,
            threads: Threads {
                starting: self.starting,
                idle: self.idle.len() + self.searching,
                busy: self.busy,
                overdue: self.overdue,
                width: self.width(),
                started: self.usage.started,
                ended: self.usage.ended,
            },
            busy_time: self.usage.busy_time_at(self.busy, now).into(),
            lanes,
            estimated_wait: self.estimated_wait().into(),
            is_stuck: self.is_stuck(),
        }
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::{super::sync, *};
    use std::time::Duration;

    #[test]
    fn busy_time_is_the_number_of_busy_threads_times_how_long_they_were() {
        let start = sync::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut usage = Usage::default();
        usage.count(0, at(0));
        usage.count(1, at(2));
        usage.count(3, at(3));
        assert_eq!(
            usage.busy_time_at(2, at(4)),
            Duration::from_secs(2 + 3 + 2).into()
        );
    }

    #[test]
    fn a_clock_reading_from_before_the_last_one_adds_nothing() {
        let start = sync::now();
        let mut usage = Usage::default();
        usage.count(1, start + Duration::from_secs(1));
        usage.count(1, start);
        assert_eq!(usage.busy_time_at(1, start + Duration::from_secs(1)), Nanos(0));
    }
}
