//! Growth: more jobs run at once than there are cores only while cores are idle.

use crate::time::Moment;
use std::time::Duration;

/// How long a job waits before more width is worth a thought.
pub(crate) const PATIENCE: Duration = Duration::from_millis(2);
/// How often the CPU clock is read while jobs wait. What other threads have used reaches that clock only with the kernel's tick, every 4 ms
/// or even 10: over less time, two full cores look now idle, now like four.
pub(crate) const PERIOD: Duration = Duration::from_millis(40);
/// Below this share of the cores, more jobs at once would use what is idle.
const IDLE_BELOW: f64 = 0.75;
/// Above this share, more jobs at once would only take turns.
const FULL_ABOVE: f64 = 0.90;

/// How many jobs may run at once, from the core count up to the most threads.
#[derive(Debug)]
pub(crate) struct Growth {
    width: usize,
    cores: usize,
    /// How many cores' worth of CPU time there is: less than the cores under a quota.
    capacity: f64,
    most: usize,
    last: Option<Sample>,
    /// Since when no job waits.
    rests_since: Option<Moment>,
    /// When the clock is to be read next: never, while no job waits.
    next: Moment,
}

/// One reading of the process's CPU clock.
#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Moment,
    used: Duration,
}

impl Growth {
    pub(crate) fn new(cores: usize, capacity: f64, most: usize) -> Self {
        Self {
            width: cores.min(most),
            cores,
            capacity,
            most,
            last: None,
            rests_since: None,
            next: Moment::NEVER,
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Whether the width can ever differ from the most threads, that is, whether the CPU clock matters.
    pub(crate) fn can_change(&self) -> bool {
        self.most > self.cores
    }

    /// After a time in which nothing waited the width is nearer to the cores: what comes next may be other work.
    fn shrink(&mut self, now: Moment) {
        let cores = self.cores.min(self.most);
        let Some(since) = self.rests_since.take() else {
            return;
        };
        let halvings = Duration::from(now.since(since)).as_secs().min(usize::BITS.into());
        for _ in 0..halvings {
            self.width = cores + (self.width - cores) / 2;
        }
    }

    /// A job waits. Gives the moment of the first reading, if none is planned and readings can change anything.
    pub(crate) fn request_reading(&mut self, now: Moment) -> Option<Moment> {
        if !self.can_change() || self.next != Moment::NEVER {
            return None;
        }
        self.shrink(now);
        self.next = now + PATIENCE;
        Some(self.next)
    }

    /// The moment of the next reading, or never.
    pub(crate) fn next_reading(&self) -> Moment {
        self.next
    }

    /// Nothing waits: no more readings, and the next one will be a first one.
    pub(crate) fn rest(&mut self, now: Moment) {
        self.last = None;
        self.next = Moment::NEVER;
        self.rests_since = Some(now);
    }

    /// Takes a reading, `used` being the CPU time of the process so far, and gives the moment for the next.
    ///
    /// The width grows only if `is_wanted`: all of it is in use and a job has waited a while.
    pub(crate) fn observe(&mut self, now: Moment, used: Duration, is_wanted: bool) -> Moment {
        let Some(last) = self.last else {
            return self.remember(now, used);
        };
        let wall = Duration::from(now.since(last.at));
        if wall < PERIOD {
            return last.at + PERIOD;
        }
        let share = used.saturating_sub(last.used).as_secs_f64() / (wall.as_secs_f64() * self.capacity);
        if share < IDLE_BELOW && is_wanted {
            self.width = self.most.min(self.width + (self.width / 2).max(1));
        } else if share > FULL_ABOVE && self.width > self.cores.min(self.most) {
            self.width -= ((self.width - self.cores) / 4).max(1);
        }
        self.remember(now, used)
    }

    fn remember(&mut self, at: Moment, used: Duration) -> Moment {
        self.last = Some(Sample { at, used });
        self.next = at + PERIOD;
        self.next
    }
}

#[cfg(all(test, not(gopool_loom)))]
mod tests {
    use super::*;
    use crate::sync;

    /// Of a machine without quota.
    fn new(cores: usize, most: usize) -> Growth {
        Growth::new(cores, cores as f64, most)
    }

    /// Feeds readings of `busy_cores` cores in use, one each period, and gives the widths.
    fn widths(growth: &mut Growth, busy_cores: f64, readings: u32, is_wanted: bool) -> Vec<usize> {
        let start = sync::now();
        let read = |n: u32| {
            growth.observe(start + PERIOD * n, (PERIOD * n).mul_f64(busy_cores), is_wanted);
            growth.width()
        };
        (0..readings).map(read).collect()
    }

    #[test]
    fn idle_cores_widen_two_to_sixty_four_in_half_a_second() {
        let mut growth = new(2, 64);
        let widths = widths(&mut growth, 0.1, 12, true);
        assert_eq!(
            (widths[0], widths[1], widths[2]),
            (2, 3, 4),
            "the first reading decides nothing"
        );
        assert_eq!(widths.last(), Some(&64));
        assert!(widths.is_sorted());
    }

    #[test]
    fn full_cores_never_widen_and_bring_the_width_back() {
        let mut growth = new(2, 64);
        assert_eq!(widths(&mut growth, 2.0, 20, true).last(), Some(&2));
        widths(&mut growth, 0.0, 60, true);
        growth.rest(sync::now());
        assert_eq!(widths(&mut growth, 1.95, 60, true).last(), Some(&2));
    }

    #[test]
    fn a_quota_below_one_core_that_is_used_up_is_no_idle_core() {
        let table = [
            // (quota, cores in use, the width in the end)
            (0.5, 0.5, 1),
            (0.5, 0.47, 1),
            (0.5, 0.1, 64),
            (0.25, 0.25, 1),
        ];
        for (quota, busy, width) in table {
            let mut growth = Growth::new(1, quota, 64);
            let widths = widths(&mut growth, busy, 100, true);
            assert_eq!(widths.last(), Some(&width), "{busy} of {quota}");
        }
    }

    #[test]
    fn a_clock_that_lags_by_a_tick_does_not_make_full_cores_look_idle() {
        let (mut growth, start) = (new(2, 64), sync::now());
        let tick = Duration::from_millis(10);
        for n in 1..50 {
            let lag = if n % 2 == 0 { tick * 2 } else { Duration::ZERO };
            growth.observe(start + PERIOD * n, PERIOD * n * 2 - lag, true);
        }
        assert_eq!(growth.width(), 2);
    }

    #[test]
    fn between_idle_and_full_the_width_stays() {
        let mut growth = new(2, 64);
        widths(&mut growth, 0.0, 5, true);
        growth.rest(sync::now());
        let before = growth.width();
        assert_eq!(widths(&mut growth, 1.65, 20, true).last(), Some(&before));
    }

    #[test]
    fn the_width_comes_back_while_nothing_waits() {
        let mut growth = new(2, 64);
        widths(&mut growth, 0.1, 12, true);
        let now = sync::now();
        growth.rest(now);
        growth.request_reading(now + Duration::from_millis(900));
        assert_eq!(growth.width(), 64, "a pause between two bursts");
        growth.rest(now);
        growth.request_reading(now + Duration::from_secs(3));
        assert_eq!(growth.width(), 2 + 62 / 8);
        growth.rest(now);
        growth.request_reading(now + Duration::from_secs(3600));
        assert_eq!(growth.width(), 2);
    }

    #[test]
    fn the_width_does_not_grow_while_nobody_wants_it() {
        assert_eq!(widths(&mut new(2, 64), 0.0, 20, false).last(), Some(&2));
    }

    #[test]
    fn fewer_threads_than_cores_are_the_width_for_ever() {
        let mut growth = new(8, 3);
        assert!(!growth.can_change());
        assert_eq!(widths(&mut growth, 0.0, 20, true).last(), Some(&3));
        growth.rest(sync::now());
        assert_eq!(widths(&mut growth, 8.0, 20, true).last(), Some(&3));
    }

    #[test]
    fn one_reading_is_planned_at_a_time_and_none_is_left_when_nothing_waits() {
        let (mut growth, now) = (new(2, 8), sync::now());
        assert_eq!(growth.request_reading(now), Some(now + PATIENCE));
        assert_eq!(growth.request_reading(now + PERIOD), None, "planned already");
        growth.rest(sync::now());
        assert_eq!(growth.next_reading(), Moment::NEVER);
        assert_eq!(growth.request_reading(now), Some(now + PATIENCE));
    }

    #[test]
    fn readings_closer_than_a_period_wait_for_its_end() {
        let (mut growth, start) = (new(2, 8), sync::now());
        growth.observe(start, Duration::ZERO, true);
        assert_eq!(
            growth.observe(start + PERIOD / 2, Duration::ZERO, true),
            start + PERIOD
        );
        assert_eq!(growth.width(), 2);
    }
}
