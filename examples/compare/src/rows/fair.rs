//! R-fair: two routes that both want more than there is share the cores, not the turns.
//!
//! Where they take turns, a route of long runs has nearly all of the cores; where all wait in one queue, who asks most often has.

use std::thread;

use super::{Goal, Measure, Plot, Row, Target};
use crate::{
    Failure,
    answer::Ask,
    generator::{Closed, weigh},
    peer::{self, GOPOOL, Peer},
    sample::{GENERATOR_CPU, SERVER_CPU, SERVER_CPU_EACH, Sample},
    server::Server,
    stage::Stage,
};

pub(super) const OF_BRIEF: &str = "CPU share of the 1 ms route";
const BRIEF: &str = "1 ms runs/s";
const LENGTHY: &str = "100 ms runs/s";

pub(super) static ROW: Row = Row {
    ids: &["R-fair"],
    title: "A route of short runs beside one of long runs",
    why: "64 connections ask for fib(27), about a millisecond, and 8 for fib(37) on another route, about a hundred, so that both always wait. The share of CPU time is counted in calls of the function: 123 times as many for one of the long runs.",
    needs: &[],
    peers: || peer::gopool_and(peer::actix_hand_overs()),
    measure: Measure::Alone(|stage, peer| measure(stage, peer, Ask::Brief)),
    asks: &[Ask::Lengthy],
    plot: Plot::MoreIsBetter(OF_BRIEF),
    goals: &[Goal {
        id: "R-fair",
        what: "share of CPU time of the route of 1 ms runs beside one of 100 ms",
        target: Target::Between(0.45, 0.55),
        value: |round| round.get(GOPOOL, OF_BRIEF),
    }],
};

/// The route of short runs beside that of long ones.
pub(super) fn measure(stage: &Stage, peer: &Peer, brief: Ask) -> Result<Sample, Failure> {
    let server = Server::start(stage, peer, brief)?;
    let load = |ask, connections| Closed {
        ask,
        connections,
        // One long run more or less must not count for much.
        seconds: stage.pace().long,
    };
    let (brief, lengthy) = (load(brief, 64), load(Ask::Lengthy, 8));
    let ((brief, lengthy), cost) = weigh(&server, || {
        thread::scope(|scope| {
            let brief = scope.spawn(|| brief.run(stage, &server));
            let lengthy = lengthy.run(stage, &server);
            Ok((brief.join().map_err(|_| "the load panicked")??, lengthy?))
        })
    })?;
    Ok(Sample::default()
        .with(OF_BRIEF, share(brief.per_second, lengthy.per_second))
        .with(BRIEF, brief.per_second)
        .with(LENGTHY, lengthy.per_second)
        .with(SERVER_CPU, cost.server * 100.0)
        .with_some(
            SERVER_CPU_EACH,
            cost.of_server_each(brief.requests + lengthy.requests),
        )
        .with(GENERATOR_CPU, cost.generators * 100.0))
}

/// The part of the CPU time that so many short runs took beside so many long ones.
fn share(brief: f64, lengthy: f64) -> f64 {
    let (brief, lengthy) = (brief * calls(27), lengthy * calls(37));
    brief / (brief + lengthy)
}

/// How often the function calls itself for `fib(n)`, the first call included.
fn calls(n: u32) -> f64 {
    (2..=n).fold([1.0, 1.0], |[last, this], _| [this, 1.0 + last + this])[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_as_the_function_makes_them() {
        fn count(n: u32) -> f64 {
            if n < 2 {
                1.0
            } else {
                1.0 + count(n - 1) + count(n - 2)
            }
        }
        for n in [0, 1, 2, 3, 10, 20] {
            assert_eq!(calls(n), count(n), "fib({n})");
        }
    }

    #[test]
    fn a_share_counts_work_and_not_turns() {
        let times = calls(37) / calls(27);
        assert!((122.9..123.1).contains(&times), "{times}");
        assert!((share(times, 1.0) - 0.5).abs() < 1e-9);
        assert!((share(3.0 * times, 1.0) - 0.75).abs() < 1e-9);
        assert!(share(1.0, 1.0) < 0.01);
    }
}
