//! Everything that the pool's lock protects, as one plain struct, and what a worker does next.
//!
//! A decision is a method of [`State`]. It changes the counts and hands out what follows as [`Effects`]; it never drops a payload.

use crate::{
    keys::{JobKey, LaneId},
    priority::Priority,
    rules::{
        counters::{Counters, Ending},
        crew::{Crew, Kind, Seat},
        deadlines::Deadlines,
        effects::{Assignment, Effects, Finished, Note, Step, Turn},
        growth::Growth,
        jobs::{Entry, Jobs, Stage},
        lanes::{LEAST_COST, Lanes},
        queue::LaneSettings,
        rounds::Rounds,
        run_times::Mean,
        settings::Settings,
        usage::Usage,
    },
    time::{Moment, Nanos},
};
use std::{num::NonZeroU32, sync::Arc};

/// All that the lock protects.
#[derive(Debug)]
pub(crate) struct State<J> {
    pub(crate) settings: Settings,
    pub(crate) phase: Phase,
    pub(crate) jobs: Jobs<J>,
    pub(crate) lanes: Lanes,
    pub(crate) deadlines: Deadlines,
    pub(crate) growth: Growth,
    pub(crate) crew: Crew,
    pub(crate) clock_rest: ClockRest,
    pub(crate) run_times: Mean,
    pub(crate) usage: Usage,
    /// The job of each seat that runs one.
    pub(crate) at_work: Vec<Option<JobKey>>,
    /// None of these jobs takes longer, unless it surprises, until the clock's next round.
    pub(crate) longest: Nanos,
    /// The system has refused a thread; none is asked for before this moment.
    pub(crate) hires_again: Option<Moment>,
    pub(crate) rounds: Rounds,
}

/// The life of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Open,
    /// No new jobs; those that wait and run are finished.
    Closing,
    /// Every job has its answer; bodies may still run.
    Closed,
}

/// Whether the clock thread must be woken for an earlier deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockRest {
    /// It looks at the state again before it sleeps.
    Awake,
    /// It sleeps until this moment.
    Until(Moment),
}

/// When a job left its thread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) now: Moment,
    /// The CPU time that it used.
    pub(crate) used: Nanos,
    /// The result can be handed over in no time: no code of users runs for that.
    pub(crate) is_cleared: bool,
}

impl<J: Clone> State<J> {
    pub(crate) fn new(settings: Settings) -> Self {
        let mut lanes = Lanes::default();
        lanes.add(LaneSettings {
            name: Arc::from("default"),
            concurrency: None,
            weight: NonZeroU32::MIN,
            priority: Priority::Normal,
            target: settings.queue_target,
        });
        Self {
            settings,
            phase: Phase::Open,
            jobs: Jobs::new(),
            lanes,
            deadlines: Deadlines::default(),
            growth: Growth::new(settings.cores, settings.capacity(), settings.max_threads),
            crew: Crew::new(settings.own_seats(), settings.lent_places()),
            clock_rest: ClockRest::Awake,
            run_times: Mean::default(),
            usage: Usage::default(),
            at_work: vec![None; settings.seats()],
            longest: Nanos(0),
            hires_again: None,
            rounds: Rounds::new(),
        }
    }

    /// A thread is at its seat and has nothing to do: it is new, or has handed over the result of its last job.
    pub(crate) fn arrive(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.usage.count(self.crew.busy(), now);
        self.crew.set(seat, Seat::Deciding);
        self.proceed(seat, now, true)
    }

    /// Whether a worker that looked now would do anything but park.
    pub(crate) fn is_worth_a_look(&self) -> bool {
        self.lanes.startable() > 0 || self.phase != Phase::Open
    }

    /// The searching worker looks again; if there is nothing now either, it parks.
    pub(crate) fn look(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.crew.set(seat, Seat::Deciding);
        self.proceed(seat, now, false)
    }

    /// A parked worker is awake, for whatever reason.
    pub(crate) fn rise(&mut self, seat: usize, now: Moment, until: Moment) -> Turn<J> {
        match self.crew.seat(seat) {
            Seat::Searching => self.look(seat, now),
            Seat::Parked if until <= now => {
                self.crew.rise(seat);
                if self.crew.kind(seat) == Kind::Own && self.crew.live() < self.settings.min_threads {
                    return self.park(seat, now);
                }
                self.leave(seat)
            }
            _ => Turn {
                step: Step::Park(until),
                effects: Effects::default(),
            },
        }
    }

