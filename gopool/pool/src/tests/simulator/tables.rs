//! The tables of the pool's README, as they are pasted there.
//!
//! `cargo test -p gopool-pool --release --lib tables -- --ignored --nocapture`

use super::{
    clients::{Clients, Mix, Route},
    facts::{MIXES, load, share},
    world::World,
};

const LOADS: [f64; 7] = [0.5, 0.9, 1.0, 1.5, 2.0, 3.0, 10.0];

/// A mix in words.
fn name(mix: Mix) -> String {
    let ms = |seconds: f64| format!("{} ms", seconds * 1000.0);
    match mix {
        Mix::Constant(time) => ms(time),
        Mix::Exponential(time) => format!("exp {}", ms(time)),
        Mix::Two(part, short, long) => format!("{} and {} ({} %)", ms(short), ms(long), part * 100.0),
        Mix::Lazy(first, time) => format!("{}, the first {}", ms(time), ms(first)),
    }
}

fn row(cells: impl IntoIterator<Item = String>) {
    println!("| {} |", cells.into_iter().collect::<Vec<_>>().join(" | "));
}

#[test]
#[ignore = "prints"]
fn tables_of_goodput_and_refusals() {
    println!("CPU time for callers that wait a second, as a part of two cores, by load");
    row([String::from("mix")]
        .into_iter()
        .chain(LOADS.map(|load| load.to_string())));
    for mix in [
        Mix::Constant(0.005),
        Mix::Exponential(0.005),
        Mix::Two(0.1, 0.0005, 0.05),
        Mix::Lazy(1.0, 0.005),
        Mix::Constant(0.1),
    ] {
        let goodput = |times| format!("{:.2}", load(2, 7, mix, times, 1.0, 20.0).useful / 40.0);
        row([name(mix)].into_iter().chain(LOADS.map(goodput)));
    }
    println!("Refused in % of what came, the worst of 1, 2 and 4 cores, by load");
    let loads = [0.6, 0.7, 0.8, 0.9];
    row([String::from("mix")]
        .into_iter()
        .chain(loads.map(|load| load.to_string())));
    for mix in MIXES {
        let worst = |times| {
            let refused = [1, 2, 4].map(|cores| {
                let tally = load(cores, 7, mix, times, 10.0, 20.0);
                100.0 * tally.refused as f64 / tally.offered as f64
            });
            format!("{:.2}", refused.into_iter().fold(0.0, f64::max))
        };
        row([name(mix)].into_iter().chain(loads.map(worst)));
    }
}

#[test]
#[ignore = "prints"]
fn tables_of_shares_and_bursts() {
    println!("The first lane's part of the CPU time, both with 100 clients in closed loops");
    for (mixes, weights) in [
        ([Mix::Constant(0.001), Mix::Constant(0.1)], [1, 1]),
        ([Mix::Constant(0.001), Mix::Constant(0.1)], [3, 1]),
        ([Mix::Two(0.1, 0.0005, 0.05), Mix::Constant(0.005)], [1, 1]),
    ] {
        let [first, second] = mixes.map(name);
        let share = format!("{:.3}", share(mixes, weights));
        row([first, second, format!("{weights:?}"), share]);
    }
    println!("500 at once on an idle pool of two cores");
    for mix in [
        Mix::Constant(0.005),
        Mix::Two(0.01, 0.002, 2.0),
        Mix::Lazy(1.0, 0.005),
    ] {
        let world = World::new(2, 7, &[Route::of(mix)], &[Clients::burst(0, 1.0, 500)]).run(0.0, 30.0);
        let tally = &world.tallies[0];
        row([
            name(mix),
            format!("served {}", tally.served),
            format!("refused {}", tally.refused),
        ]);
    }
}
