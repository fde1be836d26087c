//! P8, R6: work that blocks threads and uses no core. The pool must grow past the cores at once, because they are idle.

use super::{Goal, Measure, Plot, Row, Target, closed};
use crate::{
    Failure,
    answer::Ask,
    generator::Closed,
    peer::{self, GOPOOL_WIDE, Peer, Program},
    process,
    sample::{RATE, SHARE, Sample, count},
    server::Server,
    stage::Stage,
    turns::Load,
};

const SOON: &str = "threads more after 1 s";
const THREADS: usize = 64;
/// What 64 threads can do of 10 ms each.
const MOST: f64 = 6_400.0;
const CONNECTIONS: u32 = 128;

pub(super) static ROW: Row = Row {
    ids: &["P8", "R6"],
    title: "Blocking work",
    why: "128 connections ask for 10 ms of sleep on at most 64 threads; the look begins one second after the first request.",
    needs: &[],
    peers: || {
        let gopool = Peer::new(GOPOOL_WIDE, Program::Lab).threads(THREADS);
        let peers = peer::rust_hand_overs().into_iter();
        std::iter::once(gopool)
            .chain(peers.map(|peer| peer.threads(THREADS)))
            .collect()
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[
        Goal {
            id: "P8",
            what: "sleeps per second / what 64 threads can do",
            target: Target::AtLeast(0.95),
            value: |round| round.get(GOPOOL_WIDE, SHARE),
        },
        Goal {
            id: "R6",
            what: "threads that one second of blocking work adds to the first one, of 64 allowed",
            target: Target::AtLeast(63.0),
            value: |round| round.get(GOPOOL_WIDE, SOON),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let soon = more_threads_after_a_second(stage, peer)?;
    let load = Load {
        ask: Ask::Sleep,
        connections: CONNECTIONS,
    };
    let sample = closed(stage, peer, load)?;
    let rate = sample.get(RATE).unwrap_or_default();
    Ok(sample.with(SHARE, rate / MOST).with(SOON, count(soon)))
}

/// Beyond those after a first request, which has one.
fn more_threads_after_a_second(stage: &Stage, peer: &Peer) -> Result<usize, Failure> {
    let server = Server::start(stage, peer, Ask::Hello)?;
    let pids = server.pids();
    let at_first = process::threads(&pids);
    let load = Closed {
        ask: Ask::Sleep,
        connections: CONNECTIONS,
        seconds: 1,
    };
    load.run(stage, &server)?;
    Ok(process::threads(&pids).saturating_sub(at_first))
}
