//! Everything at once, by seeded chance, with the invariants checked after each step.

use super::bench::{Bench, SETTINGS};
use crate::{
    keys::{JobKey, LaneId},
    priority::Priority,
    rules::{admission::terms::Terms, settings::Settings},
    time::Nanos,
};
use std::time::Duration;

/// Small, seeded, good enough to choose steps with.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn millis(&mut self) -> Option<Duration> {
        (self.below(3) > 0).then(|| Duration::from_millis(self.below(40) as u64))
    }
}

fn step(bench: &mut Bench, chance: &mut Chance, keys: &mut Vec<JobKey>) {
    match chance.below(12) {
        0..4 => {
            let order = Terms {
                priority: Priority::ALL.get(chance.below(5)).copied(),
                caller: Some(chance.below(100) as u64).filter(|caller| *caller < 50),
                queue_timeout: Nanos::of(chance.millis()),
                timeout: Nanos::of(chance.millis()),
                within: Nanos::of(chance.millis()),
                ..Terms::of(LaneId(chance.below(4)))
            };
            keys.extend(bench.order(order).ok().map(|(_, key)| key));
        }
        what @ (4..7 | 10..12) if !bench.running.is_empty() => {
            let index = chance.below(bench.running.len());
            let number = *bench.running.keys().nth(index).unwrap();
            // A body ends only after its wait.
            bench.resume(number);
            match what {
                10 => bench.stall(number),
                11 => bench.state.progress(bench.running[&number].0, bench.now),
                _ => _ = bench.finish(number),
            }
        }
        7 if !keys.is_empty() => {
            let key = keys[chance.below(keys.len())];
            let effects = bench.state.cancel(key);
            bench.carry_out(effects);
        }
        8 => bench.pass(Duration::from_millis(chance.below(30) as u64)),
        9 => match chance.below(6) {
            0 => bench.is_quick = !bench.is_quick,
            1 => lose(bench, chance),
            2 if !bench.starts.is_empty() => {
                let seat = bench.starts[chance.below(bench.starts.len())];
                bench.refuse_thread(seat);
            }
            3 => {
                let cores = chance.below(4) as u32;
                let used = Duration::from(bench.now.since(bench.start)) * cores;
                bench.tick(used);
            }
            _ => bench.holds_starts = !bench.holds_starts,
        },
        _ => bench.go_on(),
    }
    bench.check();
}

/// A thread dies of a panic, whatever it does.
fn lose(bench: &mut Bench, chance: &mut Chance) {
    let seats = bench.state.settings.seats();
    bench.lose(chance.below(seats));
}

#[test]
fn no_order_of_events_breaks_an_invariant_or_leaves_anything_behind() {
    for seed in 0..300 {
        let mut chance = Chance(seed);
        let mut bench = Bench::new(Settings {
            cores: 1 + chance.below(3),
            min_threads: chance.below(2),
            max_threads: 1 + chance.below(5),
            max_queue: chance.below(8),
            max_overdue: chance.below(3),
            max_stalled: chance.below(3),
            ..SETTINGS
        });
        bench.lane("limited", Some(1));
        bench.lane("b", None);
        bench.lane("c", Some(2));
        let mut keys = Vec::new();
        (0..300).for_each(|_| step(&mut bench, &mut chance, &mut keys));
        // In the middle of everything, and things go on for a while.
        match chance.below(3) {
            0 => {
                let effects = bench.state.begin_close();
                bench.carry_out(effects);
            }
            1 => {
                let effects = bench.state.begin_close();
                bench.carry_out(effects);
                let effects = bench.state.cut_off();
                bench.carry_out(effects);
            }
            _ => {}
        }
        (0..50).for_each(|_| step(&mut bench, &mut chance, &mut keys));
        wind_up(&mut bench);
    }
}

/// Closes the pool and lets everything end.
fn wind_up(bench: &mut Bench) {
    let effects = bench.state.begin_close();
    bench.carry_out(effects);
    bench.holds_starts = false;
    bench.go_on();
    loop {
        while let Some((number, _)) = bench.running.clone().first_key_value() {
            bench.resume(*number);
            bench.finish(*number);
            bench.pass(Duration::from_millis(1));
        }
        if bench.counters().queued == 0 {
            break;
        }
        // The system refused a thread: the clock asks for another one after a while.
        bench.pass(Duration::from_millis(100));
        bench.go_on();
    }
    let counters = bench.counters();
    assert_eq!(counters.submitted, counters.settled());
    assert_eq!(bench.state.crew.threads(), 0);
    assert!(bench.state.jobs.keys().is_empty());
    let outcomes = bench.started.len() as u64;
    assert!(counters.completed + counters.timeouts <= outcomes);
}
