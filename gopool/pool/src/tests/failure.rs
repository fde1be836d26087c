//! Panics, and threads that the system refuses.

use super::gate::{Gate, eventually, run_one};
use crate::{BuildError, Pool, Rejected, Task, TaskError};
use std::thread;

/// No address space has room for it, so the system refuses the thread.
const TOO_LARGE: usize = 1 << 47;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_reaches_its_caller_only_and_costs_no_thread() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let before = pool
        .submit(Task::new(|| thread::current().id()))
        .unwrap()
        .wait()
        .unwrap();
    let texts = [
        pool.submit(Task::new(|| panic!("plain"))).unwrap().wait(),
        pool.submit(Task::new(|| panic!("{}", 7))).unwrap().wait(),
        pool.submit(Task::new(|| std::panic::panic_any(7)))
            .unwrap()
            .wait(),
        pool.submit(Task::new(|| std::panic::panic_any(Bomb)))
            .unwrap()
            .wait(),
        pool.submit(Task::new(|| drop(Bomb))).unwrap().wait(),
    ];
    let wanted = [
        "plain",
        "7",
        "the panic carried no text",
        "the panic carried no text",
        "dropped",
    ];
    assert_eq!(
        texts,
        wanted.map(|text| Err(TaskError::Panicked(text.to_owned())))
    );
    let after = pool
        .submit(Task::new(|| thread::current().id()))
        .unwrap()
        .wait()
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(
        (pool.stats().counters.panicked, pool.stats().counters.completed),
        (5, 2)
    );
}

#[test]
fn values_that_panic_when_dropped_cost_no_thread() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    // A body dropped unrun, a result nobody wants, and a late result.
    let bomb = Bomb;
    let unrun = pool.submit(Task::new(move || drop(bomb))).unwrap();
    let unwanted = pool.submit(Task::new(|| Bomb)).unwrap();
    unrun.cancel();
    unwanted.detach();
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    let (started, late) = (Gate::default(), Gate::default());
    let body = {
        let (started, late) = (started.clone(), late.clone());
        move || {
            started.open();
            late.pass();
            Bomb
        }
    };
    let handle = pool.submit(Task::new(body)).unwrap();
    started.pass();
    handle.cancel();
    late.open();
    run_one(&pool);
    assert_eq!(pool.stats().threads.busy + pool.stats().threads.idle, 1);
}

#[test]
fn an_error_is_handed_through_and_counted_as_failed() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let handle = pool.submit(Task::fallible(|| "x".parse::<u8>())).unwrap();
    assert!(handle.wait().unwrap().is_err());
    assert_eq!(
        pool.submit(Task::fallible(|| "7".parse::<u8>()))
            .unwrap()
            .wait()
            .unwrap(),
        Ok(7)
    );
    assert_eq!(
        (pool.stats().counters.failed, pool.stats().counters.completed),
        (1, 1)
    );
}

#[test]
fn a_thread_that_cannot_be_started_is_a_refusal() {
    let pool = Pool::builder()
        .max_threads(2)
        .stack_size(TOO_LARGE)
        .build()
        .unwrap();
    for _ in 0..3 {
        assert_eq!(pool.submit(Task::new(|| ())).unwrap_err(), Rejected::NoThread);
    }
    let stats = pool.stats();
    assert_eq!((stats.counters.submitted, stats.counters.rejected), (3, 3));
    assert_eq!((stats.threads.starting, stats.threads.idle), (0, 0));
}

#[test]
fn a_minimum_that_cannot_be_started_fails_the_build_with_its_cause() {
    let error = Pool::builder()
        .min_threads(1)
        .stack_size(TOO_LARGE)
        .build()
        .unwrap_err();
    assert!(matches!(error, BuildError::Threads(_)), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn ten_thousand_panics_leave_the_pool_as_it_was() {
    let pool = Pool::builder().max_threads(2).cores(2).build().unwrap();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for _ in 0..100 {
        let handles: Vec<_> = (0..100)
            .map(|_| pool.submit(Task::new(|| panic!("again"))).unwrap())
            .collect();
        handles
            .into_iter()
            .for_each(|handle| assert!(handle.wait().is_err()));
    }
    std::panic::set_hook(hook);
    assert_eq!(pool.stats().counters.panicked, 10_000);
    eventually(|| pool.stats().threads.busy == 0);
    run_one(&pool);
}
