//! P9c: a query, then CPU work on what it found: an `async fn` with a part on the pool.

use super::{Goal, Measure, Need, Plot, Row, Target, closed_cpu};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL, Peer, Program},
    sample::{RATE, SHARE},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P9c"],
    title: "Database query and CPU work",
    why: "64 connections; one row by its key, then fib(30).",
    needs: &[Need::Database],
    peers: || {
        let mut peers = vec![Peer::new(GOPOOL, Program::Database), peer::actix_inline()];
        peers.extend(peer::rust_hand_overs());
        peers.extend(peer::node());
        peers
    },
    measure: Measure::Alone(|stage, peer| {
        let load = Load {
            ask: Ask::Scored,
            connections: 64,
        };
        closed_cpu(stage, peer, load)
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[Goal {
        id: "P9c",
        what: "requests per second / what the cores can do of fib(30) alone",
        target: Target::AtLeast(0.9),
        value: |round| round.get(GOPOOL, SHARE),
    }],
};
