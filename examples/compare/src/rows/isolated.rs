//! I1: what it costs to run a handler where it can be killed.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_ISOLATED},
    sample::{RATE, SERVER_CPU_EACH},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["I1"],
    title: "Simple request, isolated",
    why: "64 connections ask for the greeting; `gopool isolated` makes it in processes that can be killed, `gopool` on its pool. What is left is the way to a process and back.",
    needs: &[],
    peers: || peer::gopool_and([peer::gopool_isolated()]),
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[
        Goal {
            id: "I1",
            what: "requests per second, isolated / pooled",
            target: Target::AtLeast(0.6),
            value: |round| round.ratio(RATE, GOPOOL_ISOLATED, GOPOOL),
        },
        Goal {
            id: "I1",
            what: "CPU time of all processes per request, isolated / pooled",
            target: Target::AtMost(2.0),
            value: |round| round.ratio(SERVER_CPU_EACH, GOPOOL_ISOLATED, GOPOOL),
        },
    ],
};
