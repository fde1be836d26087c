//! Ten times more than the pool can do, on a time that passes by hand and on a machine whose speed is never the same.

use super::bench::{Bench, LIMITS};
use crate::pool::{
    admission::Order,
    lanes::LaneId,
    state::Limits,
    time::{Moment, Nanos},
};
use fastrand::Rng;
use std::{collections::BTreeMap, time::Duration};

/// Between two submissions.
const PERIOD: Duration = Duration::from_micros(300);
const QUEUE_TIMEOUT: Duration = Duration::from_millis(500);

/// How long a job runs: 6 ms, a third more or less as the machine comes and goes, and as chance has it.
fn run_time(at: Nanos, chance: &mut Rng) -> Duration {
    let cycle = Duration::from(at).as_secs_f64() / 0.7;
    let drift = 1.0 + 0.3 * (cycle * std::f64::consts::TAU).sin();
    Duration::from_millis(6).mul_f64(drift * (0.5 + chance.f64()))
}

#[test]
fn of_those_that_were_taken_hardly_one_is_not_reached() {
    let mut bench = Bench::new(Limits {
        max_threads: 2,
        max_queue: 2000,
        ..LIMITS
    });
    let order = Order {
        lane: LaneId(0),
        queue_timeout: QUEUE_TIMEOUT.into(),
        timeout: Nanos::FOREVER,
    };
    let mut chance = Rng::with_seed(1);
    let mut ends: BTreeMap<u32, Moment> = BTreeMap::new();
    for _ in 0..20_000 {
        bench.pass(PERIOD);
        _ = bench.order(order);
        let (start, now) = (bench.start, bench.now);
        for number in bench.running.keys() {
            ends.entry(*number)
                .or_insert_with(|| now + run_time(now.since(start), &mut chance));
        }
        let due: Vec<_> = bench
            .running
            .keys()
            .copied()
            .filter(|number| ends[number] <= now)
            .collect();
        for number in due {
            bench.finish(number);
        }
    }
    let (ran, too_late) = (bench.counters().completed, bench.counters().queue_timeouts);
    assert!(ran > 1500, "the threads never lacked work: {ran}");
    assert!(too_late * 100 < ran, "{too_late} of {ran}");
}
