//! Which waiting job is next, by what its lane was charged and how long it has waited.

use super::bench::{Bench, SETTINGS};
use crate::{Rejected, keys::LaneId, rules::settings::Settings};
use std::time::Duration;

const DEFAULT: LaneId = LaneId(0);

/// Submits jobs of ten milliseconds to one thread, and lets them run to the end.
fn run_all(bench: &mut Bench) {
    while let Some((number, _)) = bench.running.clone().first_key_value() {
        bench.now += Duration::from_millis(10);
        bench.finish(*number);
    }
}

#[test]
fn a_lane_that_had_nothing_to_do_has_saved_up_nothing() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 1000,
        ..SETTINGS
    });
    let (always, seldom) = (bench.lane("always", None), bench.lane("seldom", None));
    (0..100).for_each(|_| _ = bench.submit(always).unwrap());
    run_all(&mut bench);
    let before = bench.started.len();
    let first_of_seldom = bench.next + 20;
    (0..20).for_each(|_| _ = bench.submit(always).unwrap());
    (0..20).for_each(|_| _ = bench.submit(seldom).unwrap());
    run_all(&mut bench);
    let next = &bench.started[before..before + 12];
    let seldom = next.iter().filter(|number| **number >= first_of_seldom).count();
    assert!((5..=7).contains(&seldom), "{next:?}");
}

#[test]
fn stale_jobs_are_served_after_fresh_ones_and_at_every_fourth_start() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 1000,
        ..SETTINGS
    });
    (0..11).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.pass(Duration::from_millis(501));
    (11..21).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    while let Some((number, _)) = bench.running.clone().first_key_value() {
        bench.finish(*number);
    }
    let stale: Vec<_> = bench.started.iter().map(|number| *number <= 10).collect();
    assert_eq!(bench.started.len(), 21);
    for four in stale[1..13].chunks(4) {
        assert_eq!(
            four.iter().filter(|is_stale| **is_stale).count(),
            1,
            "{:?}",
            bench.started
        );
    }
    let order = |is_stale: bool| {
        let of = |number: &&u32| (**number <= 10) == is_stale;
        bench.started.iter().filter(of).is_sorted()
    };
    assert!(
        order(true) && order(false),
        "each in the order in which they came"
    );
}

#[test]
fn a_full_queue_gives_up_its_stale_jobs_first() {
    let mut bench = Bench::new(SETTINGS);
    (0..6).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::QueueFull));
    bench.pass(Duration::from_millis(501));
    assert!(bench.submit(DEFAULT).is_ok());
    assert!(bench.rejected(2), "the oldest that waits: {:?}", bench.answers);
}
