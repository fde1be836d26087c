//! Lent places: which job has one, and which has none.

use super::bench::{Bench, SETTINGS};
use crate::{
    keys::{JobKey, LaneId},
    priority::Priority,
    rules::{admission::terms::Terms, crew::Seat, settings::Settings},
};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const US: Duration = Duration::from_micros(1);

/// As many threads as cores.
const TWO: Settings = Settings {
    cores: 2,
    max_threads: 2,
    max_queue: 100,
    ..SETTINGS
};

/// Runs jobs of this lane, one after the other, until it is known how long they are.
fn learn(bench: &mut Bench, lane: LaneId, run: Duration) {
    for _ in 0..20 {
        let (number, _) = bench.submit(lane).unwrap();
        bench.now += run;
        bench.finish(number);
    }
}

/// A bench whose two threads run jobs of a lane of this run time; and a lane of short runs.
fn busy(settings: Settings, long: Duration) -> (Bench, LaneId, LaneId) {
    let mut bench = Bench::new(settings);
    let (slow, quick) = (bench.lane("slow", None), bench.lane("quick", None));
    learn(&mut bench, slow, long);
    learn(&mut bench, quick, 10 * US);
    (0..2).for_each(|_| _ = bench.submit(slow).unwrap());
    (bench, slow, quick)
}

fn runs(bench: &Bench, (number, _): (u32, JobKey)) -> bool {
    bench.running.contains_key(&number)
}

#[test]
fn a_short_job_runs_beside_long_ones_at_once() {
    let (mut bench, slow, quick) = busy(TWO, 4 * MS);
    let waits = bench.submit(slow).unwrap();
    let short = bench.submit(quick).unwrap();
    assert!(runs(&bench, short) && !runs(&bench, waits));
    let threads = bench.stats().threads;
    assert_eq!((threads.busy, threads.lent), (2, 1));
    bench.finish(short.0);
    assert!(!runs(&bench, waits), "a lent place is for short jobs only");
    assert_eq!(bench.stats().threads.lent, 0);
    let lent: Vec<_> = bench.stats().lanes.iter().map(|lane| lane.lent).collect();
    assert_eq!(lent, [0, 0, 1], "of the default lane, the slow and the quick one");
    bench.holds_starts = true;
    bench.submit(quick).unwrap();
    assert_eq!(
        (bench.wakes.len(), bench.starts.len()),
        (1, 0),
        "its thread is still there"
    );
}

#[test]
fn one_place_is_lent_for_each_core_and_who_ends_takes_the_next() {
    let (mut bench, _, quick) = busy(TWO, 4 * MS);
    let short: Vec<_> = (0..4).map(|_| bench.submit(quick).unwrap()).collect();
    let at_once = short.iter().filter(|job| runs(&bench, **job)).count();
    assert_eq!(at_once, 2);
    bench.finish(short[0].0);
    assert!(runs(&bench, short[2]) && !runs(&bench, short[3]));
}

#[test]
fn a_run_lends_its_place_to_what_takes_an_eighth_at_most_and_from_a_millisecond_on() {
    let table = [
        // (long run, short run, is lent)
        (8 * MS, MS, true),
        (7 * MS, MS, false),
        (100 * MS, 100 * MS, false),
        (900 * US, US, false),
        (MS, US, true),
    ];
    for (long, short, is_lent) in table {
        let mut bench = Bench::new(TWO);
        let (slow, quick) = (bench.lane("slow", None), bench.lane("quick", None));
        learn(&mut bench, slow, long);
        learn(&mut bench, quick, short);
        (0..2).for_each(|_| _ = bench.submit(slow).unwrap());
        let job = bench.submit(quick).unwrap();
        assert_eq!(runs(&bench, job), is_lent, "{short:?} beside {long:?}");
    }
}

#[test]
fn a_lane_that_has_run_nothing_borrows_nothing() {
    let (mut bench, ..) = busy(TWO, 4 * MS);
    let new = bench.lane("new", None);
    let job = bench.submit(new).unwrap();
    assert!(!runs(&bench, job), "nobody knows how long it takes");
}

#[test]
fn a_lane_ahead_of_its_share_waits_for_its_turn() {
    let (mut bench, _, quick) = busy(TWO, 4 * MS);
    let mut lent = 0;
    // What it uses is charged: at the latest when it has had as much as the long ones were charged it must wait.
    loop {
        let (number, _) = bench.submit(quick).unwrap();
        if !bench.running.contains_key(&number) {
            break;
        }
        bench.now += 10 * US;
        bench.finish(number);
        lent += 1;
        assert!(lent < 10_000);
    }
    let used = 10 * US * lent;
    assert!((4 * MS..=12 * MS).contains(&used), "{used:?}");
    bench.now += 100 * MS;
    bench.tick(Duration::ZERO);
    let (number, _) = bench.submit(quick).unwrap();
    assert!(
        bench.running.contains_key(&number),
        "by now the long ones have had more"
    );
}

