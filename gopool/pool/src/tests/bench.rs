//! A pool without threads: the plain state, worked by hand, with the invariants checked after every step.

use crate::{
    Counters, Rejected, Stats, TaskError,
    admission::{Answer, Order},
    endings::Tick,
    growth,
    jobs::JobKey,
    lanes::LaneId,
    state::{Ending, Limits, Orders, Seat, State, Step, Turn},
    sync,
    time::{Moment, Nanos},
};
use std::{collections::BTreeMap, ops::AddAssign, time::Duration};

/// Jobs are numbers; the default lane is `LaneId(0)`.
pub(super) struct Bench {
    pub(super) state: State<u32>,
    pub(super) start: Moment,
    pub(super) now: Moment,
    /// Running jobs by number.
    pub(super) running: BTreeMap<u32, (usize, JobKey)>,
    /// Every job that was ever started, in order.
    pub(super) started: Vec<u32>,
    pub(super) answers: Vec<Answer<u32>>,
    /// Seats whose thread was asked for and is not there yet, if `holds_starts`.
    pub(super) starts: Vec<usize>,
    pub(super) wakes: Vec<usize>,
    /// Leave threads on their way, to be let go on by `go_on`.
    pub(super) holds_starts: bool,
    pub(super) parked_until: BTreeMap<usize, Moment>,
    pub(super) next: u32,
}

pub(super) const LIMITS: Limits = Limits {
    cores: 4,
    min_threads: 0,
    max_threads: 2,
    max_queue: 4,
    max_overdue: 2,
    idle_timeout: Duration::from_millis(50),
};

impl AddAssign<Duration> for Moment {
    fn add_assign(&mut self, time: Duration) {
        *self = *self + time;
    }
}

