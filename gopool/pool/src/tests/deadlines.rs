//! The two clocks and overdue threads, on a time that passes by hand.

use super::bench::{Bench, SETTINGS};
use crate::{
    Rejected, TaskError,
    keys::LaneId,
    rules::{admission::terms::Terms, effects::Tick, settings::Settings},
    time::{Moment, Nanos},
};
use std::time::Duration;

const DEFAULT: LaneId = LaneId(0);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn limited(queue: Option<u64>, run: Option<u64>) -> Terms {
    Terms {
        queue_timeout: Nanos::of(queue.map(ms)),
        timeout: Nanos::of(run.map(ms)),
        ..Terms::of(DEFAULT)
    }
}

#[test]
fn the_run_limit_counts_from_the_start_and_the_queue_limit_ends_there() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        ..SETTINGS
    });
    bench.order(limited(None, None)).unwrap();
    bench.order(limited(Some(400), Some(100))).unwrap();
    bench.order(limited(Some(200), Some(100))).unwrap();
    bench.pass(ms(300));
    assert_eq!(bench.answers, [(2, TaskError::QueueTimeout)]);
    bench.finish(0);
    bench.pass(ms(50));
    assert!(bench.finish(1), "it waited 300 ms and ran 50 ms");
    assert_eq!(
        (bench.counters().completed, bench.counters().queue_timeouts),
        (2, 1)
    );
}

#[test]
fn a_job_that_waited_too_long_leaves_the_count_at_once_and_never_runs() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 1,
        ..SETTINGS
    });
    bench.order(limited(None, None)).unwrap();
    bench.order(limited(Some(10), None)).unwrap();
    assert_eq!(bench.order(limited(None, None)), Err(Rejected::QueueFull));
    bench.pass(ms(10));
    assert!(bench.order(limited(None, None)).is_ok());
    bench.finish(0);
    assert_eq!(bench.started, [0, 3]);
}

#[test]
fn a_lane_whose_places_are_all_overdue_refuses_at_once_and_others_do_not() {
    let mut bench = Bench::new(SETTINGS);
    let lane = bench.lane("single", Some(1));
    let terms = Terms {
        lane,
        ..limited(None, Some(10))
    };
    let (stuck, _) = bench.order(terms).unwrap();
    bench.pass(ms(10));
    assert_eq!(bench.order(terms), Err(Rejected::Overdue));
    assert!(bench.submit(DEFAULT).is_ok());
    bench.finish(stuck);
    assert!(bench.order(terms).is_ok());
}

#[test]
fn expiries_come_in_batches_and_none_is_left() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 1000,
        ..SETTINGS
    });
    bench.submit(DEFAULT).unwrap();
    (0..500).for_each(|_| _ = bench.order(limited(Some(10), None)).unwrap());
    bench.now += ms(10);
    let Tick::Act(mut effects) = bench.state.tick(bench.now, Duration::ZERO) else {
        panic!("nothing is due");
    };
    assert!(effects.take_told().unwrap().answers.len() < 100);
    bench.tick(Duration::ZERO);
    assert_eq!(
        (bench.counters().queue_timeouts, bench.counters().queued),
        (500, 0)
    );
}

#[test]
fn a_job_past_its_timeout_is_answered_and_its_thread_replaced() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        ..SETTINGS
    });
    bench.order(limited(None, Some(200))).unwrap();
    bench.order(limited(None, None)).unwrap();
    bench.pass(ms(200));
    assert_eq!(bench.answers, [(0, TaskError::Timeout)]);
    assert_eq!(bench.started, [0, 1]);
    let threads = bench.stats().threads;
    assert_eq!((threads.overdue, threads.busy), (1, 1));
    assert!(!bench.finish(0), "the late result is dropped");
    assert_eq!(bench.state.crew.overdue(), 0);
    assert_eq!(
        bench.state.crew.live(),
        1,
        "the replacement stays, the late thread leaves"
    );
    assert!(bench.finish(1));
}

