//! Tasks and completions through an event loop's mailbox.

use super::gate::{Gate, LONG, eventually};
use crate::{
    Handle, Mailbox, Pool, Rejected, Task, TaskError, face::mailbox::Deliver, rules::state::Phase,
    threads::commands,
};
use std::{
    future::Future,
    pin::{Pin, pin},
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

/// An event loop whose turns are taken by hand.
struct EventLoop {
    deliver: Pin<Box<Deliver>>,
    postman: Arc<Count>,
}

impl EventLoop {
    fn of(mailbox: &Mailbox) -> Self {
        let mut event_loop = Self {
            deliver: Box::pin(mailbox.deliver()),
            postman: Arc::default(),
        };
        event_loop.turn();
        event_loop
    }

    fn turn(&mut self) {
        let waker = Waker::from(self.postman.clone());
        let turn = self.deliver.as_mut().poll(&mut Context::from_waker(&waker));
        assert!(turn.is_pending());
    }
}

fn finished<T>(mut handle: Handle<T>) -> Result<T, TaskError> {
    eventually(|| handle.is_finished());
    match Pin::new(&mut handle).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("finished, and not ready"),
    }
}

#[test]
fn what_is_posted_in_a_turn_calls_the_postman_once_and_is_handed_over_by_him() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    let mut event_loop = EventLoop::of(&mailbox);
    let handles: Vec<_> = (0..3)
        .map(|n| pool.post(Task::new(move || n).via(&mailbox)).unwrap())
        .collect();
    assert_eq!(event_loop.postman.get(), 1);
    assert!(!handles.iter().any(Handle::is_finished), "nobody has looked");
    event_loop.turn();
    let outcomes: Vec<_> = handles.into_iter().map(finished).collect();
    assert_eq!(outcomes, [Ok(0), Ok(1), Ok(2)]);
}

#[test]
fn so_much_as_fills_a_batch_is_handed_over_before_the_turn_ends() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    let _event_loop = EventLoop::of(&mailbox);
    let handles: Vec<_> = (0..commands::MOST_POSTED)
        .map(|n| pool.post(Task::new(move || n).via(&mailbox)).unwrap())
        .collect();
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(finished(handle), Ok(n));
    }
}

#[test]
fn without_a_postman_what_is_posted_is_handed_over_at_once() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    assert_eq!(finished(pool.post(Task::new(|| 1).via(&mailbox)).unwrap()), Ok(1));
    assert_eq!(finished(pool.post(Task::new(|| 2)).unwrap()), Ok(2));
    let event_loop = EventLoop::of(&mailbox);
    let handle = pool.post(Task::new(|| 3).via(&mailbox)).unwrap();
    drop(event_loop);
    assert_eq!(finished(handle), Ok(3), "posted to one who has left");
}

#[test]
fn who_is_at_the_books_enters_what_is_posted_meanwhile() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    let books = pool.0.shared.lock();
    // Without a postman, so that it would be entered now if that were possible.
    let handles: Vec<_> = (0..100)
        .map(|n| pool.post(Task::new(move || n).via(&mailbox)).unwrap())
        .collect();
    assert_eq!(books.lanes.waiting(), 0);
    drop(books);
    for (n, handle) in handles.into_iter().enumerate() {
        assert_eq!(finished(handle), Ok(n));
    }
}

#[test]
fn a_refusal_of_what_was_posted_is_its_outcome_and_its_body_is_dropped_by_who_posted_it() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    let mut event_loop = EventLoop::of(&mailbox);
    let (body, task) = (Arc::new(()), Arc::new(Count::default()));
    let inside = body.clone();
    let mut handle = pool.post(Task::new(move || drop(inside)).via(&mailbox)).unwrap();
    let waker = Waker::from(task.clone());
    assert!(
        Pin::new(&mut handle)
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    // Closed without a look at what was posted: that is in the books only when the postman was here.
    pool.0.shared.ledger.lock().unwrap().state.phase = Phase::Closing;
    event_loop.turn();
    assert_eq!(Arc::strong_count(&body), 1);
    assert_eq!(
        (event_loop.postman.get(), task.get()),
        (2, 0),
        "its answer is a letter"
    );
    event_loop.turn();
    assert_eq!(task.get(), 1);
    assert_eq!(finished(handle), Err(TaskError::Rejected(Rejected::Closed)));
    let counters = pool.stats().counters;
    assert_eq!((counters.submitted, counters.rejected), (1, 1));
}

#[test]
fn what_is_cancelled_before_it_was_handed_over_never_runs() {
    let (mailbox, pool) = (Mailbox::new(), Pool::builder().max_threads(1).build().unwrap());
    let mut event_loop = EventLoop::of(&mailbox);
    let gate = Gate::default();
    let held = gate.hold_all(&pool, 1);
    let cancelled = pool.post(Task::new(|| panic!("it runs")).via(&mailbox)).unwrap();
    let left = pool.post(Task::new(|| panic!("it runs")).via(&mailbox)).unwrap();
    cancelled.cancel();
    drop(left);
    event_loop.turn();
    assert_eq!(finished(cancelled), Err::<(), _>(TaskError::Cancelled));
    gate.open();
    held.into_iter().for_each(|handle| handle.wait().unwrap());
    let counters = pool.stats().counters;
    assert_eq!(
        (counters.submitted, counters.cancelled, counters.panicked),
        (3, 2, 0)
    );
}