    /// A body ended: settles the job if nothing else has, and gives its worker the next step.
    pub(crate) fn finish(
        &mut self,
        seat: usize,
        key: JobKey,
        ending: Ending,
        at: End,
    ) -> (Finished<J>, Turn<J>) {
        let was_overdue = self.crew.seat(seat) == Seat::Overdue;
        self.at_work[seat] = None;
        let (finished, lane) = self.conclude(key, ending, was_overdue, at);
        self.usage.count(self.crew.busy(), at.now);
        self.crew.set(seat, Seat::Deciding);
        // Its place may be taken: that of an overdue thread, or of one that was stalled.
        let is_replaced = self.crew.kind(seat) == Kind::Own && self.crew.live() >= self.most_threads();
        let mut turn = if is_replaced {
            self.leave(seat)
        } else if at.is_cleared {
            self.proceed(seat, at.now, true)
        } else {
            self.clear(seat)
        };
        if let Some(lane) = lane {
            let ran = finished.run;
            turn.effects.note(Note::Back { lane, ran });
        }
        (finished, turn)
    }

    /// The worker hands over a result first. It is not on its way to look for work: that may take long.
    fn clear(&mut self, seat: usize) -> Turn<J> {
        self.crew.set(seat, Seat::Clearing);
        let mut effects = Effects::default();
        self.staff(&mut effects);
        self.check();
        Turn {
            step: Step::Clear,
            effects,
        }
    }

    /// Takes an ended job out of the books. Names its lane if it was overdue.
    pub(crate) fn conclude(
        &mut self,
        key: JobKey,
        ending: Ending,
        was_overdue: bool,
        at: End,
    ) -> (Finished<J>, Option<Arc<str>>) {
        let Some(job) = self.jobs.remove(key) else {
            let nothing = Finished {
                is_first: false,
                run: Nanos::default(),
                payload: None,
            };
            return (nothing, None);
        };
        if job.armed != Moment::NEVER {
            self.deadlines.bury(&self.jobs);
        }
        let (run, charged, is_settled) = match job.stage {
            Stage::Running {
                started,
                charged,
                is_settled,
                ..
            } => (at.now.since(started), charged, is_settled),
            Stage::Waiting { .. } => (Nanos::default(), Nanos::default(), true),
        };
        // A job that waits on its thread keeps others from it: by as much as the thread is a part of all. One that waits for a core because
        // it has lent its place waits for no more than that.
        let threads = self.width().max(1) + self.settings.lent_places();
        let cost = at.used.max(run / threads).max(LEAST_COST);
        self.lanes.release(job.line, charged, cost);
        self.run_times.add(run);
        let queue = self.lanes.get_mut(job.line.lane());
        queue.overdue -= usize::from(was_overdue);
        queue.count_end(run, (!is_settled).then_some(ending));
        let lane = was_overdue.then(|| Arc::clone(&queue.name));
        self.check_lane(job.line.lane());
        let finished = Finished {
            is_first: !is_settled,
            run,
            payload: Some(job.payload),
        };
        (finished, lane)
    }

    /// The next step of a worker that is counted nowhere at this moment.
    fn proceed(&mut self, seat: usize, now: Moment, may_search: bool) -> Turn<J> {
        if self.crew.kind(seat) == Kind::Express {
            return self.proceed_express(seat, now, may_search);
        }
        if self.crew.busy() < self.width()
            && let Some((key, charge)) = self.next(now)
            && let Some(turn) = self.start(seat, key, charge, now)
        {
            return turn;
        }
        if self.phase != Phase::Open {
            return self.leave(seat);
        }
        if may_search && self.crew.searching() < self.most_searching() && self.lanes.startable() == 0 {
            self.crew.set(seat, Seat::Searching);
            self.check();
            return Turn {
                step: Step::Search,
                effects: Effects::default(),
            };
        }
        self.park(seat, now)
    }

    /// The next job, and what its lane was charged for it.
    fn next(&mut self, now: Moment) -> Option<(JobKey, Nanos)> {
        let line = self.lanes.turn()?;
        self.age(line, now);
        self.lanes.take(&mut self.jobs, line)
    }

    /// Starts a job that its lane has given out, and wakes the next worker if more could start.
    pub(crate) fn start(&mut self, seat: usize, key: JobKey, charged: Nanos, now: Moment) -> Option<Turn<J>> {
        let job = self.jobs.get_mut(key)?;
        let Stage::Waiting {
            submitted,
            timeout,
            until,
            ..
        } = job.stage
        else {
            return None;
        };
        let deadline = until.min(now + timeout);
        job.stage = Stage::Running {
            seat,
            started: now,
            deadline,
            timeout,
            charged,
            is_settled: false,
        };
        let (line, wait) = (job.line, now.since(submitted));
        let assignment = Assignment {
            key,
            payload: job.payload.clone(),
            wait,
            started: now,
        };
        self.lanes.count_start(line, wait, now);
        self.usage.count(self.crew.busy(), now);
        self.crew.set(seat, Seat::Busy);
        self.at_work[seat] = Some(key);
        self.note_length(line);
        let mut effects = Effects::default();
        self.arm(key, deadline, &mut effects);
        self.staff(&mut effects);
        self.lend(now, &mut effects);
        self.check();
        self.check_lane(line.lane());
        Some(Turn {
            step: Step::Run(assignment),
            effects,
        })
    }

