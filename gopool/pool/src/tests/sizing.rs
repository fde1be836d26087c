//! How many threads there are.

use super::gate::{Gate, eventually, live, run_one};
use crate::{
    Pool, Task,
    face::pool::Defaults,
    threads::{niceness::Niceness, overdue::OnOverdue, shared::ThreadSettings},
};
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
    // The CPU clock of this test stands still: other tests use the cores of the real one.
    let threads = ThreadSettings {
        stack_size: 64 * 1024,
        niceness: Niceness::new(None),
        cpu_of_process: || Duration::ZERO,
        on_overdue: OnOverdue::default(),
    };
    let limits = Defaults {
        queue_timeout: None,
        timeout: None,
    };
    let settings = Pool::builder().max_threads(16).cores(1).settings();
    let pool = Pool::open(settings, threads, limits).unwrap();
    let gate = Gate::default();
    let handles: Vec<_> = (0..16).map(|_| gate.hold(&pool).unwrap()).collect();
    eventually(|| pool.stats().threads.busy == 16);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn threads_bear_the_name_of_the_pool() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let name = || std::thread::current().name().map(str::to_owned);
    let name = pool.submit(Task::new(name)).unwrap().wait().unwrap();
    assert_eq!(name.as_deref(), Some("gopool-1"));
}

/// The niceness of a thread of this pool, above that of the test.
fn niceness(pool: &Pool) -> i32 {
    let own = || rustix::process::getpriority_process(None).unwrap();
    pool.submit(Task::new(own)).unwrap().wait().unwrap() - own()
}

/// Runs a task that uses five milliseconds of CPU time; how much it was in the end.
fn keep_core(pool: &Pool) -> Duration {
    let used =
        || Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime)).unwrap();
    let spin = move || {
        let start = used();
        while used() - start < Duration::from_millis(5) {}
        used() - start
    };
    pool.submit(Task::new(spin)).unwrap().wait().unwrap()
}

#[test]
fn threads_become_nice_when_tasks_keep_a_core_and_so_do_later_ones() {
    let pool = Pool::builder()
        .max_threads(1)
        .nice(3)
        .idle_timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    run_one(&pool);
    eventually(|| {
        keep_core(&pool);
        niceness(&pool) == 3
    });
    eventually(|| live(&pool) == 0);
    assert_eq!(niceness(&pool), 3, "a new thread");
}

#[test]
fn all_threads_become_nice_when_one_keeps_a_core() {
    let pool = Pool::builder().max_threads(2).cores(2).nice(3).build().unwrap();
    let gate = Gate::default();
    let first = gate.hold(&pool).unwrap();
    let second = gate.hold(&pool).unwrap();
    gate.open();
    first.wait().unwrap();
    second.wait().unwrap();
    // Both threads live now. One runs the heavy task, and is then held while the other is asked.
    eventually(|| {
        keep_core(&pool);
        niceness(&pool) == 3
    });
    let gate = Gate::default();
    let held = gate.hold(&pool).unwrap();
    // The other thread: it follows when it wakes, or has ended a task.
    eventually(|| niceness(&pool) == 3);
    gate.open();
    held.wait().unwrap();
}

#[test]
fn threads_stay_as_they_are_when_a_task_keeps_a_core_for_once() {
    // What the host of a virtual machine takes counts as used: a task that was charged for more than once is allowed proves nothing.
    eventually(|| {
        let pool = Pool::builder().max_threads(1).nice(3).build().unwrap();
        let used = keep_core(&pool);
        run_one(&pool);
        let is_nice = niceness(&pool) == 3;
        assert!(!is_nice || used > Duration::from_millis(8), "nice after {used:?}");
        !is_nice
    });
}

#[test]
fn tasks_that_sleep_leave_the_threads_as_they_are() {
    let pool = Pool::builder().max_threads(1).nice(3).build().unwrap();
    for _ in 0..10 {
        let sleep = || std::thread::sleep(Duration::from_millis(2));
        pool.submit(Task::new(sleep)).unwrap().wait().unwrap();
    }
    assert_eq!(niceness(&pool), 0);
}
