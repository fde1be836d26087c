//! The scheduling rules, each by a case that fails without it.

use super::bench::{Bench, PATIENCE, PERIOD, SETTINGS};
use crate::{
    Rejected, TaskError,
    keys::LaneId,
    rules::{counters::Ending, effects::Step, settings::Settings, state::End},
    time::{Moment, Nanos},
};
use std::time::Duration;

const DEFAULT: LaneId = LaneId(0);

#[test]
fn one_lane_starts_in_the_order_of_submission() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 10,
        ..SETTINGS
    });
    (0..5).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    (0..5).for_each(|n| assert!(bench.finish(n)));
    assert_eq!(bench.started, [0, 1, 2, 3, 4]);
}

#[test]
fn a_job_of_another_lane_starts_with_the_next_free_thread_though_1000_wait() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 2000,
        ..SETTINGS
    });
    (0..1000).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let other = bench.lane("other", None);
    let (number, _) = bench.submit(other).unwrap();
    bench.finish(0);
    assert_eq!(bench.started, [0, number]);
}

#[test]
fn the_lane_that_was_served_longest_ago_is_next_even_if_it_was_empty_meanwhile() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 100,
        ..SETTINGS
    });
    let (seldom, often) = (bench.lane("seldom", None), bench.lane("often", None));
    (0..2).for_each(|_| _ = bench.submit(seldom).unwrap());
    (2..8).for_each(|_| _ = bench.submit(often).unwrap());
    for number in [0, 2, 1, 3, 4] {
        bench.finish(number);
    }
    let (back, _) = bench.submit(seldom).unwrap();
    bench.finish(5);
    bench.finish(back);
    let (again, _) = bench.submit(seldom).unwrap();
    bench.finish(6);
    assert_eq!(
        bench.started,
        [0, 2, 1, 3, 4, 5, back, 6, again],
        "back at once after some of the other lane's starts, but never twice in a row"
    );
}

#[test]
fn lanes_take_turns() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 100,
        ..SETTINGS
    });
    let lanes = [DEFAULT, bench.lane("b", None), bench.lane("c", None)];
    for lane in lanes {
        (0..3).for_each(|_| _ = bench.submit(lane).unwrap());
    }
    while let Some((number, _)) = bench.running.clone().first_key_value() {
        bench.finish(*number);
    }
    assert_eq!(bench.started, [0, 3, 6, 1, 4, 7, 2, 5, 8]);
}

#[test]
fn a_lane_at_its_concurrency_is_passed_by() {
    let mut bench = Bench::new(Settings {
        max_queue: 10,
        ..SETTINGS
    });
    let single = bench.lane("single", Some(1));
    (0..3).for_each(|_| _ = bench.submit(single).unwrap());
    let (free, _) = bench.submit(DEFAULT).unwrap();
    assert_eq!(bench.started, [0, free]);
    bench.finish(free);
    assert_eq!(bench.running.len(), 1, "a thread is free, the lane is not");
    bench.finish(0);
    assert_eq!(bench.started, [0, free, 1]);
}

#[test]
fn a_full_queue_refuses_the_arriving_job_of_the_long_lane() {
    let mut bench = Bench::new(SETTINGS);
    (0..6).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::QueueFull));
    assert!(bench.answers.is_empty());
    assert_eq!(bench.counters().queued, 4);
}

#[test]
fn a_full_queue_gives_another_lane_the_place_of_the_newest_job_of_the_longest_one() {
    let mut bench = Bench::new(SETTINGS);
    (0..6).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let other = bench.lane("other", None);
    assert!(bench.submit(other).is_ok());
    assert!(bench.rejected(5), "{:?}", bench.answers);
    assert!(bench.submit(other).is_ok());
    assert!(bench.rejected(4));
    assert_eq!(
        bench.submit(other),
        Err(Rejected::QueueFull),
        "two of four is the fair share of two lanes"
    );
    assert_eq!((bench.counters().queued, bench.counters().rejected), (4, 3));
}

