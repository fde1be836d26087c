//! Every decision of the pool, as one plain struct: no threads, no I/O, the time comes in as an argument.
//!
//! This file: the struct, and what a worker does next. `admission.rs`: what a submission leads to. `endings.rs`: how jobs end other than
//! by their worker. Nothing here drops a payload: whatever is to be answered or dropped is handed out, for after the lock.

use super::{
    deadlines::Deadlines,
    growth::Growth,
    jobs::{JobKey, Jobs, Stage},
    lanes::{LaneId, Lanes},
    run_times::RunTimes,
    stats::{Counters, Timings},
    time::{Moment, Nanos},
    usage::Usage,
};
use std::{sync::Arc, time::Duration};

/// The checked settings that decisions depend on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) cores: usize,
    pub(super) min_threads: usize,
    pub(super) max_threads: usize,
    pub(super) max_queue: usize,
    pub(super) max_overdue: usize,
    pub(super) idle_timeout: Duration,
}

impl Limits {
    /// Threads that can exist at once, overdue ones and their replacements included.
    pub(super) fn seats(&self) -> usize {
        self.max_threads + self.max_overdue
    }
}

/// The life of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// No new jobs; those that wait and run are finished.
    Closing,
    /// Every job has its answer; bodies may still run.
    Closed,
}

/// What the thread of a seat does, as the pool sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// No thread.
    Vacant,
    /// Counted, not yet at its first look.
    Starting,
    /// On its way to look for work: woken, or about to look once more before it parks. How many may: [`State::most_searching`].
    Searching,
    /// Waits on its condition variable.
    Parked,
    /// Runs a job.
    Busy,
    /// Runs a job past its timeout.
    Overdue,
    /// Parked when the pool closed; told to leave.
    Dismissed,
}

/// All that the lock protects.
#[derive(Debug)]
pub(super) struct State<J> {
    pub(super) limits: Limits,
    pub(super) phase: Phase,
    pub(super) jobs: Jobs<J>,
    pub(super) lanes: Lanes,
    pub(super) deadlines: Deadlines,
    pub(super) growth: Growth,
    pub(super) seats: Vec<Seat>,
    pub(super) vacant: Vec<usize>,
    /// Parked seats, the one that parked last at the end (rule 4).
    pub(super) idle: Vec<usize>,
    pub(super) searching: usize,
    pub(super) starting: usize,
    pub(super) busy: usize,
    pub(super) overdue: usize,
    pub(super) dismissed: usize,
    pub(super) clock: ClockRest,
    pub(super) run_times: RunTimes,
    pub(super) usage: Usage,
}

/// Whether the clock thread must be woken for an earlier deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClockRest {
    /// It looks at the state again before it sleeps.
    Awake,
    /// It sleeps until this moment.
    Until(Moment),
}

/// What a decision asks of the threads; carried out after the lock is released.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use = "an order that is not carried out is a lost wake-up"]
pub(super) struct Orders {
    /// This parked seat has work to look for.
    pub(super) wake: Option<usize>,
    /// Start a thread for this seat; it is counted already.
    pub(super) spawn: Option<usize>,
    /// The clock must look again.
    pub(super) wake_clock: bool,
    /// All seats look: the parked ones leave, because the pool closes.
    pub(super) dismiss: bool,
    /// The last thread of a closing pool has left.
    pub(super) is_empty: bool,
}

/// What a worker does next.
#[derive(Debug)]
pub(super) enum Step<J> {
    Run(Assignment<J>),
    /// Let others run once, then [`State::look`].
    Search,
    /// Wait until woken, or until the moment at which an idle thread leaves.
    Park(Moment),
    /// The seat is vacant already; end.
    Leave,
}

/// A job given to a worker.
#[derive(Debug)]
pub(super) struct Assignment<J> {
    pub(super) key: JobKey,
    pub(super) payload: J,
    /// From submission to start.
    pub(super) wait: Nanos,
}

/// A worker's next step and what else follows from the decision.
#[derive(Debug)]
pub(super) struct Turn<J> {
    pub(super) step: Step<J>,
    pub(super) orders: Orders,
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Completed,
    Failed,
    Panicked,
}

/// A job left its thread.
#[derive(Debug)]
pub(super) struct Finished<J> {
    /// The result goes to the caller; otherwise the caller has another answer and the result is dropped.
    pub(super) is_first: bool,
    pub(super) run: Nanos,
    /// The pool's hold on the job, to be dropped after the lock.
    pub(super) payload: Option<J>,
    /// The job was overdue: the name of its lane, for the log.
    pub(super) was_overdue: Option<Arc<str>>,
}

