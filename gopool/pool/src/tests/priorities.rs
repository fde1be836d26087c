//! What is more urgent is first when there is not enough for all, and last when somebody has to go.

use super::bench::{Bench, SETTINGS};
use crate::{
    LaneOptions, Pool, Priority, Rejected, Task,
    keys::{JobKey, LaneId},
    rules::{admission::terms::Terms, settings::Settings},
};
use std::time::Duration;

use Priority::{Critical, Normal, Sheddable};

const DEFAULT: LaneId = LaneId(0);

/// One thread, which is busy with job 0, and room for so many more.
fn busy(max_queue: usize) -> Bench {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue,
        ..SETTINGS
    });
    bench.submit(DEFAULT).unwrap();
    bench
}

fn submit(bench: &mut Bench, lane: LaneId, priority: Priority) -> Result<(u32, JobKey), Rejected> {
    bench.order(Terms {
        priority: Some(priority),
        ..Terms::of(lane)
    })
}

fn run_all(bench: &mut Bench) {
    while let Some((number, _)) = bench.running.clone().first_key_value() {
        bench.now += Duration::from_millis(5);
        bench.finish(*number);
    }
}

#[test]
fn the_more_urgent_start_first_within_a_lane_and_across_lanes() {
    let mut bench = busy(100);
    let other = bench.lane("other", None);
    for priority in [Sheddable, Normal, Critical] {
        (0..2).for_each(|_| _ = submit(&mut bench, DEFAULT, priority).unwrap());
        (0..2).for_each(|_| _ = submit(&mut bench, other, priority).unwrap());
    }
    run_all(&mut bench);
    let groups: Vec<_> = bench.started[1..].iter().map(|number| (number - 1) / 4).collect();
    assert_eq!(
        groups,
        [2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0],
        "{:?}",
        bench.started
    );
}

#[test]
fn a_lane_says_how_urgent_its_tasks_are_and_a_task_knows_better() {
    let mut bench = busy(100);
    let critical = bench.urgent("critical", Critical);
    submit(&mut bench, critical, Sheddable).unwrap();
    bench.submit(DEFAULT).unwrap();
    bench.submit(critical).unwrap();
    run_all(&mut bench);
    assert_eq!(bench.started, [0, 3, 2, 1]);
}

#[test]
fn what_is_passed_by_has_a_run_in_64_and_no_more() {
    let mut bench = busy(1000);
    bench.now += Duration::from_millis(5);
    bench.finish(0);
    bench.submit(DEFAULT).unwrap();
    (0..3).for_each(|_| _ = submit(&mut bench, DEFAULT, Sheddable).unwrap());
    (0..200).for_each(|_| _ = submit(&mut bench, DEFAULT, Critical).unwrap());
    run_all(&mut bench);
    let at = |number: u32| {
        bench
            .started
            .iter()
            .position(|started| *started == number)
            .unwrap()
    };
    assert_eq!([at(2), at(3), at(4)], [66, 131, 196]);
}

#[test]
fn what_others_cost_is_not_held_against_a_lane_that_has_run_nothing_yet() {
    let mut bench = busy(100);
    bench.now += Duration::from_millis(200);
    bench.finish(0);
    let cold = bench.lane("cold", None);
    bench.submit(DEFAULT).unwrap();
    for priority in [Sheddable, Normal, Critical] {
        submit(&mut bench, cold, priority).unwrap();
    }
    run_all(&mut bench);
    assert_eq!(bench.started, [0, 1, 4, 3, 2]);
}

#[test]
fn what_came_after_a_long_run_is_not_owed_anything_for_it() {
    let mut bench = busy(100);
    bench.pass(Duration::from_millis(400));
    submit(&mut bench, DEFAULT, Sheddable).unwrap();
    bench.submit(DEFAULT).unwrap();
    bench.pass(Duration::from_secs(2));
    run_all(&mut bench);
    assert_eq!(bench.started, [0, 2, 1]);
}