#[test]
fn a_lane_with_its_fair_share_is_refused_though_another_holds_more() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 6,
        ..SETTINGS
    });
    bench.submit(DEFAULT).unwrap();
    let (second, third) = (bench.lane("second", None), bench.lane("third", None));
    for (lane, count) in [(DEFAULT, 3), (second, 2), (third, 1)] {
        (0..count).for_each(|_| _ = bench.submit(lane).unwrap());
    }
    assert_eq!(
        bench.submit(second),
        Err(Rejected::QueueFull),
        "two of six for three lanes"
    );
    assert!(bench.submit(third).is_ok(), "one is less");
}

#[test]
fn without_a_queue_a_job_is_taken_only_if_a_thread_can_take_it() {
    let mut bench = Bench::new(Settings {
        max_queue: 0,
        ..SETTINGS
    });
    bench.holds_starts = true;
    assert!(bench.submit(DEFAULT).is_ok());
    assert!(bench.submit(DEFAULT).is_ok());
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::QueueFull));
    bench.go_on();
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::QueueFull));
    bench.finish(0);
    assert!(bench.submit(DEFAULT).is_ok());
}

#[test]
fn a_limited_lane_fills_the_queue_though_threads_are_free() {
    let mut bench = Bench::new(Settings {
        max_queue: 1,
        ..SETTINGS
    });
    let single = bench.lane("single", Some(1));
    assert!(bench.submit(single).is_ok());
    assert!(bench.submit(single).is_ok());
    assert_eq!(bench.submit(single), Err(Rejected::QueueFull));
    assert!(
        bench.submit(DEFAULT).is_ok(),
        "a job that can start takes no place in the queue"
    );
}

#[test]
fn four_jobs_on_no_threads_start_four_threads_before_the_first_is_there() {
    let mut bench = Bench::new(Settings {
        max_threads: 4,
        ..SETTINGS
    });
    bench.holds_starts = true;
    (0..5).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.starts.len(), 4);
}

#[test]
fn the_thread_that_parked_last_is_woken_first() {
    let mut bench = Bench::new(SETTINGS);
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let (first_seat, second_seat) = (bench.running[&0].0, bench.running[&1].0);
    bench.finish(0);
    bench.finish(1);
    bench.submit(DEFAULT).unwrap();
    assert_eq!(bench.running[&2].0, second_seat);
    assert_ne!(first_seat, second_seat);
}

#[test]
fn at_most_one_thread_is_woken_at_a_time_and_it_wakes_the_next() {
    let mut bench = Bench::new(Settings {
        max_threads: 4,
        ..SETTINGS
    });
    (0..4).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    (0..4).for_each(|n| _ = bench.finish(n));
    bench.holds_starts = true;
    (0..3).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.wakes.len(), 1);
    bench.holds_starts = false;
    bench.go_on();
    assert_eq!(bench.running.len(), 3);
}

#[test]
fn while_one_thread_searches_another_that_has_nothing_to_do_parks() {
    let mut bench = Bench::new(SETTINGS);
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let ends = std::mem::take(&mut bench.running).into_values();
    let at = End {
        now: bench.now,
        used: Nanos(0),
        is_cleared: true,
    };
    let mut steps = ends.map(|(seat, key)| bench.state.finish(seat, key, Ending::Completed, at).1.step);
    assert!(matches!(steps.next(), Some(Step::Search)));
    assert!(matches!(steps.next(), Some(Step::Park(_))));
}

/// A bench with two cores and six threads, all of them parked, the width having grown to all of them because cores were idle.
fn six_idle_threads_on_two_idle_cores() -> Bench {
    let mut bench = Bench::new(Settings {
        cores: 2,
        max_threads: 6,
        max_queue: 50,
        ..SETTINGS
    });
    (0..6).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    for _ in 0..10 {
        bench.now += PERIOD;
        bench.tick(Duration::ZERO);
    }
    assert_eq!(bench.running.len(), 6);
    (0..6).for_each(|n| _ = bench.finish(n));
    assert_eq!(bench.stats().threads.idle, 6);
    bench.holds_starts = true;
    bench
}

