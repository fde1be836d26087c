//! A pool without threads: the plain state, worked by hand, with the invariants checked after every step.

use crate::{
    Counters, Rejected, Stats, TaskError,
    keys::{JobKey, LaneId},
    priority::Priority,
    rules::{
        admission::terms::Terms,
        counters::Ending,
        crew::Seat,
        effects::{Answer, Effects, Note, Step, Tick, Turn},
        growth,
        jobs::Stage,
        queue::LaneSettings,
        settings::Settings,
        state::{End, Phase, State},
    },
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
    pub(super) notes: Vec<Note>,
    /// Seats whose thread was asked for and is not there yet, if `holds_starts`.
    pub(super) starts: Vec<usize>,
    pub(super) wakes: Vec<usize>,
    /// Leave threads on their way, to be let go on by `go_on`.
    pub(super) holds_starts: bool,
    pub(super) parked_until: BTreeMap<usize, Moment>,
    /// Count everything again after each step.
    pub(super) is_checked: bool,
    /// Results are handed over in no time.
    pub(super) is_quick: bool,
    pub(super) next: u32,
    /// The system refused a thread, so a job may wait for one that is busy.
    lacks_threads: bool,
}

pub(super) const SETTINGS: Settings = Settings {
    cores: 4,
    quota: None,
    min_threads: 0,
    max_threads: 2,
    max_queue: 4,
    max_overdue: 2,
    max_stalled: 2,
    idle_timeout: Duration::from_millis(50),
    queue_target: None,
};

impl AddAssign<Duration> for Moment {
    fn add_assign(&mut self, time: Duration) {
        *self = *self + time;
    }
}

impl Bench {
    pub(super) fn new(limits: Settings) -> Self {
        let start = sync::now();
        Self {
            state: State::new(limits),
            start,
            now: start,
            running: BTreeMap::new(),
            started: Vec::new(),
            answers: Vec::new(),
            notes: Vec::new(),
            starts: Vec::new(),
            wakes: Vec::new(),
            holds_starts: false,
            parked_until: BTreeMap::new(),
            is_checked: true,
            is_quick: true,
            next: 0,
            lacks_threads: false,
        }
    }

    pub(super) fn lane(&mut self, name: &str, limit: Option<usize>) -> LaneId {
        self.weighted(name, limit, 1)
    }

    pub(super) fn urgent(&mut self, name: &str, priority: Priority) -> LaneId {
        self.state.lanes.add(LaneSettings {
            name: name.into(),
            concurrency: None,
            weight: std::num::NonZeroU32::MIN,
            priority,
            target: None,
        })
    }

    pub(super) fn weighted(&mut self, name: &str, concurrency: Option<usize>, weight: u32) -> LaneId {
        self.state.lanes.add(LaneSettings {
            name: name.into(),
            concurrency,
            weight: weight.try_into().unwrap(),
            priority: Priority::Normal,
            target: None,
        })
    }

    /// Submits the next number without deadlines.
    pub(super) fn submit(&mut self, lane: LaneId) -> Result<(u32, JobKey), Rejected> {
        self.order(Terms::of(lane))
    }

    pub(super) fn order(&mut self, terms: Terms) -> Result<(u32, JobKey), Rejected> {
        let number = self.next;
        self.next += 1;
        let outcome = self
            .state
            .submit(terms, number, self.now)
            .map_err(|(_, why)| why)
            .map(|(key, effects)| {
                self.carry_out(effects);
                (number, key)
            });
        self.check();
        outcome
    }