impl<J: Clone> State<J> {
    pub(super) fn new(limits: Limits) -> Self {
        let mut lanes = Lanes::default();
        lanes.add(Arc::from("default"), None);
        let seats = limits.seats();
        Self {
            limits,
            phase: Phase::Open,
            jobs: Jobs::new(),
            lanes,
            deadlines: Deadlines::default(),
            growth: Growth::new(limits.cores, limits.max_threads),
            seats: vec![Seat::Vacant; seats],
            vacant: (0..seats).rev().collect(),
            idle: Vec::new(),
            searching: 0,
            starting: 0,
            busy: 0,
            overdue: 0,
            dismissed: 0,
            clock: ClockRest::Awake,
            run_times: RunTimes::default(),
            usage: Usage::default(),
        }
    }

    /// A new thread is at its seat.
    pub(super) fn arrive(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.starting -= 1;
        self.proceed(seat, now, true)
    }

    /// Whether a worker that looked now would do anything but park.
    pub(super) fn is_worth_a_look(&self) -> bool {
        self.lanes.startable() > 0 || self.phase != Phase::Open
    }

    /// The searching worker looks again; if there is nothing now either, it parks.
    pub(super) fn look(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.searching -= 1;
        self.proceed(seat, now, false)
    }

    /// A parked worker is awake, for whatever reason.
    pub(super) fn rise(&mut self, seat: usize, now: Moment, until: Moment) -> Turn<J> {
        match self.seats[seat] {
            Seat::Searching => self.look(seat, now),
            Seat::Dismissed => {
                self.dismissed -= 1;
                self.leave(seat)
            }
            Seat::Parked if until <= now => {
                self.idle.retain(|idle| *idle != seat);
                if self.live() < self.limits.min_threads {
                    return self.park(seat, now);
                }
                self.leave(seat)
            }
            _ => Turn {
                step: Step::Park(until),
                orders: Orders::default(),
            },
        }
    }

    /// A body ended: settles the job if nothing else has, and gives its worker the next step.
    pub(super) fn finish(
        &mut self,
        seat: usize,
        key: JobKey,
        ending: Ending,
        now: Moment,
    ) -> (Finished<J>, Turn<J>) {
        let was_overdue = self.seats[seat] == Seat::Overdue;
        let finished = self.conclude(key, ending, was_overdue, now);
        if !was_overdue {
            self.usage.count(self.busy, now);
            self.busy -= 1;
            return (finished, self.proceed(seat, now, true));
        }
        self.overdue -= 1;
        if self.live() < self.most_threads() {
            return (finished, self.proceed(seat, now, true));
        }
        let mut turn = self.leave(seat);
        self.staff(&mut turn.orders);
        (finished, turn)
    }

    /// Takes an ended job out of the books.
    fn conclude(&mut self, key: JobKey, ending: Ending, was_overdue: bool, now: Moment) -> Finished<J> {
        let Some(job) = self.jobs.remove(key) else {
            return Finished {
                is_first: false,
                run: Nanos::default(),
                payload: None,
                was_overdue: None,
            };
        };
        if job.armed != Moment::NEVER {
            self.deadlines.bury(&self.jobs);
        }
        self.lanes.release(job.lane);
        let lane = self.lanes.get_mut(job.lane);
        lane.overdue -= usize::from(was_overdue);
        let (run, is_settled) = match job.stage {
            Stage::Running {
                started, is_settled, ..
            } => (now.since(started), is_settled),
            Stage::Waiting { .. } => (Nanos::default(), true),
        };
        lane.run_times.add(run);
        if let Some(timings) = &mut lane.timings {
            timings.run.record_nanos(run);
        }
        if !is_settled {
            lane.counters.running -= 1;
            match ending {
                Ending::Completed => lane.counters.completed += 1,
                Ending::Failed => lane.counters.failed += 1,
                Ending::Panicked => lane.counters.panicked += 1,
            }
        }
        let was_overdue = was_overdue.then(|| Arc::clone(&lane.name));
        self.run_times.add(run);
        Finished {
            is_first: !is_settled,
            run,
            payload: Some(job.payload),
            was_overdue,
        }
    }

    /// The next step of a worker that is counted nowhere at this moment.
    fn proceed(&mut self, seat: usize, now: Moment, may_search: bool) -> Turn<J> {
        if self.busy < self.width()
            && let Some(key) = self.lanes.next(&mut self.jobs)
            && let Some(turn) = self.start(seat, key, now)
        {
            return turn;
        }
        if self.phase != Phase::Open {
            let mut turn = self.leave(seat);
            self.staff(&mut turn.orders);
            return turn;
        }
        if may_search && self.searching < self.most_searching() && self.lanes.startable() == 0 {
            self.searching += 1;
            self.seats[seat] = Seat::Searching;
            return Turn {
                step: Step::Search,
                orders: Orders::default(),
            };
        }
        self.park(seat, now)
    }

