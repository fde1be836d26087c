//! P10: the price of being watched.

use super::{Goal, Row, Target, closed};
use crate::{
    answer::Ask,
    peer::{GOPOOL, Peer, Program},
    sample::RATE,
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
    measure: |stage, peer| closed(stage, peer, Ask::Hello, 64),
    plot: RATE,
    goals: &[Goal {
        id: "P10",
        what: "requests per second, monitor on / off",
        target: Target::AtLeast(0.99),
        value: |round| round.ratio(RATE, WATCHED, GOPOOL),
    }],
};
