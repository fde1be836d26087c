//! I1-one: what a process of its own adds to a request that is alone.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_ISOLATED},
    sample::{P50, Round},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["I1-one"],
    title: "Simple request, isolated, one connection",
    why: "One connection asks for the greeting, again and again. `gopool isolated` makes it in a process that can be killed, `gopool` on its pool.",
    needs: &[],
    peers: || peer::gopool_and([peer::gopool_isolated()]),
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 1,
    }),
    asks: &[],
    plot: Plot::LessIsBetter(P50),
    goals: &[Goal {
        id: "I1-one",
        what: "p50 of the isolated handler beyond that of the pooled one, us",
        target: Target::AtMost(40.0),
        value: added,
    }],
};

/// In microseconds.
fn added(round: &Round) -> Option<f64> {
    Some((round.get(GOPOOL_ISOLATED, P50)? - round.get(GOPOOL, P50)?) * 1e3)
}