#[test]
fn an_overdue_thread_that_was_not_replaced_works_on() {
    let mut bench = Bench::new(SETTINGS);
    bench.order(limited(None, Some(200))).unwrap();
    bench.pass(ms(200));
    bench.finish(0);
    assert_eq!((bench.state.crew.live(), bench.state.crew.overdue()), (1, 0));
    bench.submit(DEFAULT).unwrap();
    assert_eq!(bench.state.crew.live(), 1);
}

#[test]
fn replacements_end_at_their_cap_and_then_everything_is_refused() {
    let mut bench = Bench::new(Settings {
        max_threads: 2,
        max_overdue: 1,
        ..SETTINGS
    });
    for stuck in 0..3 {
        assert!(!bench.state.is_stuck());
        bench.order(limited(None, Some(10))).unwrap();
        bench.pass(ms(10));
        assert_eq!(bench.state.crew.overdue(), stuck + 1);
    }
    assert!(bench.state.is_stuck());
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::Overdue));
    (0..3).for_each(|n| assert!(!bench.finish(n)));
    let threads = bench.stats().threads;
    assert_eq!((threads.overdue, threads.busy), (0, 0));
    assert!(bench.state.crew.live() <= 2);
    assert!(bench.submit(DEFAULT).is_ok());
}

#[test]
fn a_job_cancelled_while_running_keeps_its_thread_busy_and_overdue_in_the_end() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        ..SETTINGS
    });
    let (number, key) = bench.order(limited(None, Some(100))).unwrap();
    let effects = bench.state.cancel(key);
    bench.carry_out(effects);
    assert_eq!(bench.answers.split_off(0), [(number, TaskError::Cancelled)]);
    assert!(bench.state.cancel(key).is_none(), "once");
    bench.check();
    assert_eq!(
        (
            bench.counters().cancelled,
            bench.counters().running,
            bench.state.crew.busy()
        ),
        (1, 0, 1)
    );
    bench.pass(ms(100));
    assert!(bench.answers.is_empty(), "the caller has its answer");
    assert_eq!((bench.state.crew.overdue(), bench.counters().timeouts), (1, 0));
    assert!(!bench.finish(number));
}

#[test]
fn a_job_holds_its_place_in_a_limited_lane_until_its_body_ends() {
    let mut bench = Bench::new(SETTINGS);
    let lane = bench.lane("single", Some(1));
    bench
        .order(Terms {
            timeout: ms(10).into(),
            ..Terms::of(lane)
        })
        .unwrap();
    bench.submit(lane).unwrap();
    bench.pass(ms(10));
    assert_eq!(bench.started, [0]);
    bench.finish(0);
    assert_eq!(bench.started, [0, 1]);
}

#[test]
fn what_the_caller_has_time_for_shortens_both_limits_and_lengthens_neither() {
    let within = |millis, queue, run| Terms {
        within: ms(millis).into(),
        ..limited(Some(queue), Some(run))
    };
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 10,
        ..SETTINGS
    });
    bench.order(limited(None, None)).unwrap();
    bench.order(within(100, 400, 400)).unwrap();
    bench.order(within(500, 400, 400)).unwrap();
    bench.order(within(500, 200, 400)).unwrap();
    bench.order(within(9000, 4000, 70)).unwrap();
    bench.pass(ms(100));
    assert_eq!(bench.answers, [(1, TaskError::QueueTimeout)], "no time to wait");
    bench.pass(ms(100));
    assert_eq!(
        bench.answers.pop(),
        Some((3, TaskError::QueueTimeout)),
        "its own limit"
    );
    bench.pass(ms(100));
    bench.finish(0);
    bench.pass(ms(199));
    assert_eq!(bench.answers.len(), 1, "{:?}", bench.answers);
    bench.pass(ms(1));
    assert_eq!(
        bench.answers.pop(),
        Some((2, TaskError::Timeout)),
        "300 of its 500 ms were spent waiting"
    );
    bench.pass(ms(70));
    assert_eq!(
        bench.answers.pop(),
        Some((4, TaskError::Timeout)),
        "on the thread that replaced it"
    );
}

