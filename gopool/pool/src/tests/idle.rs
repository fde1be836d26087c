//! When threads leave.

use super::{
    bench::LIMITS,
    gate::{Gate, eventually, live, run_one},
};
use crate::{
    Pool,
    niceness::Niceness,
    shared::{Roster, Shared, ThreadSettings},
    sync, worker,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

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

#[test]
fn a_thread_that_leaves_waits_for_the_end_of_the_one_that_left_before() {
    let settings = ThreadSettings {
        stack_size: 64 * 1024,
        niceness: Niceness::new(None),
        reads_cpu: false,
        queue_timeout: None,
        timeout: None,
    };
    let shared = Shared::new(LIMITS, settings);
    let has_ended = Arc::new(AtomicBool::new(false));
    let (release, released) = mpsc::channel::<()>();
    let former = {
        let has_ended = has_ended.clone();
        thread::spawn(move || {
            released.recv().unwrap();
            has_ended.store(true, Ordering::Release);
        })
    };
    let own = thread::spawn(|| ());
    let own_id = own.thread().id();
    *sync::lock(&shared.roster) = Roster {
        at_work: vec![(1, own)],
        left: Some(former),
        ..Roster::default()
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            let took_the_place = || {
                let roster = sync::lock(&shared.roster);
                roster
                    .left
                    .as_ref()
                    .is_some_and(|left| left.thread().id() == own_id)
            };
            eventually(took_the_place);
            release.send(()).unwrap();
        });
        worker::leave(&shared, 1);
        assert!(has_ended.load(Ordering::Acquire), "it was not waited for");
    });
}
