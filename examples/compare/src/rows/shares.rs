//! R3: a full queue. A route that floods it must not take the places of one that asks for little.
//!
//! Who holds more than a fair share of the waiting jobs is refused, or gives up the newest of them for a job of another route.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Goal, Measure, Need, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Open, weigh},
    peer::{self, GOPOOL, Peer, Program},
    sample::{SERVER_CPU_EACH, SHARE, Sample, count},
    server::Server,
    stage::Stage,
};

const ANSWERED: &str = "share of the other route answered";
const REFUSED: &str = "share of the overflow refused";
/// How many times what the cores can do.
const FLOOD: f64 = 5.0;
/// The queue is full by then.
const RUN_UP: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(20);
/// An answer after this is none.
const LIMIT: Duration = Duration::from_secs(1);

pub(super) static ROW: Row = Row {
    ids: &["R3"],
    title: "A small route beside a flooding one",
    why: "fib(30) at five times the capacity, from clients who give up after two seconds, on a queue of 100; the others have no bound to set. Meanwhile one client asks for the pooled greeting, again and again: how often has it its answer within a second?",
    needs: &[Need::OpenLoop],
    peers: || {
        let gopool = Peer::new(GOPOOL, Program::Lab).args(["--max-queue", "100"]);
        std::iter::once(gopool).chain(peer::rust_hand_overs()).collect()
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(ANSWERED),
    goals: &[
        Goal {
            id: "R3",
            what: "requests of the small route answered within 1 s / all of them",
            target: Target::AtLeast(1.0),
            value: |round| round.get(GOPOOL, ANSWERED),
        },
        Goal {
            id: "R3",
            what: "requests of the flooding route refused / those beyond what was answered",
            target: Target::AtLeast(0.95),
            value: |round| round.get(GOPOOL, REFUSED),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Hello)?;
    let flood = Open {
        ask: Ask::Fib,
        rate: FLOOD * capacity,
        connections: 2_000,
        seconds: stage.pace().load + 1,
        patience: 2,
        lingers: true,
    };
    let ((seen, answered), cost) = weigh(&server, || {
        thread::scope(|scope| {
            let flood = scope.spawn(|| flood.run(stage, &server));
            thread::sleep(RUN_UP);
            let end = Instant::now() + Duration::from_secs(stage.pace().load.into());
            let answered = share_answered(&server, end);
            Ok((flood.join(), answered))
        })
    })?;
    let seen = seen.map_err(|_| "the flood panicked")??;
    let done = seen.of(200);
    Ok(Sample::default()
        .with(ANSWERED, answered?)
        .with(REFUSED, seen.of(503) / (flood.rate - done))
        .with(SHARE, done / capacity)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(seen.all())))
}

/// Asks one after another until `end`.
fn share_answered(server: &Server, end: Instant) -> Result<f64, Failure> {
    let mut answers = Vec::new();
    while Instant::now() < end {
        answers.push(server.answers(Ask::Hello, LIMIT)?);
        thread::sleep(PAUSE);
    }
    let in_time = answers.iter().filter(|in_time| **in_time).count();
    Ok(count(in_time) / count(answers.len()))
}
