//! When threads leave.

use super::gate::{Gate, eventually, live, run_one};
use crate::pool::Pool;
use std::time::Duration;

#[test]
fn the_surplus_leaves_after_the_idle_timeout_and_the_minimum_stays() {
    let pool = Pool::builder()
        .min_threads(1)
        .max_threads(2)
        .cores(2)
        .idle_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let gate = Gate::default();
    let handles = gate.hold_all(&pool, 2);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
    eventually(|| live(&pool) == 1);
    std::thread::sleep(Duration::from_millis(120));
    assert_eq!(live(&pool), 1);
}

#[test]
fn a_light_steady_load_lets_the_surplus_go() {
    let pool = Pool::builder()
        .max_threads(4)
        .cores(4)
        .idle_timeout(Duration::from_millis(30))
        .build()
        .unwrap();
    let gate = Gate::default();
    let handles = gate.hold_all(&pool, 4);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
    eventually(|| {
        run_one(&pool);
        live(&pool) == 1
    });
}

#[test]
fn a_long_task_is_not_reaped() {
    let pool = Pool::builder()
        .max_threads(1)
        .idle_timeout(Duration::from_millis(5))
        .build()
        .unwrap();
    let gate = Gate::default();
    let handles = gate.hold_all(&pool, 1);
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(pool.stats().threads.busy, 1);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
}
