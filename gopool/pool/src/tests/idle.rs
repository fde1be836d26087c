//! When threads leave.

use super::{
    bench::{Bench, SETTINGS},
    gate::{Gate, eventually, live, run_one},
};
use crate::{
    Pool,
    keys::LaneId,
    rules::settings::Settings,
    sync,
    threads::{
        cpu,
        niceness::Niceness,
        overdue::OnOverdue,
        roster::{self, Roster},
        shared::{Shared, ThreadSettings},
        worker,
    },
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
    assert_eq!(pool.stats().threads.ended, 1);
}

#[test]
fn the_minimum_stays_however_long_it_has_nothing_to_do() {
    let mut bench = Bench::new(Settings {
        min_threads: 1,
        ..SETTINGS
    });
    (0..2).for_each(|_| _ = bench.submit(LaneId(0)).unwrap());
    (0..2).for_each(|n| _ = bench.finish(n));
    (0..100).for_each(|_| bench.pass(SETTINGS.idle_timeout));
    assert_eq!(bench.state.crew.live(), 1);
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
    let mut bench = Bench::new(SETTINGS);
    let (number, _) = bench.submit(LaneId(0)).unwrap();
    (0..100).for_each(|_| bench.pass(SETTINGS.idle_timeout));
    assert_eq!((bench.state.crew.busy(), bench.state.crew.live()), (1, 1));
    assert!(bench.finish(number));
}

#[test]
fn a_thread_that_leaves_waits_for_the_end_of_the_one_that_left_before() {
    let settings = ThreadSettings {
        stack_size: 64 * 1024,
        niceness: Niceness::new(None),
        cpu_of_process: cpu::of_process,
        on_overdue: OnOverdue::default(),
    };
    let shared = Shared::new(SETTINGS, settings, worker::carry_out);
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
        roster::leave(&shared.roster, 1);
        assert!(has_ended.load(Ordering::Acquire), "it was not waited for");
    });
}
