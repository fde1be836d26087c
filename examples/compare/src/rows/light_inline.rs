//! P3: a light route on the event loop beside a pool that is full of CPU work: the promise that the event loop never stalls.

use std::{thread, time::Duration};

use super::{Goal, Measure, Need, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Closed, Open, weigh},
    peer::{self, GOPOOL, GOPOOL_WIDE, Peer},
    sample::{P50, P99, P999, RATE, SERVER_CPU_EACH, SHARE, Sample},
    server::Server,
    stage::Stage,
};

const CALM_P99: &str = "p99 unloaded ms";
const TIMES_CALM: &str = "p99 / unloaded";
/// The CPU load is full by then.
const RUN_UP: Duration = Duration::from_millis(500);

pub(super) static ROW: Row = Row {
    ids: &["P3"],
    title: "Light route beside CPU work",
    why: "500 requests a second, whatever the server does, go to a route that answers on the event loop: first alone, then while 64 connections keep every core busy with fib(30). What the CPU work may cost them is a second wake-up, not a wait.",
    needs: &[Need::OpenLoop],
    peers: peer::all_for_cpu_work,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(P99),
    goals: &[
        Goal {
            id: "P3",
            what: "p99 of the light route / its p99 without the CPU work",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL, TIMES_CALM),
        },
        Goal {
            id: "P3",
            what: "p99.9 of the light route, ms",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL, P999),
        },
        Goal {
            id: "P3",
            what: "fib(30) per second meanwhile / what the cores can do",
            target: Target::AtLeast(0.97),
            value: |round| round.get(GOPOOL, SHARE),
        },
        Goal {
            id: "P8",
            what: "p99 of the light route with 64 threads / its p99 without the CPU work",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL_WIDE, TIMES_CALM),
        },
        Goal {
            id: "P8",
            what: "p99.9 of the light route with 64 threads, ms",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL_WIDE, P999),
        },
        Goal {
            id: "P8",
            what: "fib(30) per second meanwhile with 64 threads / what the cores can do",
            target: Target::AtLeast(0.97),
            value: |round| round.get(GOPOOL_WIDE, SHARE),
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
    let server = Server::start(stage, peer, heavy.ask)?;
    let calm = light.run(stage, &server)?;
    let calm = calm
        .percentile(200, 0.99)
        .ok_or("no light request was answered")?;
    let capacity = Capacity::measure(stage.cores);
    let sample = beside(stage, &server, heavy, light)?;
    drop(server);
    let share = share_of_capacity(stage, &sample, capacity);
    let times = sample.get(P99).map(|p99| p99 / calm);
    Ok(sample
        .with(CALM_P99, calm)
        .with_some(TIMES_CALM, times)
        .with_some(SHARE, share))
}

/// The rate of the heavy load against what the cores can do, looked at before and after it.
pub(super) fn share_of_capacity(stage: &Stage, sample: &Sample, before: Capacity) -> Option<f64> {
    let after = Capacity::measure(stage.cores);
    Some(sample.get(RATE)? / before.per_second.midpoint(after.per_second))
}

/// The latencies of a light load in the midst of a heavy one, and the rate of the heavy one.
pub(super) fn beside(stage: &Stage, server: &Server, heavy: Closed, light: Open) -> Result<Sample, Failure> {
    let ((heavy, light), cost) = weigh(server, || {
        thread::scope(|scope| {
            let heavy = scope.spawn(|| heavy.run(stage, server));
            thread::sleep(RUN_UP);
            let light = light.run(stage, server);
            Ok((heavy.join().map_err(|_| "the heavy load panicked")??, light?))
        })
    })?;
    let latency = |share| {
        light
            .percentile(200, share)
            .ok_or("no light request was answered")
    };
    Ok(Sample::default()
        .with(P50, latency(0.5)?)
        .with(P99, latency(0.99)?)
        .with(P999, latency(0.999)?)
        .with(RATE, heavy.per_second)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(heavy.requests + light.all())))
}
