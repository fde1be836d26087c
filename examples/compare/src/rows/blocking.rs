//! P8: work that blocks threads and uses no core. The pool must grow past the cores at once, because they are idle.

use super::{Goal, Row, Target, closed};
use crate::{
    Failure,
    answer::Ask,
    peer::{self, Peer, Program},
    sample::{RATE, SHARE, Sample},
    stage::Stage,
};

const WIDE: &str = "gopool --max-threads 64";
const THREADS: usize = 64;
/// What 64 threads can do of 10 ms each.
const MOST: f64 = 6_400.0;

pub(super) static ROW: Row = Row {
    ids: &["P8"],
    title: "Blocking work",
    why: "128 connections ask for 10 ms of sleep on at most 64 threads; the look begins one second after the first request.",
    needs: &[],
    peers: || {
        let gopool = Peer::new(WIDE, Program::Lab).threads(THREADS);
        let peers = peer::rust_hand_overs().into_iter();
        std::iter::once(gopool)
            .chain(peers.map(|peer| peer.threads(THREADS)))
            .collect()
    },
    measure,
    plot: RATE,
    goals: &[Goal {
        id: "P8",
        what: "sleeps per second / what 64 threads can do",
        target: Target::AtLeast(0.95),
        value: |round| round.get(WIDE, SHARE),
    }],
};

fn measure(stage: &Stage, peer: &Peer) -> Result<Sample, Failure> {
    let sample = closed(stage, peer, Ask::Sleep, 128)?;
    let rate = sample.get(RATE).unwrap_or_default();
    Ok(sample.with(SHARE, rate / MOST))
}
