//! P4-retry: clients that are not served come back, and so the flood feeds itself.
//!
//! Each refusal or late answer becomes up to three more requests. A server that keeps serving some of them in time has fewer to
//! serve later; one that serves nobody in time stays flooded after the cause is gone.

use std::time::Duration;

use super::{Goal, Measure, Plot, Row, Target, overload::PATIENCE};
use crate::{
    Failure,
    answer::Ask,
    capacity::Capacity,
    generator::{Clients, weigh},
    peer::{self, GOPOOL, Peer},
    sample::{SERVER_CPU, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

const BACK: &str = "s until newcomers are served again";
const AFTERWARDS: &str = "share of newcomers served afterwards";
const TRIES: &str = "tries per client";
/// In times of what the cores can do.
const FLOOD: f64 = 3.0;
const AFTER: f64 = 0.5;
/// Longer than a server may take to be back, or one that is not would be taken for one that is.
const LEAST_AFTER: Duration = Duration::from_secs(3);

pub(super) static ROW: Row = Row {
    ids: &["P4-retry"],
    title: "Overload by clients who come back",
    why: "fib(30) at 3 times what the cores can do, then at half of it. Each client gives up after a second, and asks again, 100 ms later and up to three times, when it was refused or gave up. Newcomers are those who ask for the first time; they are served when this try is answered within a second. A server is back when no tenth of a second follows in which fewer than nine of ten newcomers are served.",
    needs: &[],
    peers: || peer::gopool_and(peer::actix_hand_overs()),
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(BACK),
    goals: &[Goal {
        id: "P4-retry",
        what: "seconds from the end of the overload until newcomers are served again",
        target: Target::AtMost(1.0),
        value: |round| round.get(GOPOOL, BACK),
    }],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Fib)?;
    let length = Duration::from_secs(stage.pace().long.into()) / 2;
    let clients = Clients {
        ask: Ask::Fib,
        phases: vec![
            (FLOOD * capacity, length),
            (AFTER * capacity, length.max(LEAST_AFTER)),
        ],
        patience: PATIENCE,
        retries: 3,
    };
    let (visits, cost) = weigh(&server, || clients.run(&server))?;
    let back = visits.served_again_after(length, PATIENCE);
    let newcomers = visits.from(length);
    Ok(Sample::default()
        .with(BACK, back.as_secs_f64())
        .with(AFTERWARDS, newcomers.served(PATIENCE) / newcomers.number())
        .with(TRIES, visits.tries() / visits.number())
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(visits.tries())))
}
