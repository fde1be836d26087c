//! P4-step: a flood that comes all at once and ends all at once.
//!
//! A mean over a flood hides its first seconds, in which queues fill and clients begin to leave; this row counts second by second.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{
    Goal, Measure, Need, Plot, Row, Target,
    overload::{PATIENCE, REFUSED_P99, TOLD, flood},
};
use crate::{
    Failure,
    answer::{self, Ask},
    capacity::Capacity,
    generator::{Seen, weigh},
    peer::{self, GOPOOL, Peer},
    sample::{P99, SERVER_CPU, SERVER_CPU_EACH, Sample, Spread},
    server::Server,
    stage::Stage,
};

const WORST_SECOND: &str = "worst second / median second";
const FIRST_REFUSED_P99: &str = "p99 of refusals ms, first 2 s";
const MEDIAN_SECOND: &str = "median second / capacity";
const AFTERWARDS: &str = "one request after / before";
/// In times of what the cores can do.
const BEFORE: f64 = 0.8;
const FLOOD: f64 = 10.0;
const CALM_SECONDS: u32 = 2;
/// How long a server has to find its pace.
const SETTLE: Duration = Duration::from_millis(500);
/// When it must be itself again.
const REST: Duration = Duration::from_millis(100);

pub(super) static ROW: Row = Row {
    ids: &["P4-step"],
    title: "A step into overload and out of it",
    why: "fib(30) at 0.8 times what the cores can do, then at 10 times from one moment to the next, then nothing. Answers within a second of when they were due are counted for each second of the flood, from half a second after its beginning. Latencies are those after its second second, by when gopool has told it from a burst; what refusals of the first two take has a column of its own. One more request is sent 100 ms after its end.",
    needs: &[Need::OpenLoop],
    peers: || peer::gopool_and(peer::actix_hand_overs()),
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(MEDIAN_SECOND),
    goals: &[
        Goal {
            id: "P4-step",
            what: "worst second of the flood / its median second",
            target: Target::AtLeast(0.9),
            value: |round| round.get(GOPOOL, WORST_SECOND),
        },
        Goal {
            id: "P4-step",
            what: "p99 of the refusals, once the flood is told from a burst, ms",
            target: Target::AtMost(100.0),
            value: |round| round.get(GOPOOL, REFUSED_P99),
        },
        Goal {
            id: "P4-step",
            what: "one request 100 ms after the flood / without load",
            target: Target::AtMost(2.0),
            value: |round| round.get(GOPOOL, AFTERWARDS),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Fib)?;
    let calm = server.time(Ask::Fib)?.min(server.time(Ask::Fib)?);
    let ((seen, began), cost) = weigh(&server, || step(stage, &server, capacity))?;
    thread::sleep(REST);
    // Some are still at work for clients that have left when even this one gives up.
    let afterwards = server.time(Ask::Fib).unwrap_or(answer::LIMIT);
    let end = began + Duration::from_secs(flood_seconds(stage).into());
    let seconds = seen.by_second(200, PATIENCE, began + SETTLE, end);
    let spread = Spread::of(seconds).ok_or("the flood was too short")?;
    // Where not even the median second has an answer, none is worse.
    let worst = (spread.median > 0.0).then(|| spread.least / spread.median);
    let told = seen.clone().after(began + TOLD);
    let first = seen.clone().before(began + TOLD);
    Ok(Sample::default()
        .with_some(WORST_SECOND, worst)
        .with(MEDIAN_SECOND, spread.median / capacity)
        .with(AFTERWARDS, afterwards.as_secs_f64() / calm.as_secs_f64())
        .with_some(P99, told.percentile(200, 0.99))
        .with_some(REFUSED_P99, told.percentile(503, 0.99))
        .with_some(FIRST_REFUSED_P99, first.percentile(503, 0.99))
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(seen.all())))
}

fn flood_seconds(stage: &Stage) -> u32 {
    stage.pace().load + 2
}

/// A steady load to the end, and what is missing to the flood on top of it: what was seen, and when the flood began.
fn step(stage: &Stage, server: &Server, capacity: f64) -> Result<(Seen, Duration), Failure> {
    let steady = flood(BEFORE * capacity, CALM_SECONDS + flood_seconds(stage));
    let more = flood((FLOOD - BEFORE) * capacity, flood_seconds(stage));
    let start = Instant::now();
    thread::scope(|scope| {
        let steady = scope.spawn(|| steady.run(stage, server));
        thread::sleep(Duration::from_secs(CALM_SECONDS.into()));
        let began = start.elapsed();
        let more = more.run(stage, server)?.later(began);
        let steady = steady.join().map_err(|_| "the steady load panicked")??;
        Ok((steady.and(more), began))
    })
}
