//! What the rules promise, over load curves and mixes of run times.

use super::{
    clients::{Clients, Mix, Route},
    world::{Tally, World},
};
use crate::Priority;

pub(super) const MIXES: [Mix; 10] = [
    Mix::Constant(0.005),
    Mix::Exponential(0.005),
    Mix::Two(0.1, 0.0005, 0.05),
    Mix::Two(0.01, 0.002, 2.0),
    Mix::Lazy(1.0, 0.005),
    Mix::Constant(0.1),
    Mix::Exponential(0.05),
    Mix::Constant(2.0),
    Mix::Constant(0.0005),
    Mix::Two(0.3, 0.01, 0.2),
];

/// One route under an open load of so many times what the cores can do.
pub(super) fn load(cores: usize, seed: u64, mix: Mix, times: f64, patience: f64, seconds: f64) -> Tally {
    let clients = Clients {
        patience,
        ..Clients::open(0, times * cores as f64 / mix.mean())
    };
    let world = World::new(cores, seed, &[Route::of(mix)], &[clients]);
    world.run(5.0, 5.0 + seconds).tallies.remove(0)
}

/// The runs at so many times the capacity in which anybody was refused.
fn runs_with_refusals(times: f64, seeds: std::ops::Range<u64>) -> Vec<String> {
    let mut found = Vec::new();
    for cores in [1, 2, 4] {
        for mix in MIXES {
            for seed in seeds.clone() {
                let tally = load(cores, seed, mix, times, 10.0, 30.0);
                if tally.refused > 0 {
                    let Tally { refused, offered, .. } = tally;
                    found.push(format!("{mix:?} on {cores}, seed {seed}: {refused} of {offered}"));
                }
            }
        }
    }
    found
}

#[test]
fn under_capacity_nobody_is_refused() {
    assert_eq!(runs_with_refusals(0.6, 31..32), [""; 0]);
}

/// `cargo test -p gopool-pool --release --lib simulator -- --ignored`: in a debug build these are minutes.
#[test]
#[ignore = "600 runs: for a release build"]
fn of_three_hundred_runs_none_refuses_at_six_tenths_and_one_at_most_at_seven() {
    assert_eq!(runs_with_refusals(0.6, 31..41), [""; 0]);
    let at_seven = runs_with_refusals(0.7, 31..41);
    assert!(at_seven.len() <= 1, "{at_seven:#?}");
}

#[test]
fn over_capacity_the_cores_work_for_callers_that_are_still_there() {
    for mix in [
        Mix::Constant(0.005),
        Mix::Exponential(0.005),
        Mix::Two(0.1, 0.0005, 0.05),
    ] {
        for times in [1.5, 2.0, 3.0, 10.0] {
            let tally = load(2, 7, mix, times, 1.0, 20.0);
            let goodput = tally.useful / 40.0;
            assert!(goodput > 0.95, "{mix:?} at {times}: {goodput}");
        }
    }
}

#[test]
fn a_burst_is_served_whole_on_an_idle_pool_and_beside_other_load() {
    for (rate, mix) in [
        (0.0, Mix::Constant(0.005)),
        (200.0, Mix::Constant(0.005)),
        (0.0, Mix::Lazy(1.0, 0.005)),
    ] {
        let clients = [Clients::open(0, rate), Clients::burst(0, 7.0, 500)];
        let clients = if rate > 0.0 { &clients[..] } else { &clients[1..] };
        let world = World::new(2, 1, &[Route::of(mix)], clients).run(6.0, 20.0);
        let tally = &world.tallies[0];
        assert_eq!(
            (tally.refused, tally.left),
            (0, 0),
            "{mix:?} beside {rate}: {tally:?}"
        );
    }
}

#[test]
fn slow_runs_before_quick_ones_refuse_nobody() {
    let slow = Clients::burst(0, 0.0, 8);
    let quick = Clients::burst(1, 8.1, 60);
    let routes = [Route::of(Mix::Constant(2.0)), Route::of(Mix::Constant(0.001))];
    let apart = World::new(2, 1, &routes, &[slow.clone(), quick.clone()]).run(0.0, 20.0);
    assert_eq!(apart.tallies[1].served, 60);
    // The same lane: its mean is that of slow runs when the quick ones come.
    let first = Clients {
        patience: 60.0,
        ..slow
    };
    let together = World::new(2, 1, &routes[1..], &[first, Clients { lane: 0, ..quick }]).run(0.0, 20.0);
    assert_eq!(together.tallies[0].refused, 0);
}

/// The part of the first lane in the CPU time, both having 100 clients in closed loops.
pub(super) fn share(mixes: [Mix; 2], weights: [u32; 2]) -> f64 {
    let route = |index: usize| Route {
        weight: weights[index],
        ..Route::of(mixes[index])
    };
    let clients = [Clients::closed(0, 100), Clients::closed(1, 100)];
    let world = World::new(2, 3, &[route(0), route(1)], &clients).run(5.0, 35.0);
    let [first, second] = [world.tallies[0].cpu, world.tallies[1].cpu];
    first / (first + second)
}

#[test]
fn lanes_share_the_cpu_time_by_weight_however_long_their_runs_are() {
    let (short, long) = (Mix::Constant(0.001), Mix::Constant(0.1));
    let table = [
        ([short, long], [1, 1], 0.5),
        ([short, long], [3, 1], 0.75),
        ([Mix::Two(0.1, 0.0005, 0.05), Mix::Constant(0.005)], [1, 1], 0.5),
    ];
    for (mixes, weights, expected) in table {
        let share = share(mixes, weights);
        assert!((share - expected).abs() < 0.05, "{mixes:?} {weights:?}: {share}");
    }
}