    /// Starts a job that its lane has given out, and wakes the next worker if more could start.
    fn start(&mut self, seat: usize, key: JobKey, now: Moment) -> Option<Turn<J>> {
        let job = self.jobs.get_mut(key)?;
        let Stage::Waiting {
            submitted, timeout, ..
        } = job.stage
        else {
            return None;
        };
        let deadline = now + timeout;
        job.stage = Stage::Running {
            seat,
            started: now,
            deadline,
            is_settled: false,
        };
        let wait = now.since(submitted);
        let assignment = Assignment {
            key,
            payload: job.payload.clone(),
            wait,
        };
        let lane = self.lanes.get_mut(job.lane);
        lane.counters.queued -= 1;
        lane.counters.running += 1;
        lane.recent_wait = wait;
        lane.timings
            .get_or_insert_with(Box::<Timings>::default)
            .wait
            .record_nanos(wait);
        self.usage.count(self.busy, now);
        self.busy += 1;
        self.seats[seat] = Seat::Busy;
        let mut orders = Orders::default();
        self.arm(key, deadline, &mut orders);
        self.staff(&mut orders);
        Some(Turn {
            step: Step::Run(assignment),
            orders,
        })
    }

    fn park(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.seats[seat] = Seat::Parked;
        self.idle.push(seat);
        let may_leave = self.live() > self.limits.min_threads;
        let until = now + Nanos::of(may_leave.then_some(self.limits.idle_timeout));
        Turn {
            step: Step::Park(until),
            orders: Orders::default(),
        }
    }

    fn leave(&mut self, seat: usize) -> Turn<J> {
        self.vacate(seat);
        let is_empty = self.phase != Phase::Open && self.threads() == 0;
        Turn {
            step: Step::Leave,
            orders: Orders {
                is_empty,
                ..Orders::default()
            },
        }
    }

    pub(super) fn vacate(&mut self, seat: usize) {
        self.seats[seat] = Seat::Vacant;
        self.vacant.push(seat);
        self.usage.ended += 1;
    }

    /// Wakes or starts one more worker if more jobs could start than workers are on their way.
    pub(super) fn staff(&mut self, orders: &mut Orders) {
        if self.phase != Phase::Open && self.lanes.startable() == 0 {
            return self.dismiss(orders);
        }
        let room = self.width().saturating_sub(self.busy);
        let coming = self.starting + self.searching;
        if self.lanes.startable().min(room) <= coming {
            return;
        }
        if self.idle.is_empty() {
            orders.spawn = self.hire();
        } else if self.searching < self.most_searching()
            && let Some(seat) = self.idle.pop()
        {
            self.searching += 1;
            self.seats[seat] = Seat::Searching;
            orders.wake = Some(seat);
        }
    }

    /// Counts a thread that is to be started, if one more may be.
    pub(super) fn hire(&mut self) -> Option<usize> {
        if self.live() >= self.most_threads() {
            return None;
        }
        let seat = self.vacant.pop()?;
        self.seats[seat] = Seat::Starting;
        self.starting += 1;
        self.usage.started += 1;
        Some(seat)
    }

    /// Nothing is left to start in a closing pool: its parked workers leave.
    fn dismiss(&mut self, orders: &mut Orders) {
        orders.dismiss = !self.idle.is_empty();
        self.dismissed += self.idle.len();
        for seat in self.idle.drain(..) {
            self.seats[seat] = Seat::Dismissed;
        }
    }

    /// Sees to it that the clock looks at the job at `deadline`.
    pub(super) fn arm(&mut self, key: JobKey, deadline: Moment, orders: &mut Orders) {
        if self.deadlines.arm(&mut self.jobs, key, deadline) {
            self.clock_by(deadline, orders);
        }
    }

    /// Wakes the clock if it would sleep beyond `at`.
    pub(super) fn clock_by(&mut self, at: Moment, orders: &mut Orders) {
        if let ClockRest::Until(until) = self.clock
            && at < until
        {
            self.clock = ClockRest::Until(at);
            orders.wake_clock = true;
        }
    }

    /// Threads that are there, or nearly, and not overdue.
    pub(super) fn live(&self) -> usize {
        self.starting + self.idle.len() + self.searching + self.busy
    }

    /// All threads.
    pub(super) fn threads(&self) -> usize {
        self.live() + self.overdue + self.dismissed
    }

    /// How many threads that are not overdue there may be: each overdue one beyond `max_overdue` is not replaced.
    pub(super) fn most_threads(&self) -> usize {
        self.limits.max_threads.min(self.limits.seats() - self.overdue)
    }

    /// How many jobs may run at once now.
    pub(super) fn width(&self) -> usize {
        self.growth.width().min(self.most_threads())
    }

    /// How many workers may search at once (rule 5): one, and one for each job that runs beyond the cores because others wait for
    /// something else. Those would be asleep beside waiting jobs if each were woken by the one before, after that one's wait for a core.
    fn most_searching(&self) -> usize {
        1 + self.width().saturating_sub(self.limits.cores)
    }

    /// Every thread and every replacement is overdue.
    pub(super) fn is_stuck(&self) -> bool {
        self.most_threads() == 0
    }

    /// The counters of one lane.
    pub(super) fn counters(&mut self, lane: LaneId) -> &mut Counters {
        &mut self.lanes.get_mut(lane).counters
    }
}
