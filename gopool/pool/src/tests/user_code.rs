//! Destructors, wakers and our own mistakes: nothing of them holds up the clock, another task, or the books.

use super::gate::{Gate, LONG, eventually, live, run_one};
use crate::{
    Handle, LaneOptions, Mailbox, Pool, Rejected, Task, TaskError,
    rules::{effects::Step, endings::LOST},
    sync,
    threads::worker,
};
use std::{
    future::Future,
    pin::pin,
    sync::{Arc, mpsc},
    task::{Context, Wake, Waker},
    thread,
    time::Duration,
};

const SOON: Duration = Duration::from_millis(10);

/// Drops when its gate is opened, and not before; tells when somebody tries.
struct Reluctant {
    gate: Gate,
    tried: mpsc::Sender<()>,
}

impl Drop for Reluctant {
    fn drop(&mut self) {
        let _nobody_listens = self.tried.send(());
        self.gate.pass();
    }
}

/// A waker that does not return before its gate is opened.
struct Slow(Reluctant);

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        let _nobody_listens = self.0.tried.send(());
        self.0.gate.pass();
    }
}

fn reluctant() -> (Gate, Reluctant, mpsc::Receiver<()>) {
    let (gate, (tried, tries)) = (Gate::default(), mpsc::channel());
    let value = Reluctant {
        gate: gate.clone(),
        tried,
    };
    (gate, value, tries)
}

/// The outcome of a task, at most `LONG` from now.
fn outcome<T: Send + 'static>(handle: Handle<T>) -> Result<T, TaskError> {
    let (sender, outcome) = mpsc::channel();
    thread::spawn(move || sender.send(handle.wait()));
    outcome.recv_timeout(LONG).expect("no outcome")
}

/// Lets the clock come round: a task that waits for so long is told.
fn pass(pool: &Pool, time: Duration) {
    let task = Task::new(|| ()).queue_timeout(time);
    assert_eq!(outcome(pool.submit(task).unwrap()), Err(TaskError::QueueTimeout));
}

#[test]
fn destructors_of_tasks_that_nobody_runs_hold_up_neither_the_clock_nor_each_other() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let (open, (tried, tries)) = (Gate::default(), mpsc::channel());
    for _ in 0..3 {
        let value = Reluctant {
            gate: open.clone(),
            tried: tried.clone(),
        };
        let task = Task::new(move || drop(value)).queue_timeout(SOON);
        assert_eq!(outcome(pool.submit(task).unwrap()), Err(TaskError::QueueTimeout));
        tries.recv_timeout(LONG).unwrap();
    }
    pass(&pool, SOON);
    open.open();
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn a_task_that_is_pushed_out_is_not_dropped_by_who_pushes() {
    let pool = Pool::builder().max_threads(1).max_queue(2).build().unwrap();
    let [own, other] = ["own", "other"].map(|name| pool.lane(LaneOptions::new(name)));
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let (open, value, tries) = reluctant();
    let first = pool.submit(Task::new(|| ()).lane(&own)).unwrap();
    let newest = pool.submit(Task::new(move || drop(value)).lane(&own)).unwrap();
    let (sender, submitted) = mpsc::channel();
    let pusher = pool.clone();
    thread::spawn(move || sender.send(pusher.submit(Task::new(|| 7).lane(&other))));
    let pushed = submitted.recv_timeout(LONG).expect("still dropping").unwrap();
    assert_eq!(outcome(newest), Err(TaskError::Rejected(Rejected::QueueFull)));
    tries.recv_timeout(LONG).unwrap();
    open.open();
    gate.open();
    held.into_iter()
        .chain([first])
        .for_each(|handle| handle.wait().unwrap());
    assert_eq!(outcome(pushed), Ok(7));
}

/// A task with a clock of its own waits while the one before it is handed over, which takes long.
fn the_next_one_has_all_its_time(hand_over: impl FnOnce(&Pool, Gate, Reluctant)) {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let (open, value, tries) = reluctant();
    let begin = Gate::default();
    hand_over(&pool, begin.clone(), value);
    eventually(|| pool.stats().threads.busy == 1);
    let next = pool.submit(Task::new(|| 7).timeout(SOON)).unwrap();
    begin.open();
    tries.recv_timeout(LONG).unwrap();
    pass(&pool, SOON * 3);
    assert!(!next.is_finished(), "its clock ran while another was dropped");
    open.open();
    assert_eq!(outcome(next), Ok(7));
}

#[test]
fn an_unwanted_result_is_dropped_before_the_next_task_starts() {
    for mailbox in [None, Some(Mailbox::new())] {
        the_next_one_has_all_its_time(|pool, begin, value| {
            let task = Task::new(move || {
                begin.pass();
                value
            });
            let task = match &mailbox {
                Some(mailbox) => task.via(mailbox),
                None => task,
            };
            pool.submit(task).unwrap().detach();
        });
    }
}

#[test]
fn a_late_result_is_dropped_before_the_next_task_starts() {
    the_next_one_has_all_its_time(|pool, begin, value| {
        let task = Task::new(move || {
            begin.pass();
            value
        });
        let handle = pool.submit(task).unwrap();
        eventually(|| pool.stats().threads.busy == 1);
        handle.cancel();
    });
}

#[test]
fn a_waker_is_called_before_the_next_task_starts() {
    the_next_one_has_all_its_time(|pool, begin, value| {
        let waker = Waker::from(Arc::new(Slow(value)));
        let mut handle = pool.submit(Task::new(move || begin.pass()).detached()).unwrap();
        assert!(
            pin!(&mut handle)
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        std::mem::forget(handle);
    });
}

#[test]
fn close_keeps_its_limit_and_answers_though_what_waits_cannot_be_dropped() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let (open, value, tries) = reluctant();
    let waiting = pool.submit(Task::new(move || drop(value))).unwrap();
    let closer = pool.clone();
    let (sender, closed) = mpsc::channel();
    thread::spawn(move || sender.send(closer.close(SOON)));
    let report = closed.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(report.abandoned_threads, 1);
    assert!(waiting.is_finished());
    tries.recv_timeout(LONG).unwrap();
    open.open();
    gate.open();
    drop(held);
}

#[test]
fn a_worker_that_is_lost_to_a_panic_leaves_its_job_answered_and_its_place_free() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let shared = &pool.0.shared;
    let seat = shared.lock().hire().unwrap();
    // It counts on the thread that is on its way.
    let handle = pool.submit(Task::new(|| 7)).unwrap();
    worker::guard(shared, seat, 0, || {
        let turn = shared.lock().arrive(seat, sync::now());
        assert!(matches!(turn.step, Step::Run(_)));
        std::panic::resume_unwind(Box::new("lost"));
    });
    assert_eq!(outcome(handle), Err(TaskError::Panicked(LOST.to_owned())));
    assert_eq!(live(&pool), 0);
    assert_eq!(outcome(pool.submit(Task::new(|| 7)).unwrap()), Ok(7));
    run_one(&pool);
    assert_eq!(pool.stats().counters.panicked, 1);
}