#[test]
fn closed_loops_beyond_capacity_all_get_on() {
    for count in [200, 500] {
        let world = World::new(
            2,
            5,
            &[Route::of(Mix::Constant(0.005))],
            &[Clients::closed(0, count)],
        )
        .run(5.0, 65.0);
        let tally = &world.tallies[0];
        assert_eq!(tally.loops.len(), count);
        let longest = tally.loops.values().map(|(_, _, gap)| *gap).fold(0.0, f64::max);
        assert!(longest < 10.0, "{count}: {longest} s without an answer");
        assert!(tally.cpu > 0.95 * 120.0, "{}", tally.cpu);
    }
}

#[test]
fn a_step_to_ten_times_and_back_settles_within_a_second() {
    let capacity = 2.0 / 0.005;
    let clients = Clients {
        rates: vec![
            (0.0, 0.8 * capacity),
            (10.0, 10.0 * capacity),
            (20.0, 0.8 * capacity),
        ],
        patience: 1.0,
        ..Clients::open(0, 0.0)
    };
    let world = World::new(2, 2, &[Route::of(Mix::Constant(0.005))], &[clients]).run(0.0, 30.0);
    let seconds = &world.tallies[0].seconds;
    for (second, served) in seconds.iter().enumerate().take(20).skip(11) {
        assert!(*served as f64 > 0.9 * capacity, "{served} in second {second}");
    }
    for (second, served) in seconds.iter().enumerate().take(30).skip(22) {
        assert!(*served as f64 > 0.7 * capacity, "{served} in second {second}");
    }
}

#[test]
fn who_comes_back_when_told_is_served() {
    let capacity = 2.0 / 0.005;
    let clients = Clients {
        rates: vec![
            (0.0, 0.5 * capacity),
            (5.0, 10.0 * capacity),
            (7.0, 0.5 * capacity),
        ],
        patience: 1.0,
        retries: 3,
        ..Clients::open(0, 0.0)
    };
    let world = World::new(2, 31, &[Route::of(Mix::Constant(0.005))], &[clients]).run(0.0, 90.0);
    let tally = &world.tallies[0];
    let (came, served) = tally.returns;
    assert!(tally.refused > 1000 && came > 1000, "{tally:?}");
    assert!(
        served as f64 > 0.9 * came as f64,
        "{served} of {came} that came back"
    );
}

#[test]
fn a_lane_of_concurrency_one_uses_its_place_and_takes_none_from_others() {
    let single = Route {
        concurrency: Some(1),
        ..Route::of(Mix::Constant(0.02))
    };
    let clients = [
        Clients {
            patience: 1.0,
            ..Clients::open(0, 150.0)
        },
        Clients {
            patience: 1.0,
            ..Clients::open(1, 80.0)
        },
    ];
    let world = World::new(2, 9, &[single, Route::of(Mix::Constant(0.005))], &clients).run(5.0, 35.0);
    let [single, other] = &world.tallies[..] else {
        panic!()
    };
    assert!(single.useful > 0.95 * 30.0, "{}", single.useful);
    assert!(other.served as f64 > 0.99 * other.offered as f64, "{other:?}");
}

#[test]
fn critical_requests_are_served_beside_twelve_times_as_many_sheddable_ones() {
    let capacity = 2.0 / 0.005;
    let route = |priority| Route {
        priority,
        ..Route::of(Mix::Constant(0.005))
    };
    let impatient = |lane, times| Clients {
        patience: 1.0,
        ..Clients::open(lane, times * capacity)
    };
    let routes = [route(Priority::Critical), route(Priority::Sheddable)];
    let world = World::new(2, 7, &routes, &[impatient(0, 0.5), impatient(1, 6.0)]).run(5.0, 25.0);
    let [critical, sheddable] = &world.tallies[..] else {
        panic!()
    };
    let in_time = critical.served as f64 / critical.offered as f64;
    assert!(in_time > 0.994 && critical.refused == 0, "{in_time}");
    let goodput = (critical.useful + sheddable.useful) / 40.0;
    assert!(goodput > 0.95, "{goodput}");
    assert!(sheddable.refused > 0);
}

#[test]
fn one_caller_at_ten_times_the_capacity_takes_nothing_from_twenty_modest_ones() {
    let capacity = 2.0 / 0.005;
    let caller = |caller: u64, times: f64| Clients {
        patience: 1.0,
        caller: Some(caller.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        lane: usize::from(caller > 0),
        ..Clients::open(0, times * capacity)
    };
    // Two tallies, one lane.
    let clients: Vec<_> = (0..=20)
        .map(|number| caller(number, if number == 0 { 10.0 } else { 0.02 }))
        .collect();
    let world = World::of_one_lane(2, 7, Route::of(Mix::Constant(0.005)), 2, &clients).run(5.0, 25.0);
    let [flood, modest] = &world.tallies[..] else {
        panic!()
    };
    let in_time = modest.served as f64 / modest.offered as f64;
    assert!(in_time > 0.99, "{in_time}");
    let goodput = (flood.useful + modest.useful) / 40.0;
    assert!(goodput > 0.95, "{goodput}");
}
