//! P9b: the same query through a blocking driver, which is what plain functions use.

use super::{Goal, Measure, Need, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, ACTIX_BLOCK, GOPOOL, Peer, Program},
    sample::RATE,
    turns::Load,
};

/// More threads than cores, because each of them mostly waits.
const THREADS: usize = 16;

pub(super) static ROW: Row = Row {
    ids: &["P9b"],
    title: "Database query, blocking driver",
    why: "64 connections; one row by its key, through a blocking driver on at most 16 threads.",
    needs: &[Need::Database],
    peers: || {
        let gopool = Peer::new(GOPOOL, Program::Database);
        let all = std::iter::once(gopool).chain(peer::rust_hand_overs());
        all.map(|peer| peer.threads(THREADS)).collect()
    },
    measure: Measure::InTurn(Load {
        ask: Ask::Blocking,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[Goal {
        id: "P9b",
        what: "requests per second / `web::block`",
        target: Target::AtLeast(1.1),
        value: |round| round.ratio(RATE, GOPOOL, ACTIX_BLOCK),
    }],
};