#[test]
fn beyond_the_cores_each_job_wakes_a_thread_of_its_own() {
    let mut bench = six_idle_threads_on_two_idle_cores();
    (0..3).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.wakes.len(), 3, "nobody waits for another one's way up");
    (0..20).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.wakes.len(), 5, "one, and one for each job beyond the cores");
    bench.holds_starts = false;
    bench.go_on();
    assert_eq!(bench.running.len(), 6);
}

#[test]
fn beyond_the_cores_those_who_search_are_counted_on_before_anyone_is_woken() {
    let mut bench = six_idle_threads_on_two_idle_cores();
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.go_on();
    for (seat, key) in std::mem::take(&mut bench.running).into_values() {
        let at = End {
            now: bench.now,
            used: Nanos(0),
            is_cleared: true,
        };
        let (_, turn) = bench.state.finish(seat, key, Ending::Completed, at);
        assert!(matches!(turn.step, Step::Search), "{:?}", turn.step);
    }
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    assert_eq!(bench.wakes.len(), 0);
    bench.submit(DEFAULT).unwrap();
    assert_eq!(bench.wakes.len(), 1);
}

#[test]
fn only_a_thread_above_the_minimum_wakes_to_leave() {
    let mut bench = Bench::new(Settings {
        min_threads: 1,
        ..SETTINGS
    });
    (0..2).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.finish(0);
    bench.finish(1);
    bench.pass(SETTINGS.idle_timeout);
    let parked: Vec<_> = bench.parked_until.values().collect();
    assert_eq!(
        parked,
        [&Moment::NEVER],
        "one has left, the other sleeps without limit"
    );
}

#[test]
fn idle_cores_let_more_jobs_run_than_there_are_cores_and_full_ones_do_not() {
    let run = |busy_cores: f64| {
        let mut bench = Bench::new(Settings {
            cores: 2,
            max_threads: 64,
            max_queue: 200,
            ..SETTINGS
        });
        (0..128).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
        assert_eq!(bench.running.len(), 2);
        for n in 0..50 {
            bench.now += PERIOD;
            bench.tick((PERIOD * n).mul_f64(busy_cores));
        }
        bench.running.len()
    };
    assert_eq!(run(0.2), 64);
    assert_eq!(run(1.95), 2);
}

#[test]
fn the_clock_reads_nothing_while_nothing_waits() {
    let mut bench = Bench::new(Settings {
        cores: 1,
        max_threads: 4,
        ..SETTINGS
    });
    bench.submit(DEFAULT).unwrap();
    assert_eq!(
        bench.tick(Duration::ZERO),
        Moment::NEVER,
        "somebody was on the way to it"
    );
    bench.submit(DEFAULT).unwrap();
    assert_eq!(bench.tick(Duration::ZERO), bench.start + PATIENCE);
    bench.finish(0);
    bench.now += PERIOD;
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.tick(Duration::ZERO), Moment::NEVER);
}

#[test]
fn a_worker_beyond_the_width_parks_instead_of_taking_the_next_job() {
    let mut bench = Bench::new(Settings {
        cores: 1,
        max_threads: 8,
        max_queue: 50,
        ..SETTINGS
    });
    (0..40).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    for n in 0..20 {
        bench.now += PERIOD;
        bench.tick(PERIOD * n / 10);
    }
    assert_eq!(bench.running.len(), 8);
    for n in 0..40 {
        bench.now += PERIOD;
        bench.tick(PERIOD * (n + 2));
    }
    let running: Vec<_> = bench.running.keys().copied().collect();
    running.into_iter().for_each(|n| _ = bench.finish(n));
    assert_eq!(bench.running.len(), 1);
}

#[test]
fn a_refused_thread_refuses_the_waiting_jobs_only_if_no_thread_is_left() {
    let mut bench = Bench::new(SETTINGS);
    bench.submit(DEFAULT).unwrap();
    bench.holds_starts = true;
    bench.submit(DEFAULT).unwrap();
    bench.refuse_thread(bench.starts[0]);
    assert!(bench.answers.is_empty(), "the first thread will take it");
    bench.finish(0);
    bench.finish(1);
    assert_eq!(bench.started, [0, 1]);

    let mut bench = Bench::new(SETTINGS);
    bench.holds_starts = true;
    (0..3).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    bench.refuse_thread(bench.starts[0]);
    assert!(bench.answers.is_empty(), "another thread is on its way");
    bench.refuse_thread(bench.starts[0]);
    let error = TaskError::Rejected(Rejected::NoThread);
    assert_eq!(
        bench.answers,
        [(0, error.clone()), (1, error.clone()), (2, error)]
    );
}

