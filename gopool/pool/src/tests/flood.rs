//! Ten times more than the pool can do, on a time that passes by hand and on a machine whose speed is never the same.

use super::bench::{Bench, SETTINGS};
use crate::{
    keys::LaneId,
    rules::admission::terms::Terms,
    rules::settings::Settings,
    time::{Moment, Nanos},
};
use fastrand::Rng;
use std::{collections::BTreeMap, time::Duration};

/// Between two submissions.
const PERIOD: Duration = Duration::from_micros(300);

/// How long a job runs: 6 ms, a third more or less as the machine comes and goes, and as chance has it.
fn run_time(at: Nanos, chance: &mut Rng) -> Duration {
    let cycle = Duration::from(at).as_secs_f64() / 0.7;
    let drift = 1.0 + 0.3 * (cycle * std::f64::consts::TAU).sin();
    Duration::from_millis(6).mul_f64(drift * (0.5 + chance.f64()))
}

const ORDER: Terms = Terms {
    lane: LaneId(0),
    queue_timeout: Nanos(500_000_000),
    timeout: Nanos::FOREVER,
};

fn two_cores(max_threads: usize) -> Bench {
    Bench::new(Settings {
        cores: 2,
        max_threads,
        max_queue: 2000,
        ..SETTINGS
    })
}

#[test]
fn of_those_that_were_taken_hardly_one_is_not_reached() {
    let (ran, too_late) = flood(two_cores(2), 0);
    assert!(too_late * 100 < ran, "{too_late} of {ran}");
}

/// At first nobody knows that threads beyond the cores would not help.
#[test]
fn threads_that_full_cores_forbid_are_not_counted_on_for_long() {
    let (ran, too_late) = flood(two_cores(64), 1_000);
    assert!(too_late * 100 < ran, "{too_late} of {ran}");
}

#[test]
fn a_burst_of_work_that_leaves_the_cores_idle_is_taken_because_threads_will_come() {
    let mut bench = two_cores(64);
    let run = |bench: &mut Bench| {
        bench.pass(Duration::from_millis(10));
        let running: Vec<_> = bench.running.keys().copied().collect();
        for number in running {
            bench.finish(number);
        }
    };
    bench.order(ORDER).unwrap();
    run(&mut bench);
    (0..128).for_each(|_| _ = bench.order(ORDER).unwrap());
    (0..50).for_each(|_| run(&mut bench));
    assert_eq!(bench.counters().completed, 129);
}

/// One such job runs at a time, for 20 ms, beside others that run for a moment: neither the other threads nor the others' run times tell
/// how long it waits.
#[test]
fn a_lane_with_a_limit_of_its_own_takes_no_more_than_it_can_start() {
    let mut bench = two_cores(64);
    let heavy = Terms {
        lane: bench.lane("heavy", Some(1)),
        ..ORDER
    };
    let counters = |bench: &Bench| bench.stats().lanes.swap_remove(heavy.lane.0).counters;
    let (mut running, mut before) = (None, counters(&bench));
    for n in 0..20_000 {
        // Those that came before the first had run were taken on trust.
        if n == 2_000 {
            before = counters(&bench);
        }
        bench.now += PERIOD;
        bench.tick(PERIOD * n);
        if running.is_some_and(|(_, end)| end <= bench.now) {
            let (number, _) = running.take().expect("it has just been looked at");
            bench.finish(number);
        }
        _ = bench.order(heavy);
        let started = bench.running.keys().next().copied();
        running = running.or(started.map(|number| (number, bench.now + Duration::from_millis(20))));
        let (quick, _) = bench.order(ORDER).expect("a thread is free");
        assert!(bench.finish(quick), "the other lane has a thread of its own");
    }
    let after = counters(&bench);
    let ran = after.completed - before.completed;
    assert!(ran > 260, "its thread never lacked work: {ran}");
    assert_eq!(after.queue_timeouts - before.queue_timeouts, 0, "beside {ran}");
}

/// Submits 20,000 jobs to full cores; how many ran and how many were taken and not reached, from the `since`th on.
fn flood(mut bench: Bench, since: u32) -> (u64, u64) {
    let mut chance = Rng::with_seed(1);
    let mut ends: BTreeMap<u32, Moment> = BTreeMap::new();
    let mut before = bench.counters();
    for n in 0..20_000 {
        if n == since {
            before = bench.counters();
        }
        bench.now += PERIOD;
        bench.tick(PERIOD * n * 2);
        _ = bench.order(ORDER);
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
    let after = bench.counters();
    let ran = after.completed - before.completed;
    assert!(ran > 1500, "the threads never lacked work: {ran}");
    (ran, after.queue_timeouts - before.queue_timeouts)
}
