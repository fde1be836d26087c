//! What only some can do: starting from no thread at all, and taking work back.

use std::sync::mpsc;

use divan::Bencher;
use gopool_pool::{Pool, Task};

use crate::peers::{Gopool, Peer, Tokio, unusable, wait};

/// The first piece of work of a pool without threads. rayon and rusty_pool start theirs beforehand; `blocking` has one pool
/// for the life of the process.
#[divan::bench(types = [Gopool, Tokio])]
fn first_answer<P: Peer>(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(P::new)
        .bench_local_values(|peer| (wait(peer.submit(|| 1)), peer));
}

/// Taking a waiting task out of a queue of so many others.
#[divan::bench(args = [1, 1_000])]
fn cancel_waiting(bencher: Bencher<'_, '_>, others: usize) {
    let pool = Pool::builder().max_threads(1).max_queue(100_000).build();
    let pool = pool.unwrap_or_else(|error| unusable(&error));
    let (open, gate) = mpsc::channel::<()>();
    let submit = |task| pool.submit(task).unwrap_or_else(|error| unusable(&error));
    let blocker = submit(Task::new(Box::new(move || {
        let _opened = gate.recv();
    }) as Box<dyn FnOnce() + Send>));
    let idle = || submit(Task::new(Box::new(|| ()) as Box<dyn FnOnce() + Send>));
    let queue: Vec<_> = (0..others).map(|_| idle()).collect();
    bencher.with_inputs(idle).bench_local_values(|handle| {
        handle.cancel();
        handle
    });
    drop((open, queue, blocker));
}
