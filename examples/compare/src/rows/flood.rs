//! P4: ten times more than the machine can do, from clients that give up after a second.
//!
//! A server that queues everything answers nobody in time: each answer is for a client that has left. One that refuses early
//! keeps its cores for the answers that still count, and is itself again as soon as the flood ends.

use std::{thread, time::Duration};

use super::{Goal, Measure, Need, Row, Target};
use crate::{
    Failure,
    answer::{self, Ask},
    capacity::Capacity,
    generator::{Cost, Open, weigh},
    peer::{self, GOPOOL, Peer, Program},
    process,
    sample::{GENERATOR_CPU, P99, SERVER_CPU, SHARE, Sample, count},
    server::Server,
    stage::Stage,
};

const OF_THE_REST: &str = "share of what generator and refusing leave";
const REFUSED_P99: &str = "p99 of refusals ms";
const AFTERWARDS: &str = "one request after / before";
const PEAK: &str = "peak memory / at 1x load";
const CONNECTIONS: u32 = 2_000;
const PATIENCE: Duration = Duration::from_secs(1);
/// When the server must be itself again.
const REST: Duration = Duration::from_millis(100);

pub(super) static ROW: Row = Row {
    ids: &["P4"],
    title: "Overload",
    why: "fib(30) at ten times the capacity on 2,000 connections; clients give up after one second. Only answers within a second of when they were due count, and only after the first second: until then even a server that drowns answers in time.",
    needs: &[Need::OpenLoop],
    peers,
    measure: Measure::Alone(measure),
    plot: SHARE,
    goals: &[
        Goal {
            id: "P4",
            what: "answers in time / capacity",
            target: Target::AtLeast(0.8),
            value: |round| round.get(GOPOOL, SHARE),
        },
        Goal {
            id: "P4",
            what: "the same / what the generator and the refusing leave of the cores",
            target: Target::AtLeast(0.95),
            value: |round| round.get(GOPOOL, OF_THE_REST),
        },
        Goal {
            id: "P4",
            what: "p99 of the refusals, ms",
            target: Target::AtMost(100.0),
            value: |round| round.get(GOPOOL, REFUSED_P99),
        },
        Goal {
            id: "P4",
            what: "one request 100 ms after the flood / before it",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL, AFTERWARDS),
        },
        Goal {
            id: "P4",
            what: "peak memory / at 1x load",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL, PEAK),
        },
    ],
};

fn peers() -> Vec<Peer> {
    let gopool = Peer::new(GOPOOL, Program::Lab).args(["--queue-timeout", "500"]);
    std::iter::once(gopool).chain(peer::rust_hand_overs()).collect()
}

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let before = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Fib)?;
    let calm = server.time(Ask::Fib)?.min(server.time(Ask::Fib)?);
    let at_capacity = peak(&server, || load(stage, 0.9 * before).run(stage, &server))?.1;
    let flood = || weigh(&server, || load(stage, 10.0 * before).run(stage, &server));
    let ((seen, cost), flooded) = peak(&server, flood)?;
    thread::sleep(REST);
    // Some are still at work for clients that have left when even this one gives up.
    let afterwards = server.time(Ask::Fib).unwrap_or(answer::LIMIT);
    drop(server);
    let capacity = before.midpoint(Capacity::measure(stage.cores).per_second);
    // Until the first clients give up, even a server that drowns answers in time.
    let seen = seen.after(PATIENCE);
    let in_time = seen.within(200, PATIENCE);
    // Only gopool's threads for work can be told from the others.
    let is_ours = peer.label == GOPOOL;
    let of_the_rest = is_ours.then(|| in_time / (capacity * left_over(stage, cost)));

    let sample = Sample::default()
        .with(SHARE, in_time / capacity)
        .with(AFTERWARDS, afterwards.as_secs_f64() / calm.as_secs_f64())
        .with(PEAK, flooded / at_capacity)
        .with(SERVER_CPU, cost.server * 100.0)
        .with(GENERATOR_CPU, cost.generators * 100.0);
    // A server that answers nobody has no latency, and one that queues everything refuses nobody.
    Ok(sample
        .with_some(OF_THE_REST, of_the_rest)
        .with_some(P99, seen.percentile(200, 0.99))
        .with_some(REFUSED_P99, seen.percentile(503, 0.99)))
}

fn load(stage: &Stage, rate: f64) -> Open {
    Open {
        ask: Ask::Fib,
        rate,
        connections: CONNECTIONS,
        seconds: stage.pace().long + 1,
        patience: 1,
        // What is answered after the end was not worked for during it.
        lingers: false,
    }
}

/// Runs `load`, and says how much memory the server used at most.
fn peak<T>(server: &Server, load: impl FnOnce() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    process::forget_peak(&server.pids());
    let result = load()?;
    Ok((result, process::peak_memory(&server.pids())))
}

/// The part of the cores that neither the generator nor the event loops used.
fn left_over(stage: &Stage, cost: Cost) -> f64 {
    let cores = count(stage.cores);
    (cores - cost.generators - cost.server_without_pool) / cores
}
