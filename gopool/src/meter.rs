//! What the server counts: plain meters that it fills and the monitor reads.
//!
//! Every event loop has meters of its own, so counting a request is a few additions to memory that no other core writes.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crate::{
    error::Kind,
    in_flight::InFlight,
    progress::{Progress, Staged},
};
use gopool_pool::measure::{Histogram, Recorder};

/// All meters of a master.
#[derive(Debug)]
pub(crate) struct Meters {
    loops: Box<[LoopMeter]>,
    stage: Progress<Stage>,
}

/// How far a master is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Starting,
    Serving,
    Draining,
}

impl Staged for Stage {
    const ALL: &'static [Self] = &[Self::Starting, Self::Serving, Self::Draining];
}

/// The meters of one event loop.
#[derive(Debug)]
pub(crate) struct LoopMeter {
    /// By the route's place in the table; made by its first request, because most routes of a large program are at rest.
    routes: Box<[OnceLock<Box<RouteMeter>>]>,
    unmatched: RouteMeter,
    pub(crate) in_flight: InFlight,
    pub(crate) connections: ConnectionMeter,
    pub(crate) lag: LagMeter,
}

/// The connections of one event loop that were cut off in the middle of an answer.
#[derive(Debug, Default)]
pub(crate) struct ConnectionMeter {
    stalled: AtomicU64,
    slow: AtomicU64,
    memory: AtomicU64,
    handshake: AtomicU64,
}

/// Why a client is cut off in the middle of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It took no byte for too long.
    Stalled,
    /// It took bytes too slowly.
    Slow,
    /// Others needed the memory of what it did not take.
    Memory,
    /// It did not come to an understanding in TLS.
    #[cfg_attr(not(feature = "tls"), allow(dead_code, reason = "there is no TLS"))]
    Handshake,
}

/// The requests of one route on one event loop.
#[derive(Debug, Default)]
pub(crate) struct RouteMeter {
    begun: AtomicU64,
    answered: [AtomicU64; 5],
    abandoned: AtomicU64,
    failures: [AtomicU64; Kind::ALL.len()],
    time: Recorder,
    /// Made by the first body: most routes read none.
    bodies: OnceLock<Box<Recorder>>,
}

/// What a [`RouteMeter`] says, or several together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests {
    /// Answered ones by the first digit of their status, from 1 to 5.
    pub(crate) answered: [u64; 5],
    /// Those whose client left before the answer.
    pub(crate) abandoned: u64,
    /// Those being served now.
    pub(crate) in_flight: u64,
    /// Those that were answered with a problem of ours, in the order of [`Kind::ALL`].
    pub(crate) failures: [u64; Kind::ALL.len()],
    /// From their arrival to their answer.
    pub(crate) time: Histogram,
    /// How long their bodies took to arrive, of those that arrived as a whole; `None` before the first.
    pub(crate) bodies: Option<Box<Histogram>>,
}

impl Meters {
    /// Meters for so many event loops and routes; the master is starting.
    pub(crate) fn new(loops: usize, routes: usize) -> Self {
        let routes = || (0..routes).map(|_| OnceLock::new()).collect();
        let meter = |event_loop| LoopMeter {
            routes: routes(),
            unmatched: RouteMeter::default(),
            in_flight: InFlight::on_loop(event_loop),
            connections: ConnectionMeter::default(),
            lag: LagMeter::new(),
        };
        Self {
            loops: (0..loops).map(meter).collect(),
            stage: Progress::default(),
        }
    }

    /// The meters of the event loop of this index.
    pub(crate) fn of_loop(&self, index: usize) -> Option<&LoopMeter> {
        self.loops.get(index)
    }

    /// All event loops, in their order.
    pub(crate) fn loops(&self) -> &[LoopMeter] {
        &self.loops
    }

    /// The requests of one route, or with `None` of all that led to none, on all event loops. `None` before the first.
    pub(crate) fn requests(&self, route: Option<usize>) -> Option<Requests> {
        let of_loop = |meter: &LoopMeter| meter.peek(route).map(RouteMeter::read);
        self.loops.iter().filter_map(of_loop).reduce(Requests::and)
    }

    pub(crate) fn stage(&self) -> Stage {
        self.stage.stage()
    }