    pub(crate) fn park(&mut self, seat: usize, now: Moment) -> Turn<J> {
        self.crew.park(seat);
        let is_express = self.crew.kind(seat) == Kind::Express;
        let may_leave = is_express || self.crew.live() > self.settings.min_threads;
        let until = now + Nanos::of(may_leave.then_some(self.settings.idle_timeout));
        self.check();
        Turn {
            step: Step::Park(until),
            effects: Effects::default(),
        }
    }

    pub(crate) fn leave(&mut self, seat: usize) -> Turn<J> {
        self.crew.vacate(seat);
        let mut effects = Effects::default();
        self.staff(&mut effects);
        effects.is_empty = self.is_empty();
        self.check();
        Turn {
            step: Step::Leave,
            effects,
        }
    }

    /// Wakes or starts one more worker if more jobs could start than workers are on their way.
    pub(crate) fn staff(&mut self, effects: &mut Effects<J>) {
        if self.phase != Phase::Open && self.lanes.startable() == 0 {
            effects.wake_all |= self.crew.wake_all();
            return;
        }
        if self.lanes.startable().min(self.room()) <= self.coming() {
            return;
        }
        if self.crew.parked() == 0 {
            effects.spawn = self.hire();
        } else if self.crew.searching() < self.most_searching() {
            effects.wake = self.crew.wake(Kind::Own);
        }
    }

    /// Counts a thread that is to be started, if one more may be.
    pub(crate) fn hire(&mut self) -> Option<usize> {
        if self.hires_again.is_some() || self.crew.live() >= self.most_threads() {
            return None;
        }
        self.crew.hire(Kind::Own)
    }

    /// Sees to it that the clock looks at the job at `deadline`.
    pub(crate) fn arm(&mut self, key: JobKey, deadline: Moment, effects: &mut Effects<J>) {
        if self.deadlines.arm(&mut self.jobs, key, deadline) {
            self.clock_by(deadline, effects);
        }
    }

    /// Wakes the clock if it would sleep beyond `at`.
    pub(crate) fn clock_by(&mut self, at: Moment, effects: &mut Effects<J>) {
        if let ClockRest::Until(until) = self.clock_rest
            && at < until
        {
            self.clock_rest = ClockRest::Until(at);
            effects.wake_clock = true;
        }
    }

    /// How many more jobs may run at once now.
    pub(crate) fn room(&self) -> usize {
        self.width().saturating_sub(self.crew.busy())
    }

    /// Workers on their way to look for work.
    pub(crate) fn coming(&self) -> usize {
        self.crew.starting() + self.crew.searching()
    }

    /// How many threads that are neither overdue nor stalled there may be: each one beyond `max_overdue` and `max_stalled` is not replaced.
    pub(crate) fn most_threads(&self) -> usize {
        let Settings {
            max_threads,
            max_overdue,
            max_stalled,
            ..
        } = self.settings;
        let unreplaced = self.crew.overdue().saturating_sub(max_overdue)
            + self.crew.stalled_own().saturating_sub(max_stalled);
        max_threads.saturating_sub(unreplaced)
    }

    /// How many jobs may run at once now.
    pub(crate) fn width(&self) -> usize {
        self.growth.width().min(self.most_threads())
    }

    /// How many workers may search at once: one, and one for each job that runs beyond the cores because others wait for something
    /// else. Those would be asleep beside waiting jobs if each were woken by the one before, after that one's wait for a core.
    fn most_searching(&self) -> usize {
        1 + self.width().saturating_sub(self.settings.cores)
    }

    /// Every thread and every replacement is overdue. Stalled ones do not count: they go on as soon as somebody outside does.
    pub(crate) fn is_stuck(&self) -> bool {
        self.crew.overdue() >= self.settings.max_threads + self.settings.max_overdue
    }

    /// The last thread of a closing pool has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.phase != Phase::Open && self.crew.threads() == 0
    }

    /// The counters of one lane.
    pub(crate) fn counters(&mut self, lane: LaneId) -> &mut Counters {
        &mut self.lanes.get_mut(lane).counters
    }

    /// A job that waits or runs.
    pub(crate) fn job(&self, key: JobKey) -> Option<&Entry<J>> {
        self.jobs.get(key)
    }
}
