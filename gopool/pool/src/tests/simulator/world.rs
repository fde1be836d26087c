//! The rules between the machine and the clients.

use super::{
    clients::{Clients, Mix, Route},
    machine::{Machine, Run},
};
use crate::{
    TaskError,
    keys::{JobKey, LaneId},
    rules::{
        admission::terms::Terms,
        counters::Ending,
        effects::{Effects, Step, Tick, Turn},
        queue::LaneSettings,
        settings::Settings,
        state::{End, State},
    },
    time::{Moment, Nanos},
};
use fastrand::Rng;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

/// What became of the requests of one lane.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) offered: u64,
    /// Served before the client left.
    pub(super) served: u64,
    /// Refused at the door, or answered with a refusal while they waited.
    pub(super) refused: u64,
    /// Waited for as long as is allowed.
    pub(super) timed_out: u64,
    pub(super) left: u64,
    /// CPU time used, in seconds.
    pub(super) cpu: f64,
    /// CPU time of those served before the client left.
    pub(super) useful: f64,
    /// How long those took that were served, in seconds.
    pub(super) times: Vec<f64>,
    /// Served in each second.
    pub(super) seconds: Vec<u64>,
    /// For each client of a closed loop: how often it was served, and the longest time between.
    pub(super) loops: BTreeMap<usize, (u64, f64, f64)>,
    /// Came back as told, and how many of these were served.
    pub(super) returns: (u64, u64),
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Arrival(usize),
    Burst(usize),
    /// (clients, which of them, attempt)
    Send(usize, usize, u8),
    Leave(usize),
}

struct Request {
    clients: usize,
    client: usize,
    attempt: u8,
    at: f64,
    need: f64,
    key: Option<JobKey>,
    has_left: bool,
}

pub(super) struct World {
    state: State<usize>,
    routes: Vec<Route>,
    clients: Vec<Clients>,
    chance: Rng,
    now: Moment,
    events: BinaryHeap<Reverse<(Moment, u64, What)>>,
    planned: u64,
    clock_at: Moment,
    requests: Vec<Request>,
    pub(super) machine: Machine,
    initialised_at: Vec<Option<Moment>>,
    /// Nothing before this counts.
    from: f64,
    pub(super) tallies: Vec<Tally>,
}

const SECOND: f64 = 1e9;

fn at(seconds: f64) -> Moment {
    Moment::START + Nanos((seconds * SECOND) as u64)
}

impl World {
    pub(super) fn new(cores: usize, seed: u64, routes: &[Route], clients: &[Clients]) -> Self {
        let mut state = State::new(Settings {
            cores,
            quota: None,
            min_threads: 0,
            max_threads: cores,
            max_queue: cores * 1000,
            max_overdue: cores,
            max_stalled: 0,
            idle_timeout: Duration::from_secs(15),
            queue_target: None,
        });
        for route in routes {
            state.lanes.add(LaneSettings {
                name: "route".into(),
                concurrency: route.concurrency,
                weight: route.weight.try_into().unwrap(),
                priority: route.priority,
                target: None,
            });
        }
        let mut world = Self {
            state,
            routes: routes.to_vec(),
            clients: clients.to_vec(),
            chance: Rng::with_seed(seed),
            now: Moment::START,
            events: BinaryHeap::new(),
            planned: 0,
            clock_at: Moment::NEVER,
            requests: Vec::new(),
            machine: Machine::new(cores),
            initialised_at: vec![None; routes.len()],
            from: 0.0,
            tallies: vec![Tally::default(); routes.len()],
        };
        world.begin();
        world
    }

    /// One in which clients of several tallies come to one lane.
    pub(super) fn of_one_lane(
        cores: usize,
        seed: u64,
        route: Route,
        tallies: usize,
        clients: &[Clients],
    ) -> Self {
        let mut world = Self::new(cores, seed, &[route], clients);
        world.routes = vec![route; tallies];
        world.initialised_at = vec![None; tallies];
        world.tallies = vec![Tally::default(); tallies];
        world
    }

    fn begin(&mut self) {
        for (index, clients) in self.clients.clone().into_iter().enumerate() {
            if !clients.rates.is_empty() {
                self.plan(0.0, What::Arrival(index));
            }
            if let Some((time, _)) = clients.burst {
                self.plan(time, What::Burst(index));
            }
            for client in 0..clients.closed {
                let time = self.chance.f64() * 0.001;
                self.plan(time, What::Send(index, client, 0));
            }
        }
        self.tick();
    }

