//! What a pool shows.

use super::{
    bench::{Bench, SETTINGS},
    gate::{Gate, eventually},
};
use crate::{LaneOptions, Pool, Stats, Task};
use std::time::Duration;

#[test]
fn after_five_tasks_wait_and_run_hold_five_durations_in_order() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let lane = pool.lane(LaneOptions::new("five"));
    for _ in 0..5 {
        let task = Task::new(|| std::thread::sleep(Duration::from_millis(1))).lane(&lane);
        pool.submit(task).unwrap().wait().unwrap();
    }
    let stats = pool.stats();
    let lane = &stats.lanes[1];
    assert_eq!((&*lane.name, lane.counters.completed), ("five", 5));
    for summary in [
        lane.wait.summary(),
        lane.run.summary(),
        stats.wait().summary(),
        stats.run().summary(),
    ] {
        assert_eq!(summary.count, 5);
        assert!(summary.min > Duration::ZERO);
        assert!(summary.max >= summary.p99 && summary.p99 >= summary.p50 && summary.p50 >= summary.min);
    }
}

#[test]
fn statistics_are_taken_some_lanes_at_a_time_and_of_all_in_the_end() {
    let mut bench = Bench::new(SETTINGS);
    let lanes: Vec<_> = (0..1000).map(|n| bench.lane(&n.to_string(), None)).collect();
    let (number, _) = bench.submit(lanes[999]).unwrap();
    bench.finish(number);
    let mut stats = Stats::of(&bench.state, bench.now);
    assert!(stats.add_lanes(&bench.state));
    assert!(stats.lanes.len() < 100, "{} at once", stats.lanes.len());
    let stats = bench.stats();
    assert_eq!((stats.lanes.len(), stats.counters.completed), (1001, 1));
    assert_eq!(
        (&*stats.lanes[1000].name, stats.lanes[1000].counters.completed),
        ("999", 1)
    );
}

#[test]
fn the_idle_count_follows_two_tasks_that_come_and_go() {
    let pool = Pool::builder()
        .min_threads(2)
        .max_threads(2)
        .cores(2)
        .build()
        .unwrap();
    let idle = || pool.stats().threads.idle;
    eventually(|| idle() == 2);
    let gate = Gate::default();
    let first = gate.hold(&pool).unwrap();
    eventually(|| pool.stats().threads.busy == 1);
    assert_eq!(idle(), 1);
    let second = gate.hold(&pool).unwrap();
    eventually(|| idle() == 0);
    gate.open();
    first.wait().unwrap();
    second.wait().unwrap();
    eventually(|| idle() == 2);
}

#[test]
fn a_handle_tells_how_long_its_task_waited_and_ran() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let handle = pool
        .submit(Task::new(|| std::thread::sleep(Duration::from_millis(2))))
        .unwrap();
    eventually(|| handle.is_finished());
    let times = handle.times();
    assert!(
        times.run >= Duration::from_millis(2) && times.wait > Duration::ZERO,
        "{times:?}"
    );
}

#[test]
fn the_callers_span_is_current_inside_the_task() {
    let subscriber = spans::Names::default();
    tracing::subscriber::with_default(subscriber.clone(), || {
        let pool = Pool::builder().max_threads(1).build().unwrap();
        let handle = tracing::info_span!("request").in_scope(|| pool.submit(Task::new(|| ())).unwrap());
        handle.wait().unwrap();
    });
    let entered = subscriber.entered();
    let here = std::thread::current().id();
    assert!(
        entered
            .iter()
            .any(|(name, thread)| *name == "request" && *thread != here),
        "{entered:?}"
    );
}

/// The least subscriber that knows the current span.
mod spans {
    use std::{
        cell::RefCell,
        sync::{Arc, Mutex},
        thread::ThreadId,
    };
    use tracing::{
        Event, Metadata, Subscriber,
        span::{Attributes, Id, Record},
    };
    use tracing_core::span::Current;

    #[derive(Clone, Default)]
    pub(super) struct Names(Arc<Mutex<Log>>);

    #[derive(Default)]
    struct Log {
        spans: Vec<&'static Metadata<'static>>,
        entered: Vec<(&'static str, ThreadId)>,
    }

    thread_local! {
        static STACK: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
    }

    impl Names {
        pub(super) fn entered(&self) -> Vec<(&'static str, ThreadId)> {
            self.0.lock().unwrap().entered.clone()
        }
    }

    impl Subscriber for Names {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, attributes: &Attributes<'_>) -> Id {
            let mut log = self.0.lock().unwrap();
            log.spans.push(attributes.metadata());
            Id::from_u64(log.spans.len() as u64)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, id: &Id) {
            let mut log = self.0.lock().unwrap();
            let name = log.spans[id.into_u64() as usize - 1].name();
            log.entered.push((name, std::thread::current().id()));
            STACK.with(|stack| stack.borrow_mut().push(id.into_u64()));
        }
        fn exit(&self, _: &Id) {
            STACK.with(|stack| stack.borrow_mut().pop());
        }
        fn current_span(&self) -> Current {
            let top = STACK.with(|stack| stack.borrow().last().copied());
            match top {
                Some(id) => Current::new(Id::from_u64(id), self.0.lock().unwrap().spans[id as usize - 1]),
                None => Current::none(),
            }
        }
    }
}
