//! P1, P1b, P7: a request that costs nothing, so that only the hand-over to the pool and back is left.
//!
//! Bare actix-web that answers on its event loop is the most that a pool behind actix-web can hope for. Memory is read under
//! the same load, beside that of the npm package whose place gopool takes.

use super::{Goal, Measure, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, ACTIX_INLINE, GOPOOL, NPM_GOPOOL},
    sample::{MEMORY, P99, RATE},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P1", "P1b", "P7"],
    title: "Simple request",
    why: "64 connections ask for a greeting; gopool makes it on its pool. What is left is the price of the hand-over.",
    needs: &[],
    peers: peer::all,
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 64,
    }),
    plot: RATE,
    goals: &[
        Goal {
            id: "P1",
            what: "requests per second, pooled / bare actix inline",
            target: Target::AtLeast(0.97),
            value: |round| round.ratio(RATE, GOPOOL, ACTIX_INLINE),
        },
        Goal {
            id: "P1b",
            what: "p99 latency, pooled / bare actix inline",
            target: Target::AtMost(1.0),
            value: |round| round.ratio(P99, GOPOOL, ACTIX_INLINE),
        },
        Goal {
            id: "P7",
            what: "resident memory under this load / npm gopool",
            target: Target::AtMost(0.12),
            value: |round| round.ratio(MEMORY, GOPOOL, NPM_GOPOOL),
        },
    ],
};