    fn plan(&mut self, seconds: f64, what: What) {
        self.planned += 1;
        self.events.push(Reverse((at(seconds), self.planned, what)));
    }

    fn seconds(&self) -> f64 {
        self.now.since(Moment::START).0 as f64 / SECOND
    }

    /// Lets time pass up to `until`; what came before `from` does not count.
    pub(super) fn run(mut self, from: f64, until: f64) -> Self {
        self.from = from;
        let until = at(until);
        loop {
            let event = self.events.peek().map_or(Moment::NEVER, |event| event.0.0);
            let (change, ended) = self.machine.next();
            let next = event.min(self.clock_at).min(change);
            if next > until {
                return self;
            }
            self.now = next;
            self.machine.advance(next);
            if self.clock_at <= next {
                self.tick();
            } else if change <= next {
                ended.into_iter().for_each(|number| self.end(number));
            } else if let Some(Reverse((_, _, what))) = self.events.pop() {
                self.handle(what);
            }
        }
    }

    fn handle(&mut self, what: What) {
        match what {
            What::Arrival(clients) => self.arrive(clients),
            What::Burst(clients) => {
                let count = self.clients[clients].burst.map_or(0, |(_, count)| count);
                (0..count).for_each(|_| self.send(clients, usize::MAX, 0));
            }
            What::Send(clients, client, attempt) => self.send(clients, client, attempt),
            What::Leave(request) => self.leave(request),
        }
    }

    fn arrive(&mut self, clients: usize) {
        let now = self.seconds();
        let rates = &self.clients[clients].rates;
        let rate = rates
            .iter()
            .rev()
            .find(|(from, _)| *from <= now)
            .map_or(0.0, |(_, rate)| *rate);
        let next = match rate > 0.0 {
            true => -(1.0 - self.chance.f64()).ln() / rate,
            false => 0.01,
        };
        self.plan(now + next, What::Arrival(clients));
        if rate > 0.0 {
            self.send(clients, usize::MAX, 0);
        }
    }

    fn lane_of(&self, request: usize) -> usize {
        self.clients[self.requests[request].clients].lane
    }

    /// Those of a lane of the state.
    fn terms(&self, lane: usize) -> Terms {
        Terms::of(LaneId(1 + lane.min(self.state.lanes.iter().len() - 2)))
    }

    fn counts(&self, request: usize) -> bool {
        self.requests[request].at >= self.from
    }

    fn tally(&mut self, request: usize) -> Option<&mut Tally> {
        let lane = self.lane_of(request);
        self.counts(request).then(|| &mut self.tallies[lane])
    }

    fn send(&mut self, clients: usize, client: usize, attempt: u8) {
        let Clients {
            lane,
            patience,
            caller,
            ..
        } = self.clients[clients];
        let (number, now) = (self.requests.len(), self.seconds());
        let need = self.routes[lane].mix.one(&mut self.chance);
        self.requests.push(Request {
            clients,
            client,
            attempt,
            at: now,
            need,
            key: None,
            has_left: false,
        });
        if let Some(tally) = self.tally(number) {
            tally.offered += 1;
            tally.returns.0 += u64::from(attempt > 0);
        }
        let limit = Duration::from_secs(10).into();
        let terms = Terms {
            caller,
            queue_timeout: limit,
            timeout: limit,
            ..self.terms(lane)
        };
        match self.state.submit(terms, number, self.now) {
            Ok((key, effects)) => {
                self.requests[number].key = Some(key);
                if patience.is_finite() {
                    self.plan(now + patience, What::Leave(number));
                }
                self.carry_out(effects);
            }
            Err(_) => self.refuse(number),
        }
    }

    /// It waited for as long as is allowed: nobody refused it, but that is how long the queue was.
    fn time_out(&mut self, number: usize) {
        if let Some(tally) = self.tally(number) {
            tally.timed_out += 1;
        }
        self.again(number);
    }

    fn refuse(&mut self, number: usize) {
        if let Some(tally) = self.tally(number) {
            tally.refused += 1;
        }
        let lane = self.lane_of(number);
        let terms = Terms {
            caller: self.clients[self.requests[number].clients].caller,
            ..self.terms(lane)
        };
        let wait = self.state.appoint(terms, self.now).0 as f64 / SECOND;
        let Request {
            clients,
            client,
            attempt,
            ..
        } = self.requests[number];
        // Whole seconds are what a header tells, and nobody comes back on the dot.
        let time = self.seconds() + wait.ceil() + 0.5 * self.chance.f64();
        if client != usize::MAX {
            self.plan(time, What::Send(clients, client, 0));
        } else if attempt < self.clients[clients].retries {
            self.plan(time, What::Send(clients, client, attempt + 1));
        }
    }