    pub(super) fn carry_out(&mut self, mut effects: Effects<u32>) {
        if let Some(told) = effects.take_told() {
            self.answers.extend(told.answers);
            self.notes.extend(told.notes);
        }
        self.starts.extend(effects.spawn);
        self.wakes.extend(effects.wake);
        if effects.wake_all {
            self.wakes = self.parked_until.keys().copied().collect();
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
            Step::Clear => {
                let next = self.state.arrive(seat, self.now);
                self.take(seat, next);
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
        self.carry_out(turn.effects);
    }

    /// Ends the body of a running job; true if its result counts.
    pub(super) fn finish(&mut self, number: u32) -> bool {
        let now = self.now;
        let (seat, key) = self.running.remove(&number).expect("the job runs");
        let used = match self.state.job(key).map(|job| job.stage) {
            Some(Stage::Running { started, .. }) => now.since(started),
            _ => Nanos(0),
        };
        let (finished, turn) = self.state.finish(
            seat,
            key,
            Ending::Completed,
            End {
                now,
                used,
                is_cleared: self.is_quick,
            },
        );
        self.take(seat, turn);
        self.check();
        finished.is_first
    }

    /// A running job waits for somebody outside from now on.
    pub(super) fn stall(&mut self, number: u32) {
        let (seat, _) = self.running[&number];
        let effects = self.state.stall(seat, self.now);
        self.carry_out(effects);
        self.check();
    }

    /// It goes on.
    pub(super) fn resume(&mut self, number: u32) {
        let (seat, _) = self.running[&number];
        let effects = self.state.resume(seat, self.now);
        self.carry_out(effects);
        self.check();
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
                Tick::Act(effects) => {
                    self.carry_out(effects);
                    self.check();
                }
                Tick::Rest(until) => return until,
                Tick::Leave => return Moment::NEVER,
            }
        }
    }

    pub(super) fn stats(&self) -> Stats {
        let mut stats = Stats::of(&self.state, self.now);
        while stats.add_lanes(&self.state) {}
        stats
    }

    pub(super) fn counters(&self) -> Counters {
        self.stats().counters
    }

    pub(super) fn rejected(&self, number: u32) -> bool {
        self.answers
            .contains(&(number, TaskError::Rejected(Rejected::QueueFull)))
    }

    /// The sums that decisions rest on, counted again one by one: the state itself only checks what is cheap.
    pub(super) fn check(&self) {
        if !self.is_checked {
            return;
        }
        let counters = self.counters();
        let Settings {
            cores,
            max_threads,
            max_stalled,
            max_queue,
            ..
        } = self.state.settings;
        assert_eq!(
            counters.submitted,
            counters.settled() + counters.queued + counters.running
        );
        assert_eq!(counters.queued, self.state.lanes.waiting() as u64);
        let crew = &self.state.crew;
        assert_eq!(crew.count(Seat::Busy) + crew.count(Seat::Clearing), crew.busy());
        assert_eq!(crew.count(Seat::Overdue), crew.overdue());
        assert_eq!(crew.count(Seat::Parked), crew.parked());
        assert_eq!(crew.count(Seat::Starting), crew.starting());
        assert_eq!(crew.count(Seat::Searching), crew.searching());
        let is_closing = self.state.phase != Phase::Open;
        assert!(is_closing || crew.searching() <= 1 + max_threads.saturating_sub(cores));
        assert!(crew.live() <= max_threads + max_stalled);
        assert!(counters.queued as usize <= max_queue + max_threads);
        let could_start = self.state.lanes.startable().min(self.state.room());
        assert!(
            could_start == 0 || self.state.coming() > 0 || self.lacks_threads,
            "a startable job and nobody comes"
        );
    }

    /// The thread of a seat dies.
    pub(super) fn lose(&mut self, seat: usize) {
        self.starts.retain(|start| *start != seat);
        self.wakes.retain(|wake| *wake != seat);
        self.parked_until.remove(&seat);
        self.running.retain(|_, (other, _)| *other != seat);
        let effects = self.state.lose(seat, self.now);
        self.carry_out(effects);
        self.check();
    }

    /// The system refuses one of the threads on their way.
    pub(super) fn refuse_thread(&mut self, seat: usize) {
        self.starts.retain(|start| *start != seat);
        self.lacks_threads = true;
        let effects = self.state.spawn_failed(seat, self.now);
        self.carry_out(effects);
        self.check();
    }
}

/// One period of the CPU clock.
pub(super) const PERIOD: Duration = growth::PERIOD;
pub(super) const PATIENCE: Duration = growth::PATIENCE;
