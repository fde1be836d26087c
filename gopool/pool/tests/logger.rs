//! A logger that panics, in a process of its own: it is the logger of every thread.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod logging;

use std::{sync::mpsc, thread, time::Duration};

use gopool_pool::{Pool, Task, TaskError};

use crate::logging::{LONG, OnEvent};

#[test]
fn a_logger_that_panics_costs_neither_the_clock_nor_a_thread() {
    tracing::subscriber::set_global_default(OnEvent(|| panic!("the logger is broken"))).unwrap();
    let pool = Pool::builder().max_threads(1).max_overdue(1).build().unwrap();
    let (senders, outcomes) = mpsc::channel();
    for _ in 0..3 {
        // Overdue, which is logged by the clock; then back, which is logged by its thread.
        let (open, gate) = mpsc::channel::<()>();
        let task = Task::new(move || gate.recv_timeout(LONG)).timeout(Duration::from_millis(10));
        let (handle, sender) = (pool.submit(task).unwrap(), senders.clone());
        thread::spawn(move || sender.send(handle.wait().map(|_| ())));
        assert_eq!(outcomes.recv_timeout(LONG).unwrap(), Err(TaskError::Timeout));
        drop(open);
        let (handle, sender) = (pool.submit(Task::new(|| ())).unwrap(), senders.clone());
        thread::spawn(move || sender.send(handle.wait()));
        assert_eq!(outcomes.recv_timeout(LONG).unwrap(), Ok(()));
    }
}
