//! How many threads there are.

use super::gate::{Gate, eventually, live, run_one};
use crate::pool::{Pool, Task};
use std::time::Duration;

#[test]
fn the_minimum_is_there_at_the_start_and_the_maximum_is_never_passed() {
    let pool = Pool::builder()
        .min_threads(2)
        .max_threads(4)
        .cores(4)
        .build()
        .unwrap();
    eventually(|| pool.stats().threads.idle == 2);
    let gate = Gate::default();
    let handles: Vec<_> = (0..5).map(|_| gate.hold(&pool).unwrap()).collect();
    eventually(|| pool.stats().threads.busy == 4);
    assert_eq!((live(&pool), pool.stats().counters.queued), (4, 1));
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn after_shrinking_to_none_the_next_task_still_runs() {
    let pool = Pool::builder()
        .max_threads(2)
        .idle_timeout(Duration::from_millis(5))
        .build()
        .unwrap();
    for _ in 0..3 {
        run_one(&pool);
        eventually(|| live(&pool) == 0);
    }
}

#[test]
fn sleeping_jobs_get_more_threads_than_there_are_cores() {
    let pool = Pool::builder().max_threads(16).cores(1).build().unwrap();
    let gate = Gate::default();
    let handles: Vec<_> = (0..16).map(|_| gate.hold(&pool).unwrap()).collect();
    // Other tests use the CPU meanwhile; sooner or later there is an idle moment.
    eventually(|| pool.stats().threads.busy > 1);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn threads_bear_the_name_and_the_niceness_of_the_pool() {
    let base = rustix::process::getpriority_process(None).unwrap();
    let pool = Pool::builder().max_threads(1).nice(3).build().unwrap();
    let look = || {
        (
            std::thread::current().name().map(str::to_owned),
            rustix::process::getpriority_process(None),
        )
    };
    let (name, nice) = pool.submit(Task::new(look)).unwrap().wait().unwrap();
    assert_eq!(name.as_deref(), Some("gopool-1"));
    assert_eq!(nice.unwrap(), (base + 3).min(19));
}
