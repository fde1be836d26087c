//! What lent places are good for, and that they cost little.

use super::{
    clients::{Clients, Mix, Route},
    world::World,
};

/// Requests of the first route, so many a second, beside closed loops of the second that keep the cores busy.
fn beside(cores: usize, routes: [Route; 2], rate: f64, loops: usize, seconds: f64) -> World {
    let clients = [Clients::open(0, rate), Clients::closed(1, loops)];
    World::new(cores, 7, &routes, &clients).run(5.0, 5.0 + seconds)
}

fn quantile(world: &World, part: f64) -> f64 {
    let mut times = world.tallies[0].times.clone();
    times.sort_by(f64::total_cmp);
    times[(times.len() as f64 * part) as usize]
}

/// What the second route has of the CPU time that the first one leaves.
fn heavy_part(world: &World, cores: usize) -> f64 {
    let [light, heavy] = [world.tallies[0].cpu, world.tallies[1].cpu];
    heavy / (30.0 * cores as f64 - light)
}

#[test]
fn short_runs_wait_for_no_long_ones_and_these_go_on() {
    let table = [
        // (short run, so many a second on each core, long run, loops)
        (0.000_02, 25.0, 0.004, 1000),
        (0.000_1, 500.0, 0.004, 16),
        (0.001, 200.0, 0.1, 8),
        (0.001, 50.0, 2.0, 8),
    ];
    for cores in [1, 2, 4] {
        for (short, rate, long, loops) in table {
            let routes = [short, long].map(|run| Route::of(Mix::Constant(run)));
            let world = beside(cores, routes, rate * cores as f64, loops, 30.0);
            let p99 = quantile(&world, 0.99);
            let what = format!("{short} s beside {long} s on {cores}");
            assert!(p99 <= 0.25 * long, "{what}: {p99}");
            let part = heavy_part(&world, cores);
            // A run that has not ended is not counted.
            assert!(part >= 0.97 - long / 30.0, "{what}: {part}");
            assert!(world.machine.most <= 2 * cores, "{what}: {}", world.machine.most);
            assert_eq!((world.tallies[0].refused, world.tallies[0].left), (0, 0));
        }
    }
}

#[test]
fn nothing_is_lent_between_runs_that_differ_little_nor_for_tiny_ones() {
    for (one, other, rate) in [
        (0.004, 0.004, 50.0),
        (0.004, 0.016, 50.0),
        (0.000_01, 0.000_5, 500.0),
    ] {
        let routes = [one, other].map(|run| Route::of(Mix::Constant(run)));
        let world = beside(2, routes, rate, 16, 3.0);
        assert_eq!(world.machine.most, 2, "{one} beside {other}");
    }
}

#[test]
fn lent_places_are_no_way_round_fairness() {
    let (short, long) = (Mix::Constant(0.001), Mix::Constant(0.1));
    for (weights, expected) in [([1, 1], 0.5), ([3, 1], 0.75), ([1, 3], 0.25)] {
        let share = super::facts::share([short, long], weights);
        assert!((share - expected).abs() < 0.05, "{weights:?}: {share}");
    }
}

#[test]
fn quick_runs_do_not_wait_for_the_few_long_ones_of_their_own_lane() {
    // A hundredth takes two seconds: as many as keep seven tenths of the cores busy.
    let mix = Mix::Two(0.01, 0.002, 2.0);
    let clients = Clients {
        patience: 30.0,
        ..Clients::open(0, 0.7 * 2.0 / mix.mean())
    };
    let (mut in_time, mut offered) = (0, 0);
    for seed in 0..5 {
        let world = World::new(2, seed, &[Route::of(mix)], std::slice::from_ref(&clients)).run(5.0, 65.0);
        let tally = &world.tallies[0];
        let quick = tally.times.iter().filter(|time| **time < 1.0).count();
        (in_time, offered) = (in_time + quick, offered + tally.offered);
    }
    let part = in_time as f64 / offered as f64;
    // Without lending it is two thirds; and a lent place may be held by a long one, too.
    assert!(part > 0.8, "{part}");
}
