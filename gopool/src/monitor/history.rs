//! The last five minutes, a second at a time.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::reading::{LoopReading, Reading, RouteReading};
use gopool_pool::measure::{Gain, Histogram};

/// So many seconds are kept: the longest window.
pub(super) const KEPT: usize = 300;
/// The windows that are shown: their names and their lengths in seconds.
pub(super) const WINDOWS: [(&str, usize); 3] = [("10s", 10), ("1m", 60), ("5m", KEPT)];

/// What happened in each of the last seconds.
#[derive(Debug)]
pub(super) struct History {
    /// Oldest first.
    seconds: VecDeque<Second>,
    last: Reading,
}

/// What happened in one second, and how it stood at its end.
#[derive(Debug, Default)]
pub(super) struct Second {
    /// How long it really was.
    pub(super) length: Duration,
    pub(super) idle_threads: usize,
    pub(super) busy_threads: usize,
    pub(super) overdue_threads: usize,
    pub(super) queued: u64,
    /// The growth of the time that threads were busy.
    pub(super) busy_time: Duration,
    /// Refused for want of room.
    pub(super) rejected: u64,
    /// Out of time, while waiting or while running.
    pub(super) timed_out: u64,
    pub(super) cpu: Duration,
    pub(super) resident_bytes: Option<u64>,
    /// The worst of all event loops.
    pub(super) lag: Duration,
    loops: Vec<Gain>,
    /// By the row's number; only rows that did anything.
    pub(super) rows: Vec<(usize, Work)>,
}

/// What one row did in a second.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) answers: u64,
    /// Answers with a 5xx.
    pub(super) errors: u64,
    pub(super) time: Gain,
    pub(super) body: Gain,
    pub(super) wait: Gain,
    pub(super) run: Gain,
}

/// The sum of the last seconds, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(super) struct Window {
    pub(super) answers: u64,
    pub(super) errors: u64,
    pub(super) time: Histogram,
    pub(super) body: Histogram,
    pub(super) wait: Histogram,
    pub(super) run: Histogram,
}

/// All windows, each as [`WINDOWS`] lists them.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// How long each really is.
    pub(super) lengths: [Duration; 3],
    pub(super) all: [Window; 3],
    pub(super) rows: BTreeMap<usize, [Window; 3]>,
    /// By event loop.
    pub(super) lags: Vec<[Histogram; 3]>,
}

impl History {
    pub(super) fn starting_from(first: Reading) -> Self {
        Self {
            seconds: VecDeque::with_capacity(KEPT),
            last: first,
        }
    }

    /// Notes what happened since the last reading.
    pub(super) fn push(&mut self, reading: Reading) {
        if self.seconds.len() == KEPT {
            self.seconds.pop_front();
        }
        self.seconds.push_back(Second::between(&self.last, &reading));
        self.last = reading;
    }

    /// The last `count` seconds, oldest first; fewer when the process is younger.
    pub(super) fn last(&self, count: usize) -> impl Iterator<Item = &Second> {
        self.seconds.range(self.seconds.len().saturating_sub(count)..)
    }

    /// What share of `threads` was busy over the last `seconds`, from 0 to 1.
    pub(super) fn utilisation(&self, seconds: usize, threads: usize) -> f64 {
        let busy: Duration = self.last(seconds).map(|second| second.busy_time).sum();
        let length: Duration = self.last(seconds).map(|second| second.length).sum();
        ratio(busy.as_secs_f64(), length.as_secs_f64() * threads as f64)
    }

    /// How many cores were in use over the last `seconds`.
    pub(super) fn cores(&self, seconds: usize) -> f64 {
        let cpu: Duration = self.last(seconds).map(|second| second.cpu).sum();
        let length: Duration = self.last(seconds).map(|second| second.length).sum();
        ratio(cpu.as_secs_f64(), length.as_secs_f64())
    }

    /// Sums up all windows in one pass, from the newest second back.
    pub(super) fn windows(&self) -> Windows {
        let mut windows = Windows {
            lags: vec![Default::default(); self.last.loops.len()],
            ..Windows::default()
        };
        for (age, second) in self.seconds.iter().rev().enumerate() {
            let first = WINDOWS
                .iter()
                .position(|(_, length)| age < *length)
                .unwrap_or(WINDOWS.len());
            windows.add(first, second);
        }
        windows.accumulate();
        windows
    }
}

impl Windows {
    /// Counts a second in the shortest window that holds it.
    fn add(&mut self, window: usize, second: &Second) {
        self.lengths[window] += second.length;
        for (row, work) in &second.rows {
            work.add_to(&mut self.all[window]);
            work.add_to(&mut self.rows.entry(*row).or_default()[window]);
        }
        for (lags, gain) in self.lags.iter_mut().zip(&second.loops) {
            gain.add_to(&mut lags[window]);
        }
    }

