//! Callers of one lane: whoever floods it waits behind himself.

use super::bench::{Bench, SETTINGS};
use crate::{
    Rejected,
    keys::{JobKey, LaneId},
    rules::{admission::terms::Terms, settings::Settings},
};
use std::time::Duration;

const DEFAULT: LaneId = LaneId(0);
/// Their lines are four different ones.
const FLOOD: u64 = 0;
const MODEST: u64 = 2;

/// One thread, busy with a job of the flood, and this many more of it.
fn flooded(max_queue: usize, waiting: usize) -> Bench {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue,
        ..SETTINGS
    });
    (0..=waiting).for_each(|_| _ = submit(&mut bench, DEFAULT, FLOOD).unwrap());
    bench
}

fn submit(bench: &mut Bench, lane: LaneId, caller: u64) -> Result<(u32, JobKey), Rejected> {
    bench.order(Terms {
        caller: Some(caller),
        ..Terms::of(lane)
    })
}

fn finish_one(bench: &mut Bench) {
    let running = *bench.running.first_key_value().unwrap().0;
    bench.now += Duration::from_millis(5);
    bench.finish(running);
}

#[test]
fn another_callers_job_is_next_though_a_flood_waits() {
    let mut bench = flooded(1000, 500);
    let (number, _) = submit(&mut bench, DEFAULT, MODEST).unwrap();
    finish_one(&mut bench);
    finish_one(&mut bench);
    finish_one(&mut bench);
    assert!(bench.started[..4].contains(&number), "{:?}", bench.started);
}

#[test]
fn a_caller_that_is_alone_has_all_threads_and_the_whole_queue() {
    let mut bench = Bench::new(SETTINGS);
    (0..6).for_each(|_| _ = submit(&mut bench, DEFAULT, FLOOD).unwrap());
    assert_eq!((bench.running.len(), bench.counters().queued), (2, 4));
    assert_eq!(submit(&mut bench, DEFAULT, FLOOD), Err(Rejected::QueueFull));
}

#[test]
fn a_full_queue_gives_another_caller_the_place_of_the_floods_newest_job() {
    let mut bench = flooded(8, 8);
    assert_eq!(submit(&mut bench, DEFAULT, FLOOD), Err(Rejected::QueueFull));
    assert!(submit(&mut bench, DEFAULT, MODEST).is_ok());
    let answered: Vec<_> = bench.answers.iter().map(|(number, _)| *number).collect();
    assert!(answered == [7] || answered == [8], "{answered:?}");
    // Three lines of eight places: two are a share.
    assert!(submit(&mut bench, DEFAULT, MODEST).is_ok());
    assert!((0..9).any(|_| submit(&mut bench, DEFAULT, MODEST) == Err(Rejected::QueueFull)));
}

#[test]
fn a_lane_of_many_callers_has_no_more_of_the_cpu_time_than_one_of_a_single_one() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 10_000,
        ..SETTINGS
    });
    let single = bench.lane("single", None);
    for caller in 0..20 {
        (0..10).for_each(|_| _ = submit(&mut bench, DEFAULT, caller).unwrap());
    }
    let first_of_single = bench.next;
    (0..200).for_each(|_| _ = submit(&mut bench, single, FLOOD).unwrap());
    (0..100).for_each(|_| finish_one(&mut bench));
    let of_single = bench.started.iter().filter(|number| **number >= first_of_single);
    let of_single = of_single.count();
    assert!((48..=53).contains(&of_single), "{of_single} of 100");
}

#[test]
fn callers_take_turns_by_the_time_that_they_use() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 10_000,
        ..SETTINGS
    });
    submit(&mut bench, DEFAULT, FLOOD).unwrap();
    (0..300).for_each(|_| _ = submit(&mut bench, DEFAULT, MODEST).unwrap());
    let mut used = [0, 0];
    for round in 0..200 {
        // One at a time: it has one line, the other two.
        let (number, _) = bench
            .running
            .first_key_value()
            .map(|(n, run)| (*n, *run))
            .unwrap();
        let is_modest = (1..=300).contains(&number);
        let time = if is_modest { 1 } else { 10 };
        used[usize::from(is_modest)] += time;
        bench.now += Duration::from_millis(time);
        if !is_modest || round == 0 {
            submit(&mut bench, DEFAULT, FLOOD).unwrap();
        }
        bench.finish(number);
    }
    let [long, short] = used;
    assert!(
        short >= long,
        "runs of 1 ms had {short} ms, runs of 10 ms had {long} ms"
    );
}

/// Each would else be let in as if all that is started were its own, and most would wait in vain.
#[test]
fn callers_who_flood_together_are_refused_at_the_door_as_one_would_be() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 10_000,
        ..SETTINGS
    });
    // Runs of 5 ms, and eight callers who ask once in each.
    let mut flood = |rounds: usize| {
        let (mut let_in, answers) = (0, bench.answers.len());
        for _ in 0..rounds {
            let taken = (0..8).filter(|caller| submit(&mut bench, DEFAULT, *caller).is_ok());
            let_in += taken.count();
            bench.pass(Duration::from_millis(5));
            let running = bench.running.first_key_value().map(|(number, _)| *number);
            running.map(|number| bench.finish(number));
        }
        (let_in, bench.answers.len() - answers)
    };
    flood(600);
    let (let_in, in_vain) = flood(600);
    assert!(let_in >= 500, "{let_in}");
    assert!(3 * in_vain <= let_in, "{in_vain} of {let_in}");
}

#[test]
fn jobs_without_a_caller_stand_in_one_line() {
    let mut bench = flooded(1000, 0);
    for _ in 0..4 {
        bench.submit(DEFAULT).unwrap();
    }
    while !bench.running.is_empty() {
        finish_one(&mut bench);
    }
    assert_eq!(bench.started, [0, 1, 2, 3, 4]);
}
