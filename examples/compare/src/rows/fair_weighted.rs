//! R-fair-weights: a route of three times the weight has three times the CPU time.

use super::{
    Goal, Measure, Plot, Row, Target,
    fair::{self, OF_BRIEF},
};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL},
};

pub(super) static ROW: Row = Row {
    ids: &["R-fair-weights"],
    title: "The same with weights of 3 to 1",
    why: "As R-fair, where the route of short runs has the weight 3. The others have no weights.",
    needs: &[],
    peers: || peer::gopool_and([]),
    measure: Measure::Alone(|stage, peer| fair::measure(stage, peer, Ask::Weighted)),
    asks: &[Ask::Weighted, Ask::Lengthy],
    plot: Plot::MoreIsBetter(OF_BRIEF),
    goals: &[Goal {
        id: "R-fair-weights",
        what: "share of CPU time of the route of 1 ms runs, weight 3, beside one of 100 ms, weight 1",
        target: Target::Between(0.7, 0.8),
        value: |round| round.get(GOPOOL, OF_BRIEF),
    }],
};
