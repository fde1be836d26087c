//! Tasks that wait for tasks of the same pool.

use super::gate::{Gate, eventually};
use crate::{LaneOptions, Pool, Task, TaskError, current_cancel};
use std::{num::NonZeroUsize, thread};

/// A task that waits for one in the same lane, so many deep; gives the threads on which they ran.
fn dive(pool: &Pool, lane: &crate::Lane, depth: usize) -> Vec<thread::ThreadId> {
    let own = thread::current().id();
    if depth == 0 {
        return vec![own];
    }
    let task = {
        let (pool, lane) = (pool.clone(), *lane);
        Task::new(move || dive(&pool, &lane, depth - 1))
    };
    let mut threads = pool
        .submit(task.lane(lane).timeout(None))
        .unwrap()
        .wait()
        .unwrap();
    threads.push(own);
    threads
}

#[test]
fn as_many_tasks_as_there_are_threads_may_wait_for_others() {
    let pool = Pool::builder().max_threads(2).cores(2).build().unwrap();
    let lane = pool.lane(LaneOptions::new("nested"));
    let outer = |_| {
        let inner = pool.clone();
        pool.submit(Task::new(move || dive(&inner, &lane, 3)).lane(&lane))
    };
    let handles: Vec<_> = (0..20).map(outer).collect();
    for handle in handles {
        assert_eq!(handle.unwrap().wait().unwrap().len(), 4);
    }
    let counters = pool.stats().counters;
    assert_eq!((counters.completed, counters.settled()), (80, 80));
}

#[test]
fn in_a_lane_of_concurrency_one_it_runs_on_the_thread_that_waits() {
    let pool = Pool::builder().max_threads(4).cores(4).build().unwrap();
    let lane = pool.lane(LaneOptions::new("single").concurrency(NonZeroUsize::MIN));
    let inner = pool.clone();
    let threads = pool.submit(Task::new(move || dive(&inner, &lane, 3)).lane(&lane));
    let threads = threads.unwrap().wait().unwrap();
    assert!(threads.iter().all(|thread| *thread == threads[0]), "{threads:?}");
    let after = pool.submit(Task::new(|| 7).lane(&lane)).unwrap();
    assert_eq!(after.wait(), Ok(7), "its place is free again");
}

#[test]
fn a_panic_and_a_cancel_of_nested_work_are_its_own() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let inner = pool.clone();
    let body = move || {
        let own = current_cancel().unwrap();
        let panicked = inner.submit(Task::new(|| panic!("inner"))).unwrap().wait();
        let cancelled = inner.submit(Task::new(|| ())).unwrap();
        cancelled.cancel();
        let is_own_again = current_cancel().is_some_and(|token| !token.is_cancelled()) && !own.is_cancelled();
        (panicked, cancelled.wait(), is_own_again)
    };
    let (panicked, cancelled, is_own_again) = pool.submit(Task::new(body)).unwrap().wait().unwrap();
    assert_eq!(panicked, Err(TaskError::Panicked("inner".to_owned())));
    assert_eq!(cancelled, Err(TaskError::Cancelled));
    assert!(is_own_again);
    let counters = pool.stats().counters;
    assert_eq!(
        (counters.completed, counters.panicked, counters.cancelled),
        (1, 1, 1)
    );
}

#[test]
fn a_lane_whose_place_another_thread_holds_is_waited_for() {
    let pool = Pool::builder().max_threads(2).cores(2).build().unwrap();
    let lane = pool.lane(LaneOptions::new("single").concurrency(NonZeroUsize::MIN));
    let gate = Gate::default();
    let hold = {
        let gate = gate.clone();
        move || gate.pass()
    };
    let holder = pool.submit(Task::new(hold).lane(&lane)).unwrap();
    eventually(|| pool.stats().threads.busy == 1);
    let inner = pool.clone();
    let outer = pool.submit(Task::new(move || {
        inner.submit(Task::new(|| 7).lane(&lane)).unwrap().wait()
    }));
    eventually(|| pool.stats().counters.queued == 1);
    assert_eq!(pool.stats().lanes[1].counters.running, 1, "never two at once");
    gate.open();
    holder.wait().unwrap();
    assert_eq!(outer.unwrap().wait().unwrap(), Ok(7));
}
