//! Jobs that wait for somebody outside, on a time that passes by hand, and once on real threads.

use super::{
    bench::{Bench, SETTINGS},
    gate::{Gate, eventually},
};
use crate::{
    Pool, Rejected, Task, TaskError,
    keys::LaneId,
    rules::{admission::terms::Terms, settings::Settings},
    time::Nanos,
};
use std::time::Duration;

const DEFAULT: LaneId = LaneId(0);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One thread, one replacement for an overdue one, two for stalled ones.
fn bench() -> Bench {
    Bench::new(Settings {
        max_threads: 1,
        max_overdue: 1,
        max_stalled: 2,
        ..SETTINGS
    })
}

/// A job that may run so long.
fn limited(run: u64) -> Terms {
    Terms {
        timeout: Nanos::of(Some(ms(run))),
        ..Terms::of(DEFAULT)
    }
}

#[test]
fn a_stalled_thread_is_replaced_at_once_and_is_neither_busy_nor_overdue() {
    let mut bench = bench();
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.started, [0], "one thread");
    bench.stall(0);
    assert_eq!(bench.started, [0, 1]);
    let threads = bench.stats().threads;
    assert_eq!((threads.stalled, threads.busy, threads.overdue), (1, 1, 0));
}

#[test]
fn replacements_end_at_their_limit_and_the_pool_is_not_stuck() {
    let mut bench = bench();
    for number in 0..3 {
        bench.submit(DEFAULT).unwrap();
        assert!(bench.running.contains_key(&number));
        assert_eq!(bench.state.may_stall(), number < 2);
        bench.stall(number);
    }
    assert!(bench.submit(DEFAULT).is_ok(), "it waits");
    assert_eq!(bench.started, [0, 1, 2]);
    assert!(!bench.state.is_stuck());
    bench.resume(0);
    bench.finish(0);
    assert_eq!(bench.started, [0, 1, 2, 3]);
}

#[test]
fn the_clock_of_a_stalled_job_stands_and_begins_anew() {
    let mut bench = bench();
    bench.order(limited(200)).unwrap();
    bench.pass(ms(150));
    bench.stall(0);
    bench.pass(ms(10_000));
    assert!(bench.answers.is_empty());
    bench.resume(0);
    bench.pass(ms(199));
    assert!(bench.answers.is_empty());
    bench.pass(ms(1));
    assert_eq!(bench.answers, [(0, TaskError::Timeout)]);
    assert_eq!(bench.stats().threads.overdue, 1);
}

#[test]
fn progress_begins_the_clock_anew_and_silence_ends_it() {
    let mut bench = bench();
    bench.order(limited(200)).unwrap();
    for _ in 0..10 {
        bench.pass(ms(150));
        bench.state.progress(bench.running[&0].0, bench.now);
    }
    assert!(bench.answers.is_empty());
    bench.pass(ms(200));
    assert_eq!(bench.answers, [(0, TaskError::Timeout)]);
    bench.state.progress(bench.running[&0].0, bench.now);
    assert_eq!(bench.stats().threads.overdue, 1, "what is late stays late");
}

#[test]
fn time_stalled_is_no_time_of_a_run() {
    let mut bench = bench();
    bench.submit(DEFAULT).unwrap();
    bench.pass(ms(10));
    bench.stall(0);
    bench.pass(ms(10_000));
    bench.resume(0);
    bench.pass(ms(10));
    bench.finish(0);
    let longest = bench.stats().run().summary().max;
    assert!(longest < ms(30), "{longest:?}");
}

#[test]
fn the_thread_that_was_replaced_leaves_after_its_job() {
    let mut bench = bench();
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.stall(0);
    bench.resume(0);
    assert_eq!(bench.state.crew.live(), 2, "it goes on at once");
    bench.finish(0);
    assert_eq!(bench.state.crew.live(), 1);
    bench.finish(1);
    assert!(bench.submit(DEFAULT).is_ok());
    assert_eq!(bench.state.crew.live(), 1);
}

#[test]
fn beyond_the_limit_the_longest_stalled_is_cut_off_if_it_has_waited_a_second() {
    let mut bench = bench();
    (0..4).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    for number in 0..2 {
        bench.stall(number);
        bench.pass(ms(500));
    }
    bench.stall(2);
    assert_eq!(bench.answers, [(0, TaskError::Stalled)]);
    assert_eq!(bench.stats().threads.stalled, 3, "its body has not noticed yet");
    bench.resume(0);
    assert!(!bench.finish(0), "its caller has an answer");
    assert_eq!(bench.counters().cancelled, 1);
}

#[test]
fn nobody_is_cut_off_who_has_waited_for_less() {
    let mut bench = bench();
    (0..3).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.stall(0);
    bench.stall(1);
    bench.pass(ms(999));
    bench.stall(2);
    assert!(bench.answers.is_empty());
}

#[test]
fn a_stalled_job_holds_its_place_in_its_lane() {
    let mut bench = bench();
    let single = bench.lane("single", Some(1));
    (0..2).for_each(|_| _ = bench.submit(single).unwrap());
    bench.stall(0);
    assert_eq!(bench.started, [0]);
    assert_ne!(
        bench.submit(single),
        Err(Rejected::Overdue),
        "it is not stuck either"
    );
}

#[test]
fn a_cancelled_job_is_no_longer_waited_for_though_it_stalls() {
    let mut bench = bench();
    let (_, key) = bench.submit(DEFAULT).unwrap();
    bench.stall(0);
    let effects = bench.state.cancel(key);
    bench.carry_out(effects);
    assert_eq!(bench.answers, [(0, TaskError::Cancelled)]);
    bench.resume(0);
    assert!(!bench.finish(0));
    assert_eq!(bench.state.crew.stalled().len(), 0);
}

#[test]
fn the_only_thread_stalls_and_the_pool_serves_on() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let (gate, inner) = (Gate::default(), pool.clone());
    let held = gate.clone();
    let stalled = pool
        .submit(Task::new(move || inner.stalled(|| held.pass())))
        .unwrap();
    eventually(|| pool.stats().threads.stalled == 1);
    assert_eq!(pool.submit(Task::new(|| 7)).unwrap().wait(), Ok(7));
    gate.open();
    assert_eq!(stalled.wait(), Ok(()));
    eventually(|| pool.stats().threads.stalled == 0);
}

#[test]
fn a_wait_that_panics_ends_the_stall() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let inner = pool.clone();
    let outcome = pool.submit(Task::new(move || inner.stalled(|| panic!("no client"))));
    assert!(matches!(outcome.unwrap().wait(), Err(TaskError::Panicked(_))));
    eventually(|| pool.stats().threads.stalled == 0);
    assert_eq!(pool.submit(Task::new(|| 7)).unwrap().wait(), Ok(7));
}

#[test]
fn elsewhere_a_wait_is_only_a_wait() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    pool.progress();
    pool.nudge();
    assert_eq!(pool.stalled(|| pool.stats().threads.stalled), 0);
}
