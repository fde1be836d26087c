//! P9: one row from PostgreSQL by its key, asynchronously: gopool must not be in the way of an `async fn`.

use super::{Goal, Measure, Need, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, ACTIX_INLINE, GOPOOL, Peer, Program},
    sample::RATE,
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P9"],
    title: "Database query",
    why: "64 connections; one row by its key. All Rust servers use the same driver with the same number of connections.",
    needs: &[Need::Database],
    peers: || {
        let mut peers = vec![
            Peer::new(GOPOOL, Program::Database),
            peer::actix_inline(),
            Peer::new("axum", Program::Axum("spawn-blocking")),
        ];
        peers.extend(peer::node());
        peers
    },
    measure: Measure::InTurn(Load {
        ask: Ask::Person,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[Goal {
        id: "P9",
        what: "requests per second / bare actix with the same driver",
        target: Target::AtLeast(0.98),
        value: |round| round.ratio(RATE, GOPOOL, ACTIX_INLINE),
    }],
};
