//! P3b, R2: a cheap pooled route beside a long queue of another: fairness between routes.
//!
//! In a single queue the cheap request waits for the thousand jobs before it. Where routes take turns it is next, and waits for
//! a thread to finish what it runs.

use super::{
    Goal, Measure, Need, Plot, Row, Target,
    light_inline::{beside, share_of_capacity},
};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Closed, Open},
    peer::{self, GOPOOL, Peer},
    sample::{P50, P99, SHARE, Sample},
    server::Server,
    stage::Stage,
};

const MEDIAN_RUNS: &str = "p50 in runs of fib(30)";
const RUNS: &str = "p99 in runs of fib(30)";

pub(super) static ROW: Row = Row {
    ids: &["P3b", "R2"],
    title: "Cheap pooled route beside a long queue",
    why: "1,000 connections keep about a thousand fib(30) waiting; 50 requests a second go to the pooled greeting. In one queue for all, it waits for the thousand; with routes that take turns, for the job that runs; where long runs give way, for none.",
    needs: &[Need::OpenLoop],
    peers: || peer::gopool_and(peer::rust_hand_overs()),
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(MEDIAN_RUNS),
    goals: &[
        Goal {
            id: "P3b",
            what: "p99 of the cheap route / run time of one fib(30)",
            target: Target::AtMost(0.25),
            value: |round| round.get(GOPOOL, RUNS),
        },
        Goal {
            id: "P3b",
            what: "fib(30) per second meanwhile / what the cores can do",
            target: Target::AtLeast(0.97),
            value: |round| round.get(GOPOOL, SHARE),
        },
        Goal {
            id: "R2",
            what: "median of the cheap route / run time of one fib(30)",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL, MEDIAN_RUNS),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let seconds = stage.pace().load;
    let heavy = Closed {
        ask: Ask::Fib,
        connections: 1_000,
        seconds: seconds + 2,
    };
    let light = Open {
        ask: Ask::Hello,
        rate: 50.0,
        connections: 256,
        seconds,
        patience: 10,
        lingers: true,
    };
    let capacity = Capacity::measure(stage.cores);
    let one = capacity.one.as_secs_f64() * 1e3;
    let server = Server::start(stage, peer, heavy.ask)?;
    let sample = beside(stage, &server, heavy, light)?;
    drop(server);
    let runs = |name| sample.get(name).map(|milliseconds| milliseconds / one);
    let share = share_of_capacity(stage, &sample, capacity);
    let (median, p99) = (runs(P50), runs(P99));
    Ok(sample
        .with_some(SHARE, share)
        .with_some(MEDIAN_RUNS, median)
        .with_some(RUNS, p99))
}