#[test]
fn mixed_deadlines_do_not_change_the_order() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 20,
        ..SETTINGS
    });
    for n in 0..8 {
        bench
            .order(limited(
                (n % 2 == 0).then_some(1000 - 10 * n),
                (n % 3 == 0).then_some(500),
            ))
            .unwrap();
    }
    (0..8).for_each(|n| assert!(bench.finish(n)));
    assert_eq!(bench.started, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_clock_is_woken_only_for_an_earlier_deadline() {
    let mut bench = Bench::new(Settings {
        max_threads: 4,
        ..SETTINGS
    });
    assert_eq!(bench.tick(Duration::ZERO), Moment::NEVER, "nothing is due, ever");
    let mut wakes = |run: u64| {
        let now = bench.now;
        let (_, effects) = bench.state.submit(limited(Some(run), None), 0, now).unwrap();
        effects.wake_clock
    };
    assert!(wakes(1000));
    assert!(!wakes(1000));
    assert!(!wakes(2000));
    assert!(wakes(500));
}

#[test]
fn a_steady_load_does_not_grow_the_heap() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        ..SETTINGS
    });
    for _ in 0..10_000 {
        let (number, _) = bench.order(limited(Some(60_000), Some(10_000))).unwrap();
        bench.finish(number);
    }
    assert!(
        bench.state.deadlines.len() < 1000,
        "{}",
        bench.state.deadlines.len()
    );
    bench.now += ms(100_000);
    assert_eq!(bench.tick(Duration::ZERO), Moment::NEVER);
    assert_eq!(bench.state.deadlines.len(), 0);
}

#[test]
fn a_job_without_limits_is_nothing_to_the_clock() {
    let mut bench = Bench::new(SETTINGS);
    for _ in 0..3 {
        bench.submit(DEFAULT).unwrap();
    }
    bench.finish(0);
    assert_eq!(bench.state.deadlines.len(), 0);
}

#[test]
fn a_run_deadline_before_the_queue_deadline_is_kept() {
    let mut bench = Bench::new(SETTINGS);
    bench.order(limited(Some(10_000), Some(100))).unwrap();
    assert_eq!(bench.tick(Duration::ZERO), bench.start + ms(100));
    bench.order(limited(Some(50), Some(1000))).unwrap();
    assert_eq!(
        bench.tick(Duration::ZERO),
        bench.start + ms(50),
        "the entry of the queue deadline"
    );
    bench.now += ms(50);
    assert_eq!(
        bench.tick(Duration::ZERO),
        bench.start + ms(100),
        "moved to the run deadline"
    );
    bench.now += ms(950);
    bench.tick(Duration::ZERO);
    assert_eq!(bench.answers, [(0, TaskError::Timeout), (1, TaskError::Timeout)]);
}

#[test]
fn an_overdue_thread_is_shown_with_its_lane_and_no_longer_counts_as_busy() {
    let mut bench = Bench::new(SETTINGS);
    bench.order(limited(None, Some(200))).unwrap();
    bench.pass(ms(200));
    bench.pass(ms(300));
    let stats = bench.stats();
    assert_eq!((stats.lanes[0].overdue, stats.busy_time), (1, ms(200)));
    bench.finish(0);
    assert_eq!(bench.stats().lanes[0].overdue, 0);
}

#[test]
fn threads_that_came_and_went_are_counted() {
    let mut bench = Bench::new(SETTINGS);
    bench.order(limited(None, None)).unwrap();
    bench.order(limited(None, None)).unwrap();
    bench.finish(0);
    bench.finish(1);
    let threads = bench.stats().threads;
    assert_eq!((threads.started, threads.ended), (2, 0));
}