    /// The client has had enough; one of a closed loop begins anew.
    fn leave(&mut self, number: usize) {
        let Some(key) = self.requests[number].key else {
            return;
        };
        if self.state.job(key).is_none() {
            return;
        }
        self.requests[number].has_left = true;
        if let Some(tally) = self.tally(number) {
            tally.left += 1;
        }
        let mut effects = self.state.cancel(key);
        effects.take_told();
        self.carry_out(effects);
        self.again(number);
    }

    fn again(&mut self, number: usize) {
        let Request { clients, client, .. } = self.requests[number];
        if client != usize::MAX {
            self.plan(self.seconds() + 1e-6, What::Send(clients, client, 0));
        }
    }

    fn end(&mut self, number: usize) {
        let Some(Run { seat, need: used, .. }) = self.machine.end(number) else {
            return;
        };
        let Some(key) = self.requests[number].key else {
            return;
        };
        let (lane, now) = (self.lane_of(number), self.seconds());
        let at = End {
            now: self.now,
            used: Nanos((used * SECOND) as u64),
            is_cleared: true,
        };
        let (finished, turn) = self.state.finish(seat, key, Ending::Completed, at);
        if now >= self.from {
            self.tallies[lane].cpu += used;
        }
        if finished.is_first {
            self.serve(number, used);
            self.again(number);
        }
        self.take(seat, turn);
    }

    fn serve(&mut self, number: usize, used: f64) {
        let Request {
            client, attempt, at, ..
        } = self.requests[number];
        let now = self.seconds();
        let Some(tally) = self.tally(number) else { return };
        tally.served += 1;
        tally.useful += used;
        tally.times.push(now - at);
        tally.returns.1 += u64::from(attempt > 0);
        let second = now as usize;
        if tally.seconds.len() <= second {
            tally.seconds.resize(second + 1, 0);
        }
        tally.seconds[second] += 1;
        if client != usize::MAX {
            let (count, last, gap) = tally.loops.entry(client).or_insert((0, now, 0.0));
            *gap = gap.max(now - *last);
            (*count, *last) = (*count + 1, now);
        }
    }

    fn take(&mut self, seat: usize, turn: Turn<usize>) {
        self.carry_out(turn.effects);
        match turn.step {
            Step::Run(assignment) => self.start(seat, assignment.payload),
            Step::Clear => {
                let turn = self.state.arrive(seat, self.now);
                self.take(seat, turn);
            }
            Step::Search => {
                let turn = self.state.look(seat, self.now);
                self.take(seat, turn);
            }
            // Nobody leaves for being idle: starting a thread costs nothing here.
            Step::Park(_) | Step::Leave => {}
        }
    }

    fn start(&mut self, seat: usize, number: usize) {
        let (lane, now) = (self.lane_of(number), self.seconds());
        let need = self.requests[number].need;
        let (begins, need) = match (self.routes[lane].mix, self.initialised_at[lane]) {
            (Mix::Lazy(first, _), None) => {
                self.initialised_at[lane] = Some(at(now + first));
                (self.now, first)
            }
            (Mix::Lazy(..), Some(ready)) => (self.now.max(ready), need),
            _ => (self.now, need),
        };
        self.machine.start(Run {
            number,
            seat,
            begins,
            need,
        });
    }

    fn carry_out(&mut self, mut effects: Effects<usize>) {
        if let Some(told) = effects.take_told() {
            for (number, why) in told.answers {
                assert!(!matches!(why, TaskError::Panicked(_)));
                match why {
                    TaskError::QueueTimeout => self.time_out(number),
                    _ => self.refuse(number),
                }
            }
        }
        if let Some(seat) = effects.wake {
            let turn = self.state.rise(seat, self.now, Moment::NEVER);
            self.take(seat, turn);
        }
        if let Some(seat) = effects.spawn {
            let turn = self.state.arrive(seat, self.now);
            self.take(seat, turn);
        }
        if effects.wake_clock {
            self.tick();
        }
    }

    fn tick(&mut self) {
        loop {
            match self.state.tick(self.now, Duration::ZERO) {
                Tick::Act(effects) => self.carry_out(effects),
                Tick::Rest(until) => return self.clock_at = until,
                Tick::Leave => return self.clock_at = Moment::NEVER,
            }
        }
    }
}
