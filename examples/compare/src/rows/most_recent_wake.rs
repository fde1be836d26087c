//! R4: after a burst, the threads that are no longer needed go, although requests keep coming.
//!
//! That takes waking the thread that went idle last. Where idle threads take turns, each is woken before its idle timeout, and all
//! of them stay for as long as a trickle of requests lasts.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    generator::Closed,
    peer::{GOPOOL, Peer, Program},
    process,
    sample::{Sample, count},
    server::Server,
    stage::Stage,
};

const BURST: &str = "threads more after the burst";
const LEFT: &str = "threads more after the trickle";
const THREADS: usize = 8;
/// Given to the servers in milliseconds.
const IDLE_TIMEOUT: &str = "1000";
/// Four idle timeouts.
const TRICKLE: Duration = Duration::from_secs(4);
/// Eight threads that take turns are woken every 160 ms each.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) static ROW: Row = Row {
    ids: &["R4"],
    title: "Threads after a burst",
    why: "32 connections ask for 10 ms of sleep on at most 8 threads with an idle timeout of one second; then, for four seconds, one client asks for the greeting every 20 ms, which needs one thread. Threads are counted beyond those after a first request, which has one. `web::block` runs on the same tokio pool as `spawn_blocking`, but its idle timeout of 10 s cannot be set; rayon's threads never leave.",
    needs: &[],
    peers: || {
        let gopool = Peer::new(GOPOOL, Program::Lab).args(["--idle-timeout", IDLE_TIMEOUT]);
        let axum = Peer::new("axum spawn_blocking", Program::Axum("spawn-blocking"));
        let axum = axum.args(["--idle-timeout", IDLE_TIMEOUT]);
        [gopool, axum].map(|peer| peer.threads(THREADS)).to_vec()
    },
    measure: Measure::Alone(measure),
    asks: &[],
    plot: Plot::LessIsBetter(LEFT),
    goals: &[
        Goal {
            id: "R4",
            what: "threads that a burst adds to the first one, of 8 allowed",
            target: Target::AtLeast(7.0),
            value: |round| round.get(GOPOOL, BURST),
        },
        Goal {
            id: "R4",
            what: "those still there after four idle timeouts with one request at a time",
            target: Target::AtMost(1.0),
            value: |round| round.get(GOPOOL, LEFT),
        },
    ],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, Ask::Hello)?;
    let pids = server.pids();
    let at_first = process::threads(&pids);
    let more = || count(process::threads(&pids).saturating_sub(at_first));
    let burst = Closed {
        ask: Ask::Sleep,
        connections: 32,
        seconds: 1,
    };
    burst.run(stage, &server)?;
    let after_burst = more();
    let end = Instant::now() + TRICKLE;
    while Instant::now() < end {
        server.check(Ask::Hello)?;
        thread::sleep(PAUSE);
    }
    Ok(Sample::default().with(BURST, after_burst).with(LEFT, more()))
}
