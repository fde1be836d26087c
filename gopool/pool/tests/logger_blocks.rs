//! A logger that never returns, as with a full pipe, in a process of its own: it is the logger of every thread.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod logging;

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use gopool_pool::{Pool, Task, TaskError};

use crate::logging::{LONG, OnEvent};
static STUCK: AtomicUsize = AtomicUsize::new(0);

#[test]
fn a_logger_that_blocks_stops_neither_the_clock_nor_a_worker() {
    tracing::subscriber::set_global_default(OnEvent(|| {
        STUCK.fetch_add(1, Ordering::SeqCst);
        loop {
            thread::park();
        }
    }))
    .unwrap();
    let pool = Pool::builder().max_threads(1).max_overdue(1).build().unwrap();
    let outcome = |task| {
        let (sender, outcome) = mpsc::channel();
        let handle = pool.submit(task).unwrap();
        thread::spawn(move || sender.send(handle.wait()));
        outcome.recv_timeout(LONG).unwrap()
    };
    // Overdue, which is logged; then back, which is logged too.
    for round in 1..=2 {
        let (open, gate) = mpsc::channel::<()>();
        let late = Task::new(move || _ = gate.recv_timeout(LONG)).timeout(Duration::from_millis(10));
        let (sender, told) = mpsc::channel();
        let handle = pool.submit(late).unwrap();
        thread::spawn(move || sender.send(handle.wait()));
        assert_eq!(told.recv_timeout(LONG).unwrap(), Err(TaskError::Timeout));
        drop(open);
        assert_eq!(outcome(Task::new(|| ())), Ok(()), "round {round}");
    }
    assert!(STUCK.load(Ordering::SeqCst) > 0);
}
