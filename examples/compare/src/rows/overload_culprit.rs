//! P4-culprit: one request in a thousand runs away; the others must not pay for it.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{Goal, Measure, Plot, Row, Target, overload::PATIENCE};
use crate::{
    Failure,
    answer::{Ask, fetch},
    capacity::Capacity,
    generator::{Clients, weigh},
    peer::{self, GOPOOL, Peer},
    sample::{SERVER_CPU, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

const KEPT: &str = "throughput kept";
const CANCELLED: &str = "refused or cancelled of 10,000 others";
/// Of the others, in times of what the cores can do.
const LOAD: f64 = 0.7;
/// Others for each runaway.
const OTHERS: f64 = 1_000.0;

pub(super) static ROW: Row = Row {
    ids: &["P4-culprit"],
    title: "One runaway in a thousand",
    why: "fib(30) at 0.7 times what the cores can do, first alone, then with one request in a thousand, the first at once, that wants ten seconds of a core. gopool's route tells it to stop after 200 ms, which it asks for, as handlers should; the others' have no such limit. How many of the others are still answered within a second, and how many are refused or cancelled?",
    needs: &[],
    peers: || peer::gopool_and(peer::actix_hand_overs()),
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::MoreIsBetter(KEPT),
    goals: &[
        Goal {
            id: "P4-culprit",
            what: "other requests answered in time / without the runaway",
            target: Target::AtLeast(0.96),
            value: |round| round.get(GOPOOL, KEPT),
        },
        Goal {
            id: "P4-culprit",
            what: "other requests refused or cancelled, of 10,000",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL, CANCELLED),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let capacity = Capacity::measure(stage.cores).per_second;
    let server = Server::start(stage, peer, Ask::Fib)?;
    let rate = LOAD * capacity;
    let others = Clients {
        ask: Ask::Fib,
        phases: vec![(rate, Duration::from_secs(stage.pace().long.into()))],
        patience: PATIENCE,
        retries: 0,
    };
    let without = others.run(&server)?;
    let every = Duration::from_secs_f64(OTHERS / rate);
    let (with, cost) = weigh(&server, || {
        beside_runaways(&server, every, || others.run(&server))
    })?;
    let kept = with.served(PATIENCE) / without.served(PATIENCE);
    Ok(Sample::default()
        .with_some(KEPT, Some(kept).filter(|kept| kept.is_finite()))
        .with(CANCELLED, with.refused() / with.number() * 1e4)
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(with.number())))
}

/// Runs `load` while one runaway after another is sent, each by a client that gives up as all do.
fn beside_runaways<T>(
    server: &Server,
    every: Duration,
    load: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let send = || {
        // It is refused, cancelled or given up: whatever becomes of it is not what is asked here.
        let _answer = fetch(server.port, server.path(Ask::Runaway), PATIENCE);
    };
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || {
            loop {
                scope.spawn(send);
                if is_done.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
        });
        let result = load();
        drop(done);
        result
    })
}
