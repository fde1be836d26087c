//! Tokens, and the two clocks on real threads.

use super::gate::{Gate, LONG, eventually, run_one};
use crate::{
    Cancel, Pool, Rejected, Task, TaskError, cancelled, checkpoint, current_cancel,
    face::cancel::{Flag, Token},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

fn single() -> Pool {
    Pool::builder().max_threads(1).build().unwrap()
}

/// A body that spins until its token is set, with a limit.
fn polite() -> bool {
    let end = Instant::now() + LONG;
    while Instant::now() < end {
        if checkpoint().is_err() {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

#[test]
fn a_waiting_task_that_is_cancelled_fails_now_and_never_runs() {
    let pool = single();
    let (gate, ran) = (Gate::default(), Arc::new(AtomicBool::new(false)));
    let held = gate.hold_all(&pool, 1);
    let body = {
        let ran = ran.clone();
        move || ran.store(true, Ordering::SeqCst)
    };
    let handle = pool.submit(Task::new(body)).unwrap();
    handle.cancel();
    assert_eq!(pool.stats().counters.queued, 0);
    assert_eq!(handle.wait(), Err(TaskError::Cancelled));
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    run_one(&pool);
    assert!(!ran.load(Ordering::SeqCst));
}

#[test]
fn a_running_task_that_is_cancelled_is_answered_at_once_and_its_thread_stays_accounted_for() {
    let pool = single();
    let gate = Gate::default();
    let mut held = gate.hold_all(&pool, 1);
    let (handle, token) = (held.remove(0), Cancel::new());
    let token_of_job = handle.token();
    handle.cancel();
    assert_eq!(handle.wait(), Err(TaskError::Cancelled));
    assert!(token_of_job.is_cancelled() && !token.is_cancelled());
    let stats = pool.stats();
    assert_eq!(
        (
            stats.threads.busy,
            stats.counters.running,
            stats.counters.cancelled
        ),
        (1, 0, 1)
    );
    gate.open();
    eventually(|| pool.stats().threads.busy == 0);
}

#[test]
fn an_expired_token_is_refused_before_the_queue() {
    let (pool, token) = (single(), Cancel::new());
    token.cancel();
    assert_eq!(
        pool.submit(Task::new(|| ()).cancel_with(&token)).unwrap_err(),
        Rejected::Cancelled
    );
    assert_eq!(pool.stats().counters.rejected, 1);
}

#[test]
fn of_two_waiting_tasks_cancelled_in_reverse_order_the_third_still_runs() {
    let pool = single();
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let tasks: Vec<_> = (0..3)
        .map(|n| pool.submit(Task::new(move || n)).unwrap())
        .collect();
    tasks[1].cancel();
    tasks[0].cancel();
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    let outcomes: Vec<_> = tasks.into_iter().map(|task| task.wait()).collect();
    assert_eq!(
        outcomes,
        [Err(TaskError::Cancelled), Err(TaskError::Cancelled), Ok(2)]
    );
}

#[test]
fn a_late_cancel_never_hits_the_next_task_of_the_thread() {
    let pool = single();
    let first = pool.submit(Task::new(current_cancel)).unwrap();
    let token = first.wait().unwrap().unwrap();
    let gate = Gate::default();
    let (sender, seen) = mpsc::channel();
    let body = {
        let gate = gate.clone();
        move || {
            sender.send(()).unwrap();
            gate.pass();
            cancelled()
        }
    };
    let second = pool.submit(Task::new(body)).unwrap();
    seen.recv_timeout(LONG).unwrap();
    token.cancel();
    gate.open();
    assert_eq!(second.wait(), Ok(false));
}

#[test]
fn a_parent_token_cancels_waiting_and_running_tasks_and_forgets_ended_ones() {
    let pool = Pool::builder().max_threads(1).build().unwrap();
    let parent = Cancel::new();
    pool.submit(Task::new(|| ()).cancel_with(&parent))
        .unwrap()
        .wait()
        .unwrap();
    let running = pool.submit(Task::new(polite).cancel_with(&parent)).unwrap();
    eventually(|| pool.stats().counters.running == 1);
    let waiting = pool.submit(Task::new(|| true).cancel_with(&parent)).unwrap();
    parent.cancel();
    assert_eq!(running.wait(), Err(TaskError::Cancelled));
    assert_eq!(waiting.wait(), Err(TaskError::Cancelled));
    assert_eq!(pool.stats().counters.cancelled, 2);
}

/// A token that has been set and has not told its followers yet.
struct Slow(Flag);

impl Token for Slow {
    fn flag(&self) -> &Flag {
        &self.0
    }

    fn cancel(&self) {
        self.0.set();
    }
}

#[test]
fn no_task_begins_once_its_parent_is_set() {
    let pool = single();
    let (gate, parent) = (Gate::default(), Cancel::of(Arc::new(Slow(Flag::default()))));
    let held = gate.hold_all(&pool, 1);
    let waiting = pool.submit(Task::new(|| ()).cancel_with(&parent)).unwrap();
    parent.cancel();
    gate.open();
    assert_eq!(waiting.wait(), Err(TaskError::Cancelled));
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    let counters = pool.stats().counters;
    assert_eq!((counters.cancelled, counters.completed), (1, 1));
}

#[test]
fn a_job_cancels_the_jobs_that_follow_its_own_token() {
    let pool = Pool::builder().max_threads(2).cores(2).build().unwrap();
    let inner = pool.clone();
    let outer = pool.submit(Task::new(move || {
        let task = Task::new(polite).cancel_with(&current_cancel().unwrap());
        inner.submit(task).unwrap().wait()
    }));
    let outer = outer.unwrap();
    eventually(|| pool.stats().counters.running == 2);
    outer.cancel();
    eventually(|| pool.stats().counters.cancelled == 2 && pool.stats().threads.busy == 0);
}

#[test]
fn dropping_the_handle_cancels_a_running_task_unless_it_is_detached() {
    let pool = Pool::builder().max_threads(3).cores(3).build().unwrap();
    let (sender, seen) = mpsc::channel();
    drop({
        let sender = sender.clone();
        let handle = pool
            .submit(Task::new(move || sender.send(("dropped", polite()))))
            .unwrap();
        eventually(|| pool.stats().counters.running == 1);
        handle
    });
    assert_eq!(seen.recv_timeout(LONG).unwrap(), ("dropped", true));
    let gate = Gate::default();
    let body = |name| {
        let (gate, sender) = (gate.clone(), sender.clone());
        move || {
            gate.pass();
            sender.send((name, cancelled())).unwrap()
        }
    };
    drop(pool.submit(Task::new(body("detached")).detached()).unwrap());
    pool.submit(Task::new(body("let go"))).unwrap().detach();
    gate.open();
    let mut ends = [seen.recv_timeout(LONG).unwrap(), seen.recv_timeout(LONG).unwrap()];
    ends.sort_unstable();
    assert_eq!(ends, [("detached", false), ("let go", false)]);
}

#[test]
fn a_task_that_ignores_its_limit_is_answered_in_time_and_its_late_result_dropped() {
    let pool = single();
    let gate = Gate::default();
    let body = {
        let gate = gate.clone();
        move || gate.pass()
    };
    let handle = pool
        .submit(Task::new(body).timeout(Duration::from_millis(20)))
        .unwrap();
    assert_eq!(handle.wait(), Err(TaskError::Timeout));
    assert_eq!(pool.stats().threads.overdue, 1);
    run_one(&pool);
    gate.open();
    eventually(|| pool.stats().threads.overdue == 0);
    let counters = pool.stats().counters;
    assert_eq!(
        (counters.timeouts, counters.completed, counters.running),
        (1, 1, 0)
    );
}

#[test]
fn a_run_limit_sets_the_token() {
    let pool = single();
    let (sender, seen) = mpsc::channel();
    let handle = pool
        .submit(Task::new(move || sender.send(polite())).timeout(Duration::from_millis(20)))
        .unwrap();
    assert_eq!(handle.wait().unwrap_err(), TaskError::Timeout);
    assert!(seen.recv_timeout(LONG).unwrap());
}

#[test]
fn a_task_that_waits_too_long_gets_the_other_error() {
    let pool = single();
    let gate = Gate::default();
    let _held = gate.hold_all(&pool, 1);
    let handle = pool
        .submit(Task::new(|| ()).queue_timeout(Duration::from_millis(20)))
        .unwrap();
    assert_eq!(handle.wait(), Err(TaskError::QueueTimeout));
    assert_eq!(pool.stats().counters.queued, 0);
    gate.open();
}

#[test]
fn outside_of_jobs_nothing_is_cancelled_and_scopes_nest() {
    assert!(!cancelled() && checkpoint().is_ok() && current_cancel().is_none());
    let (outer, inner) = (Cancel::new(), Cancel::new());
    inner.cancel();
    outer.scope(|| {
        assert!(inner.scope(cancelled));
        assert!(!cancelled());
    });
    assert!(current_cancel().is_none());
}