#[test]
fn after_a_refused_thread_none_is_asked_for_before_a_while() {
    let mut bench = Bench::new(SETTINGS);
    bench.submit(DEFAULT).unwrap();
    bench.holds_starts = true;
    bench.submit(DEFAULT).unwrap();
    bench.refuse_thread(bench.starts[0]);
    bench.submit(DEFAULT).unwrap();
    assert!(bench.starts.is_empty(), "the first thread will take them");
    bench.pass(Duration::from_millis(100));
    assert_eq!(bench.starts.len(), 1, "the clock asks again");

    let mut bench = Bench::new(SETTINGS);
    bench.holds_starts = true;
    bench.submit(DEFAULT).unwrap();
    bench.refuse_thread(bench.starts[0]);
    assert_eq!(bench.submit(DEFAULT), Err(Rejected::NoThread));
    assert!(bench.starts.is_empty());
    bench.now += Duration::from_millis(100);
    assert!(bench.submit(DEFAULT).is_ok());
}

#[test]
fn a_job_that_counted_on_a_refused_thread_is_taken_by_one_that_is_parked() {
    let mut bench = Bench::new(SETTINGS);
    bench.submit(DEFAULT).unwrap();
    bench.holds_starts = true;
    bench.submit(DEFAULT).unwrap();
    // The first thread does the work of the second, which has yet to come, and parks.
    bench.finish(0);
    bench.finish(1);
    bench.submit(DEFAULT).unwrap();
    assert!(bench.wakes.is_empty(), "a thread is on its way");
    bench.refuse_thread(bench.starts[0]);
    bench.go_on();
    assert_eq!(bench.started, [0, 1, 2]);
}

#[test]
fn the_estimated_wait_grows_with_the_queue() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 100,
        ..SETTINGS
    });
    for n in 0..100 {
        bench.submit(DEFAULT).unwrap();
        bench.now += Duration::from_millis(10);
        bench.finish(n);
    }
    assert_eq!(bench.state.estimated_wait(), Nanos(0));
    (0..51).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let wait = Duration::from(bench.state.estimated_wait());
    assert!(
        (Duration::from_millis(400)..Duration::from_millis(510)).contains(&wait),
        "{wait:?}"
    );
}

#[test]
fn a_lanes_estimated_wait_counts_its_turns_its_run_times_and_its_limit() {
    let mut bench = Bench::new(Settings {
        max_threads: 2,
        max_queue: 100,
        ..SETTINGS
    });
    let slow = bench.lane("slow", Some(1));
    for (lane, milliseconds) in [(DEFAULT, 10), (slow, 100)] {
        for _ in 0..200 {
            let (number, _) = bench.submit(lane).unwrap();
            bench.now += Duration::from_millis(milliseconds);
            bench.finish(number);
        }
    }
    let wait = |bench: &Bench, lane| Duration::from(bench.state.estimated_wait_in(lane)).as_millis();
    assert_eq!((wait(&bench, DEFAULT), wait(&bench, slow)), (0, 0));
    (0..11).for_each(|_| _ = bench.submit(slow).unwrap());
    let one_after_the_other = wait(&bench, slow);
    assert!(
        (900..=1000).contains(&one_after_the_other),
        "{one_after_the_other}"
    );
    assert_eq!(wait(&bench, DEFAULT), 0, "its turn is the next");
    (0..11).for_each(|_| _ = bench.submit(DEFAULT).unwrap());
    let in_turns = wait(&bench, DEFAULT);
    assert!(
        (400..=600).contains(&in_turns),
        "ten of 10 ms and ten of others: {in_turns}"
    );
}
