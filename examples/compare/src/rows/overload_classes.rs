//! P4-class: what is critical beside twelve times as much that may be shed.

use std::{thread, time::Duration};

use super::{
    Goal, Measure, Need, Plot, Row, Target,
    overload::{CONNECTIONS, PATIENCE},
};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Open, weigh},
    peer::{self, GOPOOL, Peer},
    sample::{P99, SERVER_CPU, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

const CRITICAL: &str = "share of the critical answered";
const SHEDDABLE: &str = "share of the sheddable answered";
/// Of the critical requests, in times of what the cores can do.
const LOAD: f64 = 0.5;
/// Sheddable requests for each critical one.
const TIMES: f64 = 12.0;
/// The flood is there by then.
const RUN_UP: Duration = Duration::from_secs(1);

pub(super) static ROW: Row = Row {
    ids: &["P4-class"],
    title: "Critical requests beside sheddable ones",
    why: "fib(30) on a critical route at half of what the cores can do, beside twelve times as many requests to a sheddable one; clients of both give up after a second. How many of the critical are answered within a second of when they were due? The others have no classes: for them both routes are the same.",
    needs: &[Need::OpenLoop],
    peers: || peer::gopool_and(peer::actix_hand_overs()),
    measure: Measure::Alone(measure),
    asks: &[Ask::Critical, Ask::Sheddable],
    plot: Plot::MoreIsBetter(CRITICAL),
    goals: &[Goal {
        id: "P4-class",
        what: "critical requests answered in time / all of them, beside 12 times sheddable",
        target: Target::AtLeast(0.994),
        value: |round| round.get(GOPOOL, CRITICAL),
    }],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Critical)?;
    let seconds = stage.pace().load;
    let critical = Open {
        ask: Ask::Critical,
        rate: LOAD * capacity,
        connections: 512,
        seconds,
        patience: 1,
        lingers: true,
    };
    let sheddable = Open {
        ask: Ask::Sheddable,
        rate: TIMES * critical.rate,
        connections: CONNECTIONS,
        // From before the critical ones to after them.
        seconds: seconds + 2,
        patience: 1,
        lingers: false,
    };
    let ((critical_seen, sheddable_seen), cost) = weigh(&server, || {
        thread::scope(|scope| {
            let flood = scope.spawn(|| sheddable.run(stage, &server));
            thread::sleep(RUN_UP);
            let critical = critical.run(stage, &server)?;
            Ok((critical, flood.join().map_err(|_| "the flood panicked")??))
        })
    })?;
    let answers = critical_seen.all() + sheddable_seen.all();
    // A rate is rounded to whole requests, so that all may be a little more than all.
    let share = (critical_seen.within(200, PATIENCE) / critical.rate).min(1.0);
    Ok(Sample::default()
        .with(CRITICAL, share)
        .with(SHEDDABLE, sheddable_seen.within(200, PATIENCE) / sheddable.rate)
        .with_some(P99, critical_seen.percentile(200, 0.99))
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(answers)))
}
