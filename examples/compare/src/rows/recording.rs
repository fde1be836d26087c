//! P10: the price of being watched.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{GOPOOL, Peer, Program},
    sample::RATE,
    turns::Load,
};

const WATCHED: &str = "gopool --info-url";

pub(super) static ROW: Row = Row {
    ids: &["P10"],
    title: "Recording",
    why: "The simple request with the monitor on and off; nobody subscribes to the spans.",
    needs: &[],
    peers: || {
        vec![
            Peer::new(GOPOOL, Program::Lab),
            Peer::new(WATCHED, Program::Lab).args(["--info-url", "/info"]),
        ]
    },
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[Goal {
        id: "P10",
        what: "requests per second, monitor on / off",
        target: Target::AtLeast(0.99),
        value: |round| round.ratio(RATE, WATCHED, GOPOOL),
    }],
};
