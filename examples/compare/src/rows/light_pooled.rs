//! P3b, R2: a cheap pooled route beside a long queue of another: fairness between routes.
//!
//! In a single queue the cheap request waits for the thousand jobs before it. Where routes take turns it is next, and waits for
//! a thread to finish what it runs.

use super::{Goal, Measure, Need, Row, Target, light_inline::beside};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Closed, Open},
    peer::{self, GOPOOL, Peer},
    sample::{P50, P99, Sample},
    stage::Stage,
};

const MEDIAN_RUNS: &str = "p50 in runs of fib(30)";
const RUNS: &str = "p99 in runs of fib(30)";

pub(super) static ROW: Row = Row {
    ids: &["P3b", "R2"],
    title: "Cheap pooled route beside a long queue",
    why: "1,000 connections keep about a thousand fib(30) waiting; 50 requests a second go to the pooled greeting. With routes that take turns, it waits for the job that runs, not for the queue.",
    needs: &[Need::OpenLoop],
    peers: || {
        peer::gopools()
            .into_iter()
            .take(1)
            .chain(peer::rust_hand_overs())
            .collect()
    },
    measure: Measure::Alone(measure),
    plot: MEDIAN_RUNS,
    goals: &[
        Goal {
            id: "P3b",
            what: "p99 of the cheap route / run time of one fib(30)",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL, RUNS),
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
    let one = Capacity::measure(stage.cores).one.as_secs_f64() * 1e3;
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
    let sample = beside(stage, peer, heavy, light)?;
    let runs = |name| sample.get(name).map(|milliseconds| milliseconds / one);
    let (median, p99) = (runs(P50), runs(P99));
    Ok(sample.with_some(MEDIAN_RUNS, median).with_some(RUNS, p99))
}