#[test]
fn a_run_that_surprises_lends_its_place_when_the_clock_has_seen_it() {
    let mut bench = Bench::new(TWO);
    let lane = bench.lane("mixed", None);
    learn(&mut bench, lane, 2 * MS);
    let first = bench.submit(lane).unwrap();
    bench.submit(lane).unwrap();
    let short = bench.submit(lane).unwrap();
    bench.now += 10 * MS;
    bench.tick(Duration::ZERO);
    assert!(!runs(&bench, short), "five times as long as usual");
    bench.now += 100 * MS;
    bench.tick(Duration::ZERO);
    assert!(runs(&bench, short));
    bench.finish(first.0);
}

#[test]
fn what_is_more_urgent_borrows_from_what_is_less_and_never_the_other_way_round() {
    let table = [
        (Priority::Critical, Priority::Normal, true),
        (Priority::Sheddable, Priority::Normal, false),
        (Priority::Normal, Priority::Normal, true),
    ];
    for (own, others, is_lent) in table {
        let mut bench = Bench::new(TWO);
        let (slow, quick) = (bench.urgent("slow", others), bench.urgent("quick", own));
        learn(&mut bench, slow, 4 * MS);
        learn(&mut bench, quick, 10 * US);
        (0..2).for_each(|_| _ = bench.submit(slow).unwrap());
        let job = bench.submit(quick).unwrap();
        assert_eq!(runs(&bench, job), is_lent, "{own} beside {others}");
    }
}

#[test]
fn whoever_gave_the_pool_fewer_threads_than_cores_has_no_more_runs_at_once() {
    let few = Settings { cores: 3, ..TWO };
    let (mut bench, _, quick) = busy(few, 4 * MS);
    let job = bench.submit(quick).unwrap();
    assert!(!runs(&bench, job));
}

#[test]
fn while_the_width_has_room_nothing_is_lent() {
    let (mut bench, _, quick) = busy(TWO, 4 * MS);
    let long = *bench.running.keys().next().unwrap();
    bench.finish(long);
    let job = bench.submit(quick).unwrap();
    assert!(runs(&bench, job));
    assert_eq!(bench.stats().threads.lent, 0);
}

#[test]
fn a_lent_thread_that_waits_for_long_leaves_even_beside_a_minimum() {
    let settings = Settings {
        min_threads: 2,
        ..TWO
    };
    let (mut bench, _, quick) = busy(settings, 4 * MS);
    let (short, _) = bench.submit(quick).unwrap();
    let (seat, _) = bench.running[&short];
    bench.finish(short);
    assert_eq!(bench.state.crew.seat(seat), Seat::Parked);
    bench.pass(SETTINGS.idle_timeout);
    assert_eq!(bench.state.crew.seat(seat), Seat::Vacant);
}

#[test]
fn a_lent_job_that_is_late_keeps_its_place_and_costs_the_pool_no_thread() {
    let (mut bench, slow, quick) = busy(TWO, 4 * MS);
    let terms = Terms {
        timeout: (5 * MS).into(),
        ..Terms::of(quick)
    };
    let late: Vec<_> = (0..2).map(|_| bench.order(terms).unwrap().0).collect();
    bench.pass(6 * MS);
    assert_eq!(bench.stats().threads.overdue, 2);
    let next = bench.submit(quick).unwrap();
    assert!(!runs(&bench, next), "its places are held");
    assert!(!bench.state.is_stuck());
    let long = *bench.running.keys().next().unwrap();
    bench.finish(long);
    assert!(runs(&bench, next), "the threads of the width go on");
    bench.finish(late[0]);
    bench.finish(next.0);
    bench.submit(slow).unwrap();
    let again = bench.submit(quick).unwrap();
    assert!(runs(&bench, again), "one place is free");
}

#[test]
fn a_refused_thread_for_a_lent_place_refuses_nobody() {
    let (mut bench, _, quick) = busy(TWO, 4 * MS);
    bench.holds_starts = true;
    let job = bench.submit(quick).unwrap();
    bench.refuse_thread(bench.starts[0]);
    assert!(bench.answers.is_empty());
    let other = bench.submit(quick).unwrap();
    assert!(bench.starts.is_empty(), "none is asked for before a while");
    bench.holds_starts = false;
    bench.pass(Duration::from_millis(101));
    assert!(runs(&bench, job) && runs(&bench, other));
}

#[test]
fn a_concurrency_of_one_holds_for_lent_places_too() {
    let mut bench = Bench::new(TWO);
    let (slow, single) = (bench.lane("slow", None), bench.lane("single", Some(1)));
    learn(&mut bench, slow, 4 * MS);
    learn(&mut bench, single, 10 * US);
    (0..2).for_each(|_| _ = bench.submit(slow).unwrap());
    let jobs = [0; 2].map(|_| bench.submit(single).unwrap());
    assert!(runs(&bench, jobs[0]) && !runs(&bench, jobs[1]));
}

#[test]
fn a_closing_pool_lends_nothing_and_its_lent_threads_leave() {
    let (mut bench, _, quick) = busy(TWO, 4 * MS);
    let short = bench.submit(quick).unwrap();
    bench.finish(short.0);
    let effects = bench.state.begin_close();
    bench.carry_out(effects);
    let running: Vec<_> = bench.running.keys().copied().collect();
    running.into_iter().for_each(|number| _ = bench.finish(number));
    assert_eq!(bench.state.crew.threads(), 0);
}