#[test]
fn a_full_queue_gives_up_the_newest_of_the_least_urgent_for_what_is_more_urgent() {
    let mut bench = busy(4);
    let many = bench.lane("many", None);
    submit(&mut bench, DEFAULT, Sheddable).unwrap();
    (0..3).for_each(|_| _ = submit(&mut bench, many, Normal).unwrap());
    assert_eq!(
        submit(&mut bench, DEFAULT, Sheddable),
        Err(Rejected::QueueFull),
        "all others are more urgent, or it"
    );
    assert!(submit(&mut bench, DEFAULT, Critical).is_ok());
    assert!(
        bench.rejected(1),
        "not one of the longer lane: {:?}",
        bench.answers
    );
    assert!(submit(&mut bench, DEFAULT, Critical).is_ok());
    assert!(
        bench.rejected(4),
        "the newest of the normal ones: {:?}",
        bench.answers
    );
    assert!(submit(&mut bench, DEFAULT, Critical).is_ok());
    assert!(submit(&mut bench, DEFAULT, Critical).is_ok());
    assert_eq!(
        submit(&mut bench, DEFAULT, Critical),
        Err(Rejected::QueueFull),
        "nobody is less urgent"
    );
    assert_eq!(bench.counters().queued, 4);
}

#[test]
fn a_stale_job_makes_room_for_what_is_as_urgent_and_never_for_less() {
    let mut bench = busy(4);
    (0..2).for_each(|_| _ = submit(&mut bench, DEFAULT, Critical).unwrap());
    submit(&mut bench, DEFAULT, Normal).unwrap();
    submit(&mut bench, DEFAULT, Sheddable).unwrap();
    bench.pass(Duration::from_millis(501));
    assert!(submit(&mut bench, DEFAULT, Sheddable).is_ok());
    assert!(bench.rejected(4), "the stale one of its own: {:?}", bench.answers);
    assert_eq!(submit(&mut bench, DEFAULT, Sheddable), Err(Rejected::QueueFull));
    assert!(submit(&mut bench, DEFAULT, Normal).is_ok());
    assert!(bench.rejected(5), "fresh, but less urgent: {:?}", bench.answers);
    assert!(submit(&mut bench, DEFAULT, Normal).is_ok());
    assert!(bench.rejected(3), "{:?}", bench.answers);
}

#[test]
fn what_more_urgent_jobs_pass_by_for_a_second_is_overloaded_and_refused() {
    let mut bench = busy(1000);
    let mut refused = 0;
    for _ in 0..400 {
        while bench.state.lanes.get(DEFAULT).waiting_of(Critical) < 3 {
            submit(&mut bench, DEFAULT, Critical).unwrap();
        }
        refused += u64::from(submit(&mut bench, DEFAULT, Sheddable).is_err());
        bench.pass(Duration::from_millis(5));
        let running = *bench.running.first_key_value().unwrap().0;
        bench.finish(running);
    }
    let waiting = bench.state.lanes.get(DEFAULT).waiting_of(Sheddable);
    assert!(refused > 50 && waiting < 50, "{refused} refused, {waiting} wait");
}

#[test]
fn the_priority_of_a_lane_handle_is_that_of_its_tasks() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let lane = pool.lane(LaneOptions::new("lane").priority(Sheddable));
    let gate = super::gate::Gate::default();
    let held = gate.hold_all(&pool, 1);
    let order = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let tasks: Vec<_> = [("as the lane", lane), ("critical", lane.priority(Critical))]
        .into_iter()
        .map(|(name, lane)| {
            let order = order.clone();
            let task = Task::new(move || order.lock().unwrap().push(name));
            pool.submit(task.lane(&lane)).unwrap()
        })
        .collect();
    gate.open();
    tasks
        .into_iter()
        .chain(held)
        .for_each(|task| task.wait().unwrap());
    assert_eq!(*order.lock().unwrap(), ["critical", "as the lane"]);
}

#[test]
fn each_priority_counts_what_came_and_what_was_refused_at_once_or_after_a_wait() {
    let mut bench = busy(2);
    for priority in [Sheddable, Sheddable, Critical] {
        submit(&mut bench, DEFAULT, priority).unwrap();
    }
    assert_eq!(submit(&mut bench, DEFAULT, Sheddable), Err(Rejected::QueueFull));
    let stats = bench.stats();
    let of = |wanted| {
        let of = stats.lanes[0]
            .priorities
            .iter()
            .find(|(priority, _)| *priority == wanted);
        let counters = of.unwrap().1;
        (counters.submitted, counters.refused, counters.displaced)
    };
    assert_eq!(
        (of(Critical), of(Normal), of(Sheddable)),
        ((1, 0, 0), (1, 0, 0), (3, 1, 1))
    );
    let sum: u64 = stats.lanes[0]
        .priorities
        .iter()
        .map(|(_, of)| of.refused + of.displaced)
        .sum();
    assert_eq!(sum, stats.counters.rejected);
}
