//! What waits, and what is refused.

use super::{
    bench::{Bench, SETTINGS},
    gate::Gate,
};
use crate::{
    Cancel, LaneOptions, Pool, Rejected, Task, TaskError,
    keys::LaneId,
    rules::{admission::terms::Terms, settings::Settings},
};
use std::{num::NonZeroUsize, sync::mpsc, time::Duration};

#[test]
fn the_fourth_busy_task_fails_at_once_and_the_others_are_unaffected() {
    let pool = Pool::builder().max_threads(1).max_queue(2).build().unwrap();
    let gate = Gate::default();
    let handles: Vec<_> = (0..3).map(|_| gate.hold(&pool).unwrap()).collect();
    assert_eq!(gate.hold(&pool).unwrap_err(), Rejected::QueueFull);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn the_limit_holds_for_tasks_that_carry_a_timeout_or_a_token() {
    let pool = Pool::builder().max_threads(1).max_queue(2).build().unwrap();
    let (gate, token) = (Gate::default(), Cancel::new());
    let held = gate.hold_all(&pool, 1);
    let submit = |n: u64| {
        let task = Task::new(|| ())
            .cancel_with(&token)
            .timeout(Duration::from_secs(n))
            .queue_timeout(Duration::from_secs(n));
        pool.submit(task)
    };
    let outcomes: Vec<_> = (10..20).map(submit).collect();
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn who_asks_for_room_takes_none_and_is_counted_only_when_there_is_none() {
    let pool = Pool::builder().max_threads(1).max_queue(1).build().unwrap();
    let lane = pool.lane(LaneOptions::new("bodies"));
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let asks = || pool.would_take(&lane, Duration::from_secs(10)).map(drop);
    let refused = || pool.stats().counters.rejected;
    assert_eq!((asks(), asks(), refused()), (Ok(()), Ok(()), 0));
    let waits = pool.submit(Task::new(|| ()).lane(&lane)).unwrap();
    assert_eq!((asks(), refused()), (Err(Rejected::QueueFull), 1));
    gate.open();
    held.into_iter()
        .chain([waits])
        .for_each(|handle| handle.wait().unwrap());
    assert_eq!((asks(), refused()), (Ok(()), 1));
    let stranger = Pool::builder().build().unwrap();
    let asked = stranger.would_take(&lane, Duration::from_secs(10)).map(drop);
    assert_eq!(asked, Err(Rejected::ForeignLane));
    pool.begin_close();
    assert_eq!(asks(), Err(Rejected::Closed));
}

#[test]
fn who_was_let_in_is_not_judged_by_chance_again_but_needs_room() {
    let mut bench = Bench::new(Settings {
        max_threads: 1,
        max_queue: 300,
        ..SETTINGS
    });
    let lane = Terms::of(LaneId(0));
    // One of two that arrive is started.
    for _ in 0..400 {
        for _ in 0..2 {
            let _may_be_refused = bench.order(lane);
        }
        bench.pass(Duration::from_millis(5));
        let running = *bench.running.first_key_value().unwrap().0;
        bench.finish(running);
    }
    let admitted = Terms {
        is_admitted: true,
        ..lane
    };
    let refusals = |bench: &mut Bench, terms| {
        (0..40)
            .filter_map(|_| bench.order(terms).err())
            .collect::<Vec<_>>()
    };
    assert_eq!(refusals(&mut bench, admitted), []);
    assert!(refusals(&mut bench, lane).contains(&Rejected::Overloaded));
    let full = (0..300).find_map(|_| bench.order(admitted).err());
    assert_eq!(full, Some(Rejected::QueueFull));
}

#[test]
fn a_permit_is_for_a_task_of_its_lane_only() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let [lane, other] = ["one", "other"].map(|name| pool.lane(LaneOptions::new(name)));
    let permit = pool.would_take(&lane, Duration::from_secs(10)).unwrap();
    let is_admitted = |lane| {
        pool.terms(&Task::new(|| ()).lane(lane).permit(permit))
            .unwrap()
            .is_admitted
    };
    assert!(is_admitted(&lane) && !is_admitted(&other));
    assert!(!pool.terms(&Task::new(|| ()).lane(&lane)).unwrap().is_admitted);
}

#[test]
fn without_a_queue_a_task_is_refused_only_while_all_threads_are_busy() {
    let pool = Pool::builder().max_threads(1).max_queue(0).build().unwrap();
    let gate = Gate::default();
    let first = gate.hold(&pool).unwrap();
    assert_eq!(gate.hold(&pool).unwrap_err(), Rejected::QueueFull);
    gate.open();
    first.wait().unwrap();
    assert!(gate.hold(&pool).unwrap().wait().is_ok());
}

#[test]
fn tasks_with_mixed_timeouts_start_in_the_order_of_submission() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let (sender, order) = mpsc::channel();
    let submit = |n: u64| {
        let sender = sender.clone();
        let limit = n.is_multiple_of(2).then(|| Duration::from_secs(100 - n));
        pool.submit(
            Task::new(move || sender.send(n).unwrap())
                .queue_timeout(limit)
                .timeout(limit),
        )
        .unwrap()
    };
    let handles: Vec<_> = (0..8).map(submit).collect();
    gate.open();
    held.into_iter()
        .chain(handles)
        .for_each(|handle| handle.wait().unwrap());
    assert_eq!(order.try_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_newest_of_the_long_lane_gives_way_to_another_lane() {
    let pool = Pool::builder().max_threads(1).max_queue(2).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let (older, newer) = (gate.hold(&pool).unwrap(), gate.hold(&pool).unwrap());
    let lane = pool.lane(LaneOptions::new("other"));
    let arriving = pool.submit(Task::new(|| ()).lane(&lane)).unwrap();
    assert_eq!(newer.wait(), Err(TaskError::Rejected(Rejected::QueueFull)));
    gate.open();
    held.into_iter()
        .chain([older, arriving])
        .for_each(|handle| handle.wait().unwrap());
}

#[test]
fn a_lane_of_concurrency_one_never_runs_two() {
    let pool = Pool::builder().max_threads(4).cores(4).build().unwrap();
    let lane = pool.lane(LaneOptions::new("single").concurrency(NonZeroUsize::MIN));
    let at_once = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let submit = |_| {
        let at_once = at_once.clone();
        let body = move || {
            assert_eq!(at_once.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            std::thread::yield_now();
            at_once.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        };
        pool.submit(Task::new(body).lane(&lane)).unwrap()
    };
    let handles: Vec<_> = (0..200).map(submit).collect();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn a_lane_of_another_pool_is_refused() {
    let (one, other) = (Pool::builder().build().unwrap(), Pool::builder().build().unwrap());
    let lane = one.lane(LaneOptions::new("a"));
    assert_eq!(
        other.submit(Task::new(|| ()).lane(&lane)).unwrap_err(),
        Rejected::ForeignLane
    );
    assert_eq!(other.stats().counters.submitted, 0);
    assert_eq!(
        other.estimated_wait_in(&lane),
        Duration::ZERO,
        "that of the pool, where nothing waits"
    );
}
