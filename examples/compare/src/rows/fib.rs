//! P2, R6: pure CPU work. The pool must keep every core busy with it, and waste none of them.
//!
//! P8 asks the same of a pool that may grow to 64 threads for blocking work: more threads than cores must not cost anything here.
//! R6 asks for the reason: such a pool grows only while cores are idle, so here it does not.

use super::{Goal, Measure, Plot, Row, Target, closed_cpu};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_WIDE},
    sample::{SHARE, THREADS},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P2", "R6"],
    title: "CPU work",
    why: "64 connections ask for fib(30). The yardstick is the same function on all cores at once, without any server, right before and after.",
    needs: &[],
    peers: peer::all_for_cpu_work,
    measure: Measure::Alone(|stage, peer| {
        let load = Load {
            ask: Ask::Fib,
            connections: 64,
        };
        closed_cpu(stage, peer, load)
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(SHARE),
    goals: &[
        Goal {
            id: "P2",
            what: "fib(30) per second / what the cores can do",
            target: Target::AtLeast(0.98),
            value: |round| round.get(GOPOOL, SHARE),
        },
        Goal {
            id: "P8",
            what: "the same with 64 threads",
            target: Target::AtLeast(0.98),
            value: |round| round.get(GOPOOL_WIDE, SHARE),
        },
        Goal {
            id: "R6",
            what: "fib(30) per second, 64 threads allowed / one for each core",
            target: Target::AtLeast(0.97),
            value: |round| round.ratio(SHARE, GOPOOL_WIDE, GOPOOL),
        },
        Goal {
            id: "R6",
            what: "threads that CPU work has with 64 allowed, beyond those with one for each core",
            // A core that is free for a moment is reason enough to start one more.
            target: Target::AtMost(2.0),
            value: |round| Some(round.get(GOPOOL_WIDE, THREADS)? - round.get(GOPOOL, THREADS)?),
        },
    ],
};
