//! P1-one: what the way to the pool and back adds to a request that is alone.

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    answer::Ask,
    peer::{self, GOPOOL, GOPOOL_INLINE},
    sample::{P50, Round},
    turns::Load,
};

pub(super) static ROW: Row = Row {
    ids: &["P1-one"],
    title: "Simple request, one connection",
    why: "One connection asks for the greeting, again and again: every request wakes a thread that slept. `gopool inline` is the same handler on the event loop.",
    needs: &[],
    peers: || {
        let mut peers = peer::gopool_and([peer::gopool_inline(), peer::actix_inline()]);
        peers.extend(peer::actix_hand_overs());
        peers
    },
    measure: Measure::InTurn(Load {
        ask: Ask::Hello,
        connections: 1,
    }),
    asks: &[],
    plot: Plot::LessIsBetter(P50),
    goals: &[Goal {
        id: "P1-one",
        what: "p50 of the pooled handler beyond that of the inline one, us",
        target: Target::AtMost(10.0),
        value: added,
    }],
};

/// In microseconds.
fn added(round: &Round) -> Option<f64> {
    Some((round.get(GOPOOL, P50)? - round.get(GOPOOL_INLINE, P50)?) * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn what_the_pool_adds_is_told_in_microseconds() {
        let mut round = Round::default();
        round.insert(GOPOOL, Sample::default().with(P50, 0.0625));
        assert_eq!(added(&round), None);
        round.insert(GOPOOL_INLINE, Sample::default().with(P50, 0.03125));
        assert_eq!(added(&round), Some(31.25));
    }
}
