//! Completions through an event loop's mailbox.

use super::gate::{Gate, LONG};
use crate::{Mailbox, Pool, Task};
use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Instant,
};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_batch_of_completions_wakes_the_event_loop_once_and_then_every_job() {
    let (mailbox, pool, gate) = (
        Mailbox::new(),
        Pool::builder().max_threads(1).build().unwrap(),
        Gate::default(),
    );
    let (postman, task) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (postman_waker, task_waker) = (Waker::from(postman.clone()), Waker::from(task.clone()));
    let mut deliver = pin!(mailbox.deliver());
    assert!(
        deliver
            .as_mut()
            .poll(&mut Context::from_waker(&postman_waker))
            .is_pending()
    );

    let held = gate.hold_all(&pool, 1);
    let mut handles: Vec<_> = (0..10)
        .map(|n| pool.submit(Task::new(move || n).via(&mailbox)).unwrap())
        .collect();
    for handle in &mut handles {
        assert!(
            pin!(handle)
                .poll(&mut Context::from_waker(&task_waker))
                .is_pending()
        );
    }
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    let end = Instant::now() + LONG;
    while !handles.iter().all(|handle| handle.is_finished()) && Instant::now() < end {
        std::thread::yield_now();
    }
    pool.submit(Task::new(|| ())).unwrap().wait().unwrap();
    assert_eq!((postman.get(), task.get()), (1, 0));

    assert!(
        deliver
            .as_mut()
            .poll(&mut Context::from_waker(&postman_waker))
            .is_pending()
    );
    assert_eq!((postman.get(), task.get()), (1, 10));
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(
            pin!(handle).poll(&mut Context::from_waker(&task_waker)),
            Poll::Ready(Ok(n))
        );
    }
}

#[test]
fn without_anybody_delivering_jobs_are_woken_directly() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    assert_eq!(pool.submit(Task::new(|| 1).via(&mailbox)).unwrap().wait(), Ok(1));
    let mut deliver = Box::pin(mailbox.deliver());
    assert!(
        deliver
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    drop(deliver);
    assert_eq!(pool.submit(Task::new(|| 2).via(&mailbox)).unwrap().wait(), Ok(2));
}

#[test]
fn a_delivery_that_ends_wakes_what_is_left_in_the_box() {
    let (mailbox, pool, gate) = (
        Mailbox::new(),
        Pool::builder().max_threads(1).build().unwrap(),
        Gate::default(),
    );
    let task = Arc::new(Count::default());
    let task_waker = Waker::from(task.clone());
    let mut deliver = Box::pin(mailbox.deliver());
    assert!(
        deliver
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
            .is_pending()
    );
    let held = gate.hold_all(&pool, 1);
    let mut handle = pool.submit(Task::new(|| ()).via(&mailbox)).unwrap();
    assert!(
        pin!(&mut handle)
            .poll(&mut Context::from_waker(&task_waker))
            .is_pending()
    );
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    pool.submit(Task::new(|| ())).unwrap().wait().unwrap();
    assert_eq!(task.get(), 0);
    drop(deliver);
    assert_eq!(task.get(), 1);
}