    /// A later stage; never goes back.
    pub(crate) fn advance_to(&self, stage: Stage) {
        self.stage.advance_to(stage);
    }
}

impl LoopMeter {
    /// The meter of a route, or of all requests that lead to none.
    pub(crate) fn route(&self, index: Option<usize>) -> &RouteMeter {
        let cell = index.and_then(|index| self.routes.get(index));
        cell.map_or(&self.unmatched, |cell| cell.get_or_init(Box::default))
    }

    fn peek(&self, index: Option<usize>) -> Option<&RouteMeter> {
        match index {
            Some(index) => self.routes.get(index)?.get().map(Box::as_ref),
            None => Some(&self.unmatched),
        }
    }
}

impl ConnectionMeter {
    /// One was cut off.
    pub(crate) fn cut(&self, why: Cut) {
        self.counter(why).fetch_add(1, Relaxed);
    }

    /// How many were cut off for this reason.
    pub(crate) fn cuts(&self, why: Cut) -> u64 {
        self.counter(why).load(Relaxed)
    }

    fn counter(&self, why: Cut) -> &AtomicU64 {
        match why {
            Cut::Stalled => &self.stalled,
            Cut::Slow => &self.slow,
            Cut::Memory => &self.memory,
            Cut::Handshake => &self.handshake,
        }
    }
}

impl RouteMeter {
    /// A request has arrived.
    pub(crate) fn begin(&self) {
        self.begun.fetch_add(1, Relaxed);
    }

    /// A request was answered with this status after this time; `failure` when the answer is a problem of ours.
    pub(crate) fn answer(&self, status: u16, failure: Option<Kind>, time: Duration) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.answered[class].fetch_add(1, Relaxed);
        let place = failure.and_then(|failure| Kind::ALL.iter().position(|kind| *kind == failure));
        if let Some(place) = place {
            self.failures[place].fetch_add(1, Relaxed);
        }
        self.time.record(time);
    }

    /// The body of a request has arrived, so long after its head.
    pub(crate) fn receive(&self, time: Duration) {
        self.bodies.get_or_init(Box::default).record(time);
    }

    /// A request's client left before the answer.
    pub(crate) fn abandon(&self) {
        self.abandoned.fetch_add(1, Relaxed);
    }

    fn read(&self) -> Requests {
        let load = |counter: &AtomicU64| counter.load(Relaxed);
        // The ends before the begins: a request that ends meanwhile must not count as minus one in flight.
        let answered = self.answered.each_ref().map(load);
        let abandoned = load(&self.abandoned);
        let ended = answered.iter().sum::<u64>() + abandoned;
        Requests {
            answered,
            abandoned,
            in_flight: load(&self.begun).saturating_sub(ended),
            failures: self.failures.each_ref().map(load),
            time: self.time.read(),
            bodies: self.bodies.get().map(|bodies| Box::new(bodies.read())),
        }
    }
}

impl Requests {
    /// Both together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        let add =
            |own: &mut [u64], other: &[u64]| own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        add(&mut self.answered, &other.answered);
        add(&mut self.failures, &other.failures);
        self.abandoned += other.abandoned;
        self.in_flight += other.in_flight;
        self.time.merge(&other.time);
        match (&mut self.bodies, other.bodies) {
            (Some(own), Some(other)) => own.merge(&other),
            (own @ None, other) => *own = other,
            (Some(_), None) => {}
        }
        self
    }

    /// Whether there was none yet.
    pub(crate) fn is_none(&self) -> bool {
        self.answers() + self.abandoned + self.in_flight == 0
    }

    /// All that have an answer.
    pub(crate) fn answers(&self) -> u64 {
        self.answered.iter().sum()
    }
}

/// How late an event loop runs what is due: a timer there says when it is due next, and how late it was.
#[derive(Debug)]
pub(crate) struct LagMeter {
    base: Instant,
    /// In nanoseconds since `base`; 0 before the loop has started.
    due: AtomicU64,
    last: AtomicU64,
    lags: Recorder,
}

impl LagMeter {
    /// How often the timer is due.
    pub(crate) const PERIOD: Duration = Duration::from_secs(1);

