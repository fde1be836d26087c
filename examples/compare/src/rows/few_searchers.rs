//! R5: many tiny jobs and many idle threads. A job wakes a thread only if fewer are on their way than there are jobs to start.
//!
//! Where each job wakes a thread, most of them find that another was faster, and every job costs its switches of context.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    generator::{Closed, weigh},
    peer::{self, ACTIX_BLOCK, GOPOOL, Peer, Program},
    process,
    sample::{RATE, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

const SWITCHES: &str = "switches/request";
const THREADS: usize = 8;

pub(super) static ROW: Row = Row {
    ids: &["R5"],
    title: "Tiny jobs on eight idle threads",
    why: "A second of blocking work makes eight threads; then 64 connections ask for the greeting. A switch is a thread that goes to sleep, as the system counts them, of the event loop as well as of the pool.",
    needs: &[],
    peers: || {
        let gopool = Peer::new(GOPOOL, Program::Lab);
        let all = std::iter::once(gopool).chain(peer::rust_hand_overs());
        all.map(|peer| peer.threads(THREADS)).collect()
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(SWITCHES),
    goals: &[
        Goal {
            id: "R5",
            what: "times a thread went to sleep / requests",
            target: Target::AtMost(0.5),
            value: |round| round.get(GOPOOL, SWITCHES),
        },
        Goal {
            id: "R5",
            what: "the same / that of `web::block`",
            target: Target::AtMost(0.5),
            value: |round| round.ratio(SWITCHES, GOPOOL, ACTIX_BLOCK),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Hello)?;
    let load = |ask, seconds| Closed {
        ask,
        connections: 64,
        seconds,
    };
    load(Ask::Sleep, 1).run(stage, &server)?;
    let pids = server.pids();
    let before = process::wake_ups(&pids);
    let (report, cost) = weigh(&server, || {
        load(Ask::Hello, stage.pace().load).run(stage, &server)
    })?;
    let switches = process::wake_ups(&pids) - before;
    server.check(Ask::Hello)?;
    let requests = report.per_second * f64::from(stage.pace().load);
    Ok(Sample::default()
        .with(SWITCHES, switches / requests)
        .with(RATE, report.per_second)
        .with_some(SERVER_CPU_EACH, cost.of_server_each(report.requests)))
}