impl Bench {
    pub(super) fn new(limits: Limits) -> Self {
        let start = sync::now();
        Self {
            state: State::new(limits),
            start,
            now: start,
            running: BTreeMap::new(),
            started: Vec::new(),
            answers: Vec::new(),
            starts: Vec::new(),
            wakes: Vec::new(),
            holds_starts: false,
            parked_until: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn lane(&mut self, name: &str, limit: Option<usize>) -> LaneId {
        self.state.lanes.add(name.into(), limit)
    }

    /// Submits the next number without deadlines.
    pub(super) fn submit(&mut self, lane: LaneId) -> Result<(u32, JobKey), Rejected> {
        self.order(Order {
            lane,
            queue_timeout: Nanos::FOREVER,
            timeout: Nanos::FOREVER,
        })
    }

    pub(super) fn order(&mut self, order: Order) -> Result<(u32, JobKey), Rejected> {
        let number = self.next;
        self.next += 1;
        let outcome = self
            .state
            .submit(order, number, self.now)
            .map_err(|(_, why)| why)
            .map(|accepted| {
                self.answers.extend(accepted.displaced);
                self.carry_out(accepted.orders);
                (number, accepted.key)
            });
        self.check();
        outcome
    }

    pub(super) fn carry_out(&mut self, orders: Orders) {
        self.starts.extend(orders.spawn);
        self.wakes.extend(orders.wake);
        let is_dismissed = |(seat, what): (usize, &Seat)| (*what == Seat::Dismissed).then_some(seat);
        let dismissed: Vec<usize> = match orders.dismiss {
            true => self
                .state
                .seats
                .iter()
                .enumerate()
                .filter_map(is_dismissed)
                .collect(),
            false => Vec::new(),
        };
        for seat in dismissed {
            let turn = self.state.rise(seat, self.now, Moment::NEVER);
            self.take(seat, turn);
        }
        if !self.holds_starts {
            self.go_on();
        }
    }

    /// Lets the threads on their way arrive.
    pub(super) fn go_on(&mut self) {
        while let Some(seat) = self.wakes.pop() {
            let turn = self.state.rise(seat, self.now, Moment::NEVER);
            self.take(seat, turn);
        }
        while let Some(seat) = self.starts.pop() {
            let turn = self.state.arrive(seat, self.now);
            self.take(seat, turn);
        }
    }

    fn take(&mut self, seat: usize, turn: Turn<u32>) {
        self.parked_until.remove(&seat);
        match turn.step {
            Step::Run(assignment) => {
                self.started.push(assignment.payload);
                self.running.insert(assignment.payload, (seat, assignment.key));
            }
            Step::Search => {
                let again = self.state.look(seat, self.now);
                self.take(seat, again);
            }
            Step::Park(until) => {
                self.parked_until.insert(seat, until);
            }
            Step::Leave => {}
        }
        self.carry_out(turn.orders);
    }

    /// Ends the body of a running job; true if its result counts.
    pub(super) fn finish(&mut self, number: u32) -> bool {
        let (seat, key) = self.running.remove(&number).expect("the job runs");
        let (finished, turn) = self.state.finish(seat, key, Ending::Completed, self.now);
        self.take(seat, turn);
        self.check();
        finished.is_first
    }

    /// Lets time pass, wakes the parked threads that are due, and lets the clock look, as if it used no CPU.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
        let due: Vec<_> = self
            .parked_until
            .iter()
            .filter(|(_, until)| **until <= self.now)
            .map(|(s, u)| (*s, *u))
            .collect();
        for (seat, until) in due {
            // An earlier one of these may have led to work for this one.
            if self.parked_until.get(&seat) != Some(&until) {
                continue;
            }
            self.wakes.retain(|woken| *woken != seat);
            let turn = self.state.rise(seat, self.now, until);
            self.take(seat, turn);
        }
        self.tick(Duration::ZERO);
    }

    /// The clock looks, until it would sleep; gives the moment it would sleep to, or never.
    pub(super) fn tick(&mut self, cpu: Duration) -> Moment {
        loop {
            match self.state.tick(self.now, cpu) {
                Tick::Act(due) => {
                    self.answers.extend(due.answers);
                    self.carry_out(due.orders);
                    self.check();
                }
                Tick::Rest(until) => return until,
                Tick::Leave => return Moment::NEVER,
            }
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.state.stats(self.now)
    }

    pub(super) fn counters(&self) -> Counters {
        self.stats().counters
    }

    pub(super) fn rejected(&self, number: u32) -> bool {
        self.answers
            .contains(&(number, TaskError::Rejected(Rejected::QueueFull)))
    }

    /// Rule 11 and the sums that decisions rest on.
    pub(super) fn check(&self) {
        let counters = self.counters();
        assert_eq!(
            counters.submitted,
            counters.settled() + counters.queued + counters.running
        );
        assert_eq!(counters.queued, self.state.lanes.waiting() as u64);
        let seats = |wanted: Seat| self.state.seats.iter().filter(|seat| **seat == wanted).count();
        assert_eq!(seats(Seat::Busy), self.state.busy);
        assert_eq!(seats(Seat::Overdue), self.state.overdue);
        assert_eq!(seats(Seat::Parked), self.state.idle.len());
        assert_eq!(seats(Seat::Starting), self.state.starting);
        assert_eq!(seats(Seat::Searching), self.state.searching);
        let beyond_the_cores = self
            .state
            .limits
            .max_threads
            .saturating_sub(self.state.limits.cores);
        assert!(self.state.searching <= 1 + beyond_the_cores, "rule 5");
        assert_eq!(seats(Seat::Vacant), self.state.vacant.len());
        assert!(self.state.live() <= self.state.limits.max_threads);
        let limits = self.state.limits;
        assert!(counters.queued as usize <= limits.max_queue + limits.max_threads);
        // Nothing is lost: what could start has a worker on its way.
        let room = self.state.width().saturating_sub(self.state.busy);
        let coming = self.state.starting + self.state.searching;
        assert!(
            self.state.lanes.startable().min(room) == 0 || coming > 0,
            "a startable job and nobody comes"
        );
    }
}

/// One period of the CPU clock.
pub(super) const PERIOD: Duration = growth::PERIOD;
pub(super) const PATIENCE: Duration = growth::PATIENCE;