    fn new() -> Self {
        let (due, last) = (AtomicU64::new(0), AtomicU64::new(0));
        Self {
            base: Instant::now(),
            due,
            last,
            lags: Recorder::default(),
        }
    }

    /// The timer is due at this moment.
    pub(crate) fn expect(&self, due: Instant) {
        self.due.store(self.nanos(due).max(1), Relaxed);
    }

    /// The timer ran so much later than it was due.
    pub(crate) fn record(&self, lag: Duration) {
        self.last
            .store(u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        self.lags.record(lag);
    }

    /// How late the loop was last, or is by now if the timer is due and still has not run.
    pub(crate) fn lag(&self, now: Instant) -> Duration {
        let last = Duration::from_nanos(self.last.load(Relaxed));
        let due = self.due.load(Relaxed);
        if due == 0 {
            return Duration::ZERO;
        }
        last.max(Duration::from_nanos(self.nanos(now).saturating_sub(due)))
    }

    /// All lags so far.
    pub(crate) fn read(&self) -> Histogram {
        self.lags.read()
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.base).as_nanos()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_loops_counts_add_up() {
        let meters = Meters::new(2, 1);
        for meter in meters.loops() {
            let route = meter.route(Some(0));
            (0..3).for_each(|_| route.begin());
            route.answer(200, None, MS);
            route.answer(503, Some(Kind::QueueFull), MS);
        }
        let requests = meters.requests(Some(0)).unwrap();
        assert_eq!(requests.answered, [0, 2, 0, 0, 2]);
        assert_eq!(
            (requests.in_flight, requests.answers(), requests.time.count()),
            (2, 4, 4)
        );
        let place = Kind::ALL
            .iter()
            .position(|kind| *kind == Kind::QueueFull)
            .unwrap();
        assert_eq!(requests.failures[place], 2);
    }

    #[test]
    fn bodies_are_measured_apart_and_only_where_there_are_any() {
        let meters = Meters::new(3, 1);
        meters
            .loops()
            .iter()
            .for_each(|meter| meter.route(Some(0)).begin());
        assert!(meters.requests(Some(0)).unwrap().bodies.is_none());
        for (meter, count) in meters.loops().iter().zip([0, 1, 2]) {
            (0..count).for_each(|_| meter.route(Some(0)).receive(MS));
        }
        let requests = meters.requests(Some(0)).unwrap();
        assert_eq!((requests.bodies.unwrap().count(), requests.time.count()), (3, 0));
    }

    #[test]
    fn a_client_that_leaves_is_no_longer_in_flight() {
        let meters = Meters::new(1, 1);
        let route = meters.of_loop(0).unwrap().route(Some(0));
        route.begin();
        route.abandon();
        let requests = meters.requests(Some(0)).unwrap();
        assert_eq!(
            (requests.in_flight, requests.abandoned, requests.answers()),
            (0, 1, 0)
        );
    }

    #[test]
    fn a_route_has_no_meter_before_its_first_request_and_the_unmatched_share_one() {
        let meters = Meters::new(1, 2);
        let meter = meters.of_loop(0).unwrap();
        meter.route(None).begin();
        meter.route(Some(99)).begin();
        assert!(meters.requests(Some(1)).is_none());
        assert_eq!(meters.requests(None).unwrap().in_flight, 2);
    }

    #[test]
    fn a_stage_never_goes_back() {
        let meters = Meters::new(1, 0);
        assert_eq!(meters.stage(), Stage::Starting);
        meters.advance_to(Stage::Draining);
        meters.advance_to(Stage::Serving);
        assert_eq!(meters.stage(), Stage::Draining);
    }

    #[test]
    fn a_loop_that_stands_still_lags_before_its_timer_has_run() {
        let meter = LagMeter::new();
        let due = meter.base + LagMeter::PERIOD;
        assert_eq!(meter.lag(due + MS), Duration::ZERO, "it has not started");
        meter.expect(due);
        assert_eq!(meter.lag(due), Duration::ZERO);
        assert_eq!(meter.lag(due + MS * 300), MS * 300);
        meter.record(MS * 5);
        meter.expect(due + LagMeter::PERIOD);
        assert_eq!(meter.lag(due + MS * 300), MS * 5);
    }
}
