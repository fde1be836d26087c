//! P3: a light route on the event loop beside a pool that is full of CPU work: the promise that the event loop never stalls.

use std::{thread, time::Duration};

use super::{Goal, Measure, Need, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Closed, Open},
    peer::{self, GOPOOL, GOPOOL_WIDE, Peer},
    sample::{P50, P99, SHARE, Sample},
    server::Server,
    stage::Stage,
};

/// The CPU load is full by then.
const RUN_UP: Duration = Duration::from_millis(500);

pub(super) static ROW: Row = Row {
    ids: &["P3"],
    title: "Light route beside CPU work",
    why: "500 requests a second, whatever the server does, go to a route that answers on the event loop, while 64 connections keep every core busy with fib(30).",
    needs: &[Need::OpenLoop],
    peers: peer::all_for_cpu_work,
    measure: Measure::Alone(measure),
    plot: P99,
    goals: &[
        Goal {
            id: "P3",
            what: "p99 of the light route, ms",
            target: Target::AtMost(0.5),
            value: |round| round.get(GOPOOL, P99),
        },
        Goal {
            id: "P3",
            what: "fib(30) per second meanwhile / what the cores can do",
            target: Target::AtLeast(0.97),
            value: |round| round.get(GOPOOL, SHARE),
        },
        Goal {
            id: "P8",
            what: "p99 of the light route with 64 threads, ms",
            target: Target::AtMost(0.5),
            value: |round| round.get(GOPOOL_WIDE, P99),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let seconds = stage.pace().load;
    let heavy = Closed {
        ask: Ask::Fib,
        connections: 64,
        seconds: seconds + 1,
    };
    let light = Open {
        ask: Ask::Inline,
        rate: 500.0,
        connections: 16,
        seconds,
        patience: 10,
        lingers: true,
    };
    beside(stage, peer, heavy, light)
}

/// A light load in the midst of a heavy one.
pub(super) fn beside(stage: &Stage, peer: &Peer, heavy: Closed, light: Open) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, heavy.ask)?;
    let (heavy, light) = thread::scope(|scope| {
        let heavy = scope.spawn(|| heavy.run(stage, &server));
        thread::sleep(RUN_UP);
        let light = light.run(stage, &server);
        (heavy.join(), light)
    });
    let (heavy, light) = (heavy.map_err(|_| "the heavy load panicked")??, light?);
    let latency = |share| {
        light
            .percentile(200, share)
            .ok_or("no light request was answered")
    };
    Ok(Sample::default()
        .with(P50, latency(0.5)?)
        .with(P99, latency(0.99)?)
        .with(SHARE, heavy.per_second / capacity))
}
