//! How a pool ends.

use super::gate::{Gate, LONG, eventually, run_one};
use crate::{AlreadyClosed, Cancel, Pool, Rejected, Task, TaskError};
use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

#[test]
fn close_finishes_what_waits_and_runs_and_refuses_the_rest() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let waiting = pool.submit(Task::new(|| 7)).unwrap();
    let closer = {
        let pool = pool.clone();
        thread::spawn(move || pool.close(LONG))
    };
    eventually(|| matches!(pool.submit(Task::new(|| ())), Err(Rejected::Closed)));
    assert!(!waiting.is_finished());
    gate.open();
    let report = closer.join().unwrap().unwrap();
    assert!(report.is_drained);
    assert_eq!(waiting.wait(), Ok(7));
    held.into_iter().for_each(|handle| handle.wait().unwrap());
}

#[test]
fn close_returns_at_its_limit_with_every_handle_answered_and_every_token_set() {
    let pool = Pool::builder().max_threads(1).max_queue(2).build().unwrap();
    let (gate, (sender, tokens)) = (Gate::default(), mpsc::channel());
    let body = {
        let gate = gate.clone();
        move || {
            sender.send(crate::current_cancel()).unwrap();
            gate.pass()
        }
    };
    let running = pool.submit(Task::new(body)).unwrap();
    let token: Cancel = tokens.recv_timeout(LONG).unwrap().unwrap();
    let waiting: Vec<_> = (0..2).map(|_| gate.hold(&pool).unwrap()).collect();
    let report = pool.close(Duration::from_millis(20)).unwrap();
    assert_eq!((report.is_drained, report.abandoned_threads), (false, 1));
    assert!(token.is_cancelled());
    assert_eq!(running.wait(), Err(TaskError::Closed));
    waiting
        .into_iter()
        .for_each(|handle| assert_eq!(handle.wait(), Err(TaskError::Closed)));
    let counters = pool.stats().counters;
    assert_eq!((counters.submitted, counters.settled()), (3, 3));
    gate.open();
    eventually(|| pool.stats().threads.busy == 0);
}

#[test]
fn a_second_close_is_a_clear_error() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    run_one(&pool);
    assert!(pool.close(LONG).unwrap().is_drained);
    assert_eq!(pool.close(LONG), Err(AlreadyClosed));
    assert_eq!(pool.submit(Task::new(|| ())).unwrap_err(), Rejected::Closed);
}

#[test]
fn a_pool_that_never_ran_a_task_closes() {
    assert!(Pool::builder().build().unwrap().close(LONG).unwrap().is_drained);
    assert!(
        Pool::builder()
            .min_threads(2)
            .build()
            .unwrap()
            .close(LONG)
            .unwrap()
            .is_drained
    );
}

#[test]
fn a_pool_that_was_told_to_close_before_can_be_waited_for() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    pool.begin_close();
    pool.begin_close();
    assert_eq!(pool.submit(Task::new(|| ())).unwrap_err(), Rejected::Closed);
    assert!(pool.close(LONG).unwrap().is_drained);
}

/// What a thread drops when it ends: held until the gate opens.
struct Slow(Gate, Arc<AtomicBool>);

impl Drop for Slow {
    fn drop(&mut self) {
        self.0.pass();
        self.1.store(true, Ordering::SeqCst);
    }
}

thread_local! {
    static SLOW: RefCell<Option<Slow>> = const { RefCell::new(None) };
}

#[test]
fn close_does_not_wait_for_destructors_of_a_thread_beyond_its_limit() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let (gate, has_ended) = (Gate::default(), Arc::new(AtomicBool::new(false)));
    let slow = Slow(gate.clone(), has_ended.clone());
    let body = || SLOW.with(|place| *place.borrow_mut() = Some(slow));
    pool.submit(Task::new(body)).unwrap().wait().unwrap();
    assert!(pool.close(Duration::from_millis(20)).unwrap().is_drained);
    assert!(!has_ended.load(Ordering::SeqCst));
    gate.open();
    eventually(|| has_ended.load(Ordering::SeqCst));
}

#[test]
fn dropping_the_last_pool_finishes_what_it_took() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let handles: Vec<_> = (0..10)
        .map(|n| pool.submit(Task::new(move || n)).unwrap())
        .collect();
    drop(pool);
    let outcomes: Vec<_> = handles.into_iter().map(|handle| handle.wait().unwrap()).collect();
    assert_eq!(outcomes, (0..10).collect::<Vec<_>>());
}

/// The threads of this process whose name begins with `prefix`. One that has been joined stays in the system's list for a moment,
/// marked as exiting.
#[cfg(target_os = "linux")]
fn threads_named(prefix: &str) -> usize {
    const EXITING: u32 = 4; // `PF_EXITING`, see `flags` in proc_pid_stat(5)
    let is_there = |stat: &str| {
        let (_, rest) = stat.split_once('(')?;
        let (name, fields) = rest.rsplit_once(") ")?;
        let flags: u32 = fields.split(' ').nth(6)?.parse().ok()?;
        Some(name.starts_with(prefix) && flags & EXITING == 0)
    };
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let stats = tasks.map(|task| std::fs::read_to_string(task.path().join("stat")).unwrap_or_default());
    stats.filter(|stat| is_there(stat) == Some(true)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn after_close_the_systems_thread_count_is_back_at_the_baseline() {
    // Other tests run pools in this process, so the threads of this one are told by what the system calls them.
    let pool = Pool::builder()
        .max_threads(4)
        .cores(4)
        .idle_timeout(Duration::from_millis(5))
        .build()
        .unwrap();
    let gate = Gate::default();
    let rename = {
        let gate = gate.clone();
        move || {
            std::fs::write("/proc/thread-self/comm", "baseline").unwrap();
            gate.pass();
        }
    };
    let handles: Vec<_> = (0..4)
        .map(|_| pool.submit(Task::new(rename.clone())).unwrap())
        .collect();
    eventually(|| threads_named("baseline") == 4);
    gate.open();
    handles.into_iter().for_each(|handle| handle.wait().unwrap());
    assert!(pool.close(LONG).unwrap().is_drained);
    assert_eq!(threads_named("baseline"), 0);
}
