//! P4: from half of what the machine can do to ten times as much, from clients that give up after a second.
//!
//! A server that queues everything answers nobody in time: each answer is for a client that has left. One that refuses early
//! keeps its cores for the answers that still count. A single load would show one point of that; the curve shows where each breaks.

use std::time::Duration;

use super::{Goal, Loads, Measure, Need, Plot, Row, Target, at};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Open, weigh},
    peer::{self, GOPOOL, Peer},
    process,
    sample::{GENERATOR_CPU, P99, SERVER_CPU, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

const IN_TIME: &str = "answers within 1 s / capacity";
const OF_OFFERED: &str = "share of what was offered";
const OF_THE_REST: &str = "share of what generator and refusing leave";
pub(super) const REFUSED_P99: &str = "p99 of refusals ms";
const REFUSAL_CPU: &str = "CPU us/refusal";
const PEAK: &str = "peak memory MB";
pub(super) const CONNECTIONS: u32 = 2_000;
pub(super) const PATIENCE: Duration = Duration::from_secs(1);
/// By then a flood has been told from a burst, and whoever was let in before that has an answer.
pub(super) const TOLD: Duration = Duration::from_secs(2);
const LOADS: Loads = Loads {
    all: &[0.5, 1.0, 1.5, 2.0, 4.0, 10.0],
    quick: &[0.5, 2.0, 10.0],
};

pub(super) static ROW: Row = Row {
    ids: &["P4"],
    title: "Overload",
    why: "fib(30) on 2,000 connections at 0.5 to 10 times what the cores can do; clients give up after one second. Only answers within a second of when they were due count, and only after the first second: until then even a server that drowns answers in time. Latencies are those after the second second: gopool takes a second to tell a flood from a burst, and who came meanwhile learns then that he will not be served. CPU per refusal is all that the threads without work used, the answered requests' part included; only gopool's can be told from the others.",
    needs: &[Need::OpenLoop],
    peers: || {
        let mut peers = peer::gopool_and(peer::actix_hand_overs());
        peers.push(peer::npm_gopool());
        peers
    },
    measure: Measure::AtLoads(LOADS, measure),
    asks: &[],
    plot: Plot::MoreIsBetter(IN_TIME),
    goals: &[
        Goal {
            id: "P4",
            what: "answers in time / offered, at 0.5 times the capacity",
            target: Target::AtLeast(0.99),
            value: |round| round.get(&at(GOPOOL, 0.5), OF_OFFERED),
        },
        Goal {
            id: "P4",
            what: "answers in time / capacity, at 1.5 times",
            target: Target::AtLeast(0.95),
            value: |round| round.get(&at(GOPOOL, 1.5), IN_TIME),
        },
        Goal {
            id: "P4",
            what: "the same at 2 times",
            target: Target::AtLeast(0.95),
            value: |round| round.get(&at(GOPOOL, 2.0), IN_TIME),
        },
        Goal {
            id: "P4",
            what: "answers in time / what the generator and the refusing leave of the cores, at 4 times",
            target: Target::AtLeast(0.95),
            value: |round| round.get(&at(GOPOOL, 4.0), OF_THE_REST),
        },
        Goal {
            id: "P4",
            what: "the same at 10 times",
            target: Target::AtLeast(0.95),
            value: |round| round.get(&at(GOPOOL, 10.0), OF_THE_REST),
        },
        Goal {
            id: "P4",
            what: "answers in time / capacity, at 4 times",
            target: Target::AtLeast(0.7),
            value: |round| round.get(&at(GOPOOL, 4.0), IN_TIME),
        },
        Goal {
            id: "P4",
            what: "the same at 10 times",
            target: Target::AtLeast(0.7),
            value: |round| round.get(&at(GOPOOL, 10.0), IN_TIME),
        },
        Goal {
            id: "P4",
            what: "p99 of the refusals at 10 times, once the flood is told from a burst, ms",
            target: Target::AtMost(100.0),
            value: |round| round.get(&at(GOPOOL, 10.0), REFUSED_P99),
        },
        Goal {
            id: "P4",
            what: "CPU time per refusal at 10 times, us",
            // What bare actix-web takes for an answer (P1) on the machine of the published figures.
            target: Target::AtMost(12.5),
            value: |round| round.get(&at(GOPOOL, 10.0), REFUSAL_CPU),
        },
        Goal {
            id: "P4",
            what: "peak memory at 10 times / at 1",
            target: Target::AtMost(2.0),
            value: |round| round.ratio(PEAK, &at(GOPOOL, 10.0), &at(GOPOOL, 1.0)),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer, load: f64) -> Result<Sample, Failure> {
    let before = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Fib)?;
    let flood = flood(load * before, stage.pace().load + 2);
    process::forget_peak(&server.pids());
    let (all, cost) = weigh(&server, || flood.run(stage, &server))?;
    let peak = process::peak_memory(&server.pids());
    drop(server);
    let capacity = before.midpoint(Capacity::measure(stage.cores).per_second);
    // Until the first clients give up, even a server that drowns answers in time.
    let seen = all.clone().after(PATIENCE);
    let in_time = seen.within(200, PATIENCE);
    let told = all.clone().after(TOLD);
    // Only gopool's workers can be told from other threads, and only beside many refusals is the rest of no account.
    let is_ours = peer.label == GOPOOL;
    let of_the_rest = is_ours.then(|| in_time / (capacity * cost.left_over(stage.cores)));
    let refusals = Some(all.number(503)).filter(|refusals| is_ours && *refusals > all.number(200));

    // A server that answers nobody has no latency, and one that queues everything refuses nobody.
    Ok(Sample::default()
        .with(IN_TIME, in_time / capacity)
        .with(OF_OFFERED, in_time / flood.rate)
        .with_some(OF_THE_REST, of_the_rest)
        .with_some(P99, told.percentile(200, 0.99))
        .with_some(REFUSED_P99, told.percentile(503, 0.99))
        .with_some(
            REFUSAL_CPU,
            refusals.and_then(|number| cost.without_workers_each(number)),
        )
        .with(PEAK, peak)
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(all.all()))
        .with(GENERATOR_CPU, cost.generators * 100.0))
}

/// fib(30) at this rate, from clients who leave.
pub(super) fn flood(rate: f64, seconds: u32) -> Open {
    Open {
        ask: Ask::Fib,
        rate,
        connections: CONNECTIONS,
        seconds,
        patience: 1,
        // What is answered after the end was not worked for during it.
        lingers: false,
    }
}
