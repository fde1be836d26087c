//! A load on warm servers, on one alone or going round among several that are all up.

use crate::{
    Failure,
    answer::Ask,
    generator::{Closed, Cost, Report, weigh},
    peer::Peer,
    process::{self, Memory},
    sample::{
        GENERATOR_CPU, GENERATOR_CPU_EACH, MEMORY, P50, P99, RATE, SERVER_CPU, SERVER_CPU_EACH, Sample,
        Spread, THREADS, count,
    },
    server::Server,
    stage::Stage,
};

/// How long a turn is, in seconds.
const TURN: u32 = 1;

/// So many clients that ask and wait for the answer, again and again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) ask: Ask,
    pub(crate) connections: u32,
}

impl Load {
    fn lasting(self, seconds: u32) -> Closed {
        Closed {
            ask: self.ask,
            connections: self.connections,
            seconds,
        }
    }
}

/// One server after the other has the load for a second, until each had it for as long as a load lasts. A server that fails is
/// left out from then on.
///
/// Only for work that is over when its client has left: what a server still did then would be taken from the next one.
pub(crate) fn measure(stage: &Stage, peers: &[Peer], load: Load) -> Vec<Result<Sample, Failure>> {
    let start = |peer| Runner::start(stage, peer, load);
    let mut runners: Vec<_> = peers.iter().map(start).collect();
    for _ in 0..stage.pace().load / TURN {
        // Each time in another order, so that nobody always runs behind the same one, or after the longest pause.
        let mut order: Vec<_> = runners.iter_mut().collect();
        fastrand::shuffle(&mut order);
        order.into_iter().for_each(|runner| take_turn(stage, runner));
    }
    runners
        .into_iter()
        .map(|runner| runner.and_then(Runner::finish))
        .collect()
}

fn take_turn(stage: &Stage, runner: &mut Result<Runner, Failure>) {
    if let Ok(running) = runner
        && !stage.is_interrupted()
        && let Err(failure) = running.run(stage, TURN)
    {
        *runner = Err(failure);
    }
}

/// One server, and what its loads came to.
pub(crate) struct Runner {
    server: Server,
    load: Load,
    turns: Vec<(Report, Cost)>,
    /// At the end of the last turn.
    memory: Memory,
    threads: usize,
}

impl Runner {
    /// Starts the server and warms it up.
    pub(crate) fn start(stage: &Stage, peer: &Peer, load: Load) -> Result<Self, Failure> {
        let server = Server::start(stage, peer, load.ask)?;
        load.lasting(stage.pace().warm_up).run(stage, &server)?;
        Ok(Self {
            server,
            load,
            turns: Vec::new(),
            memory: Memory::default(),
            threads: 0,
        })
    }

    /// Puts the load on it for so many seconds.
    pub(crate) fn run(&mut self, stage: &Stage, seconds: u32) -> Result<(), Failure> {
        let turn = weigh(&self.server, || {
            self.load.lasting(seconds).run(stage, &self.server)
        })?;
        self.turns.push(turn);
        let pids = self.server.pids();
        self.memory = process::memory(&pids);
        self.threads = process::threads(&pids);
        Ok(())
    }

    /// Checks that it still answers, and sums the turns up.
    pub(crate) fn finish(self) -> Result<Sample, Failure> {
        self.server.check(self.load.ask)?;
        let median = |value: fn(&Report) -> f64| {
            Spread::of(self.turns.iter().map(|(report, _)| value(report))).map(|spread| spread.median)
        };
        let turns = count(self.turns.len());
        let mean =
            |value: fn(&Cost) -> f64| self.turns.iter().map(|(_, cost)| value(cost)).sum::<f64>() / turns;
        let rate = self
            .turns
            .iter()
            .map(|(report, _)| report.per_second)
            .sum::<f64>()
            / turns;
        let requests: f64 = self.turns.iter().map(|(report, _)| report.requests).sum();
        let each = |value: fn(&Cost) -> f64| {
            let seconds = self
                .turns
                .iter()
                .map(|(_, cost)| value(cost) * cost.elapsed.as_secs_f64());
            seconds.sum::<f64>() * 1e6 / requests
        };
        Ok(Sample::default()
            .with(RATE, rate)
            .with_some(P50, median(|report| report.p50))
            .with_some(P99, median(|report| report.p99))
            .with(SERVER_CPU, mean(|cost| cost.server) * 100.0)
            .with(SERVER_CPU_EACH, each(|cost| cost.server))
            .with(GENERATOR_CPU, mean(|cost| cost.generators) * 100.0)
            .with(GENERATOR_CPU_EACH, each(|cost| cost.generators))
            .with(MEMORY, self.memory.resident)
            .with(THREADS, count(self.threads)))
    }
}
