//! P5: the price of a large application's route table.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{Peer, Program},
    sample::RATE,
    turns::Load,
};

const ONE: &str = "gopool, 1 route";
const THOUSAND: &str = "gopool, 1,000 routes";

pub(super) static ROW: Row = Row {
    ids: &["P5"],
    title: "A thousand routes",
    why: "The last of 1,000 parameterised routes, beside a program that has only this one. actix-web tries its routes one after another; a tree does not.",
    needs: &[],
    peers,
    measure: Measure::InTurn(Load {
        ask: Ask::Numbered,
        connections: 64,
    }),
    asks: &[],
    plot: Plot::MoreIsBetter(RATE),
    goals: &[Goal {
        id: "P5",
        what: "requests per second, 1,000 routes / 1 route",
        target: Target::AtLeast(0.97),
        value: |round| round.ratio(RATE, THOUSAND, ONE),
    }],
};

fn peers() -> Vec<Peer> {
    let actix = |label, routes| Peer::new(label, Program::Actix("inline")).args(["--routes", routes]);
    vec![
        Peer::new(ONE, Program::OneRoute),
        Peer::new(THOUSAND, Program::ThousandRoutes),
        actix("actix inline, 1 route", "1"),
        actix("actix inline, 1,000 routes", "1000"),
    ]
}