    /// A longer window holds what the shorter ones hold.
    fn accumulate(&mut self) {
        for index in 1..WINDOWS.len() {
            self.lengths[index] += self.lengths[index - 1];
        }
        for windows in self.rows.values_mut().chain([&mut self.all]) {
            accumulate(windows, Window::add);
        }
        for lags in &mut self.lags {
            accumulate(lags, Histogram::merge);
        }
    }
}

/// Adds each of three to the next.
fn accumulate<T>(windows: &mut [T; 3], add: impl Fn(&mut T, &T)) {
    let [short, middle, long] = windows;
    add(middle, short);
    add(long, middle);
}

impl Window {
    fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        self.errors += other.errors;
        self.time.merge(&other.time);
        self.body.merge(&other.body);
        self.wait.merge(&other.wait);
        self.run.merge(&other.run);
    }
}

impl Second {
    fn between(before: &Reading, now: &Reading) -> Self {
        let pairs = before.rows.iter().zip(&now.rows);
        let work = pairs.map(|(before, now)| Work::between(before, now)).enumerate();
        let mut second = Self {
            length: now.at.saturating_duration_since(before.at),
            cpu: now.process.cpu.saturating_sub(before.process.cpu),
            resident_bytes: now.process.resident_bytes,
            lag: worst_lag(&before.loops, &now.loops),
            loops: before
                .loops
                .iter()
                .zip(&now.loops)
                .map(|(a, b)| Gain::between(&a.lags, &b.lags))
                .collect(),
            rows: work.filter(|(_, work)| !work.is_none()).collect(),
            ..Self::default()
        };
        second.count_pool(before, now);
        second
    }

    fn count_pool(&mut self, before: &Reading, now: &Reading) {
        let Some(pool) = &now.pool else { return };
        self.idle_threads = pool.threads.idle;
        self.busy_threads = pool.threads.busy;
        self.overdue_threads = pool.threads.overdue;
        self.queued = pool.counters.queued;
        let earlier = before.pool.as_ref();
        let counters = earlier.map(|pool| pool.counters).unwrap_or_default();
        let timed_out = |counters: &gopool_pool::Counters| counters.timeouts + counters.queue_timeouts;
        self.rejected = pool.counters.rejected.saturating_sub(counters.rejected);
        self.timed_out = timed_out(&pool.counters).saturating_sub(timed_out(&counters));
        let busy_time = earlier.map_or(Duration::ZERO, |pool| pool.busy_time);
        self.busy_time = pool.busy_time.saturating_sub(busy_time);
    }

    /// All rows together.
    pub(super) fn sum(&self) -> Window {
        let mut sum = Window::default();
        self.rows.iter().for_each(|(_, work)| work.add_to(&mut sum));
        sum
    }

    /// What `row` did.
    pub(super) fn work(&self, row: usize) -> Option<&Work> {
        let place = self.rows.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        Some(&self.rows[place].1)
    }

    /// So many in this second, as a rate.
    pub(super) fn rate(&self, count: u64) -> f64 {
        ratio(count as f64, self.length.as_secs_f64())
    }
}

/// The longest lag that ended in this second, or that lasts.
fn worst_lag(before: &[LoopReading], now: &[LoopReading]) -> Duration {
    let lag = |(before, now): (&LoopReading, &LoopReading)| {
        let mut ended = Histogram::default();
        Gain::between(&before.lags, &now.lags).add_to(&mut ended);
        ended.summary().max.max(now.lag)
    };
    before.iter().zip(now).map(lag).max().unwrap_or_default()
}

impl Work {
    fn between(before: &RouteReading, now: &RouteReading) -> Self {
        let (mut work, nothing) = (Self::default(), Histogram::default());
        if let Some(requests) = &now.requests {
            let earlier = before.requests.clone().unwrap_or_default();
            work.answers = requests.answers().saturating_sub(earlier.answers());
            work.errors = requests.answered[4].saturating_sub(earlier.answered[4]);
            work.time = Gain::between(&earlier.time, &requests.time);
            if let Some(bodies) = &requests.bodies {
                work.body = Gain::between(earlier.bodies.as_deref().unwrap_or(&nothing), bodies);
            }
        }
        if let Some(lane) = &now.lane {
            let earlier = before.lane.as_ref();
            work.wait = Gain::between(earlier.map_or(&nothing, |lane| &lane.wait), &lane.wait);
            work.run = Gain::between(earlier.map_or(&nothing, |lane| &lane.run), &lane.run);
        }
        work
    }

    fn is_none(&self) -> bool {
        self.answers == 0
            && self.body == Gain::default()
            && self.wait == Gain::default()
            && self.run == Gain::default()
    }

    fn add_to(&self, window: &mut Window) {
        window.answers += self.answers;
        window.errors += self.errors;
        self.time.add_to(&mut window.time);
        self.body.add_to(&mut window.body);
        self.wait.add_to(&mut window.wait);
        self.run.add_to(&mut window.run);
    }
}

/// A share; nothing of nothing is nothing.
pub(super) fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
