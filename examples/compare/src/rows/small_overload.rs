//! C-overload: the small service at four times what it does itself, as each framework comes.

use super::{
    Goal, Measure, Need, Plot, Row, Target,
    overload::{CONNECTIONS, PATIENCE, REFUSED_P99, TOLD},
};
use crate::{
    Failure,
    answer::Ask,
    generator::{Closed, Open},
    peer::{self, GOPOOL, Peer},
    process,
    sample::{P99, Sample},
    server::Server,
    stage::Stage,
};

const IN_TIME: &str = "answers within 1 s / what it does without a flood";
const OWN: &str = "fib(30)/s without a flood";
const PEAK: &str = "peak memory MB";
const TIMES: f64 = 4.0;

pub(super) static ROW: Row = Row {
    ids: &["C-overload"],
    title: "Overload",
    why: "fib(30) at four times the rate that the server itself reaches with 8 clients who wait; the flood's clients give up after a second. Only answers within a second of when they were due count, after the first second; latencies are those after the second one.",
    needs: &[Need::OpenLoop],
    peers: peer::small,
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(IN_TIME),
    goals: &[Goal {
        id: "C-overload",
        what: "answers in time / what the small service does without a flood, at 4 times that",
        target: Target::AtLeast(0.7),
        value: |round| round.get(GOPOOL, IN_TIME),
    }],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Fib)?;
    let calm = Closed {
        ask: Ask::Fib,
        connections: 8,
        seconds: 2,
    };
    let own = calm.run(stage, &server)?.per_second;
    let flood = Open {
        ask: Ask::Fib,
        rate: TIMES * own,
        connections: CONNECTIONS,
        seconds: stage.pace().load + 2,
        patience: 1,
        lingers: false,
    };
    process::forget_peak(&server.pids());
    let all = flood.run(stage, &server)?;
    let peak = process::peak_memory(&server.pids());
    let in_time = all.clone().after(PATIENCE).within(200, PATIENCE);
    let told = all.after(TOLD);
    Ok(Sample::default()
        .with(IN_TIME, in_time / own)
        .with(OWN, own)
        .with_some(P99, told.percentile(200, 0.99))
        .with_some(REFUSED_P99, told.percentile(503, 0.99))
        .with(PEAK, peak))
}
