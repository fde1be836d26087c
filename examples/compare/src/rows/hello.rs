//! P1, P1b, P7: a request that costs nothing, so that only the hand-over to the pool and back is left.
//!
//! Bare actix-web that answers on its event loop is the most that a pool behind actix-web can hope for. Memory is read under
//! the same load, beside that of the npm package whose place gopool takes.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, ACTIX_INLINE, ACTIX_RAYON, GOPOOL, GOPOOL_INLINE, NPM_GOPOOL},
    sample::{MEMORY, P99, RATE, SERVER_CPU_EACH},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P1", "P1b", "P7"],
    title: "Simple request",
    why: "64 connections ask for a greeting; gopool makes it on its pool, and `gopool inline` on its event loop. What is left is the price of the hand-over.",
    needs: &[],
    peers: || {
        let mut peers = peer::all();
        peers.insert(2, peer::gopool_inline());
        peers
    },
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[
        Goal {
            id: "P1",
            what: "CPU time of the server per request, pooled / bare actix inline",
            target: Target::AtMost(1.2),
            value: |round| round.ratio(SERVER_CPU_EACH, GOPOOL, ACTIX_INLINE),
        },
        Goal {
            id: "P1",
            what: "CPU time of the server per request, pooled / rayon with a oneshot channel",
            target: Target::AtMost(1.0),
            value: |round| round.ratio(SERVER_CPU_EACH, GOPOOL, ACTIX_RAYON),
        },
        Goal {
            id: "P1",
            what: "requests per second, pooled / bare actix inline",
            target: Target::AtLeast(0.9),
            value: |round| round.ratio(RATE, GOPOOL, ACTIX_INLINE),
        },
        Goal {
            id: "P1",
            what: "requests per second, pooled / rayon with a oneshot channel",
            target: Target::AtLeast(1.0),
            value: |round| round.ratio(RATE, GOPOOL, ACTIX_RAYON),
        },
        Goal {
            id: "P1",
            what: "requests per second, `run = \"inline\"` / bare actix inline",
            target: Target::AtLeast(1.0),
            value: |round| round.ratio(RATE, GOPOOL_INLINE, ACTIX_INLINE),
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
