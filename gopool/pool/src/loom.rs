//! Models: loom runs the pool's own code through every order in which its threads can meet, within a bound on preemptions.
//!
//! `RUSTFLAGS="--cfg gopool_loom" cargo test -p gopool-pool --release --lib loom`
//!
//! Each model ends with [`end`]: the pool closes with every thread gone, and the books are balanced. A lost wake-up shows as a deadlock,
//! which loom reports. Time stands still in a model: a limit of zero is over at the clock's next look, any other never is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed unwrap is a failed model"
)]

use crate::{
    Builder, Cancel, Counters, Lane, LaneOptions, Mailbox, Pool, Rejected, Task, TaskError, cancelled,
    face::block_on::block_on,
    rules::growth,
    sync,
    time::{Moment, Nanos},
};
use ::loom::thread;
use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Three preemptions find nearly every bug that any number would; two keep the larger models short, such as those with a clock and a teller.
fn model(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = ::loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(body);
}

/// A pool without deadlines, and so without a clock thread.
fn timeless(threads: usize) -> Builder {
    Pool::builder()
        .cores(2)
        .max_threads(threads)
        .max_overdue(1)
        .max_stalled(1)
        .max_queue(8)
        .timeout(None)
        .nice(0)
}

/// Closes the pool and checks that nothing is left over.
fn end(pool: &Pool) -> Counters {
    let report = pool.close(Duration::MAX).unwrap();
    assert!(report.is_drained);
    let stats = pool.stats();
    let (counters, threads) = (stats.counters, stats.threads);
    assert_eq!(counters.submitted, counters.settled());
    assert_eq!((counters.queued, counters.running), (0, 0));
    assert_eq!((threads.starting, threads.idle, threads.busy), (0, 0, 0));
    assert_eq!((threads.overdue, threads.stalled, threads.lent), (0, 0, 0));
    counters
}

#[test]
fn submit_against_park_loses_no_job() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        for n in 0..2 {
            assert_eq!(pool.submit(Task::new(move || n)).unwrap().wait(), Ok(n));
        }
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn submit_against_the_exit_of_an_idle_thread_loses_no_job() {
    model(3, || {
        let pool = timeless(1).idle_timeout(Duration::ZERO).build().unwrap();
        for n in 0..2 {
            assert_eq!(pool.submit(Task::new(move || n)).unwrap().wait(), Ok(n));
        }
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn the_last_thread_leaves_while_jobs_arrive_from_two_sides() {
    model(3, || {
        let pool = timeless(1).idle_timeout(Duration::ZERO).build().unwrap();
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.submit(Task::new(|| 1)).unwrap().wait())
        };
        assert_eq!(pool.submit(Task::new(|| 2)).unwrap().wait(), Ok(2));
        assert_eq!(other.join().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn one_searcher_at_a_time_still_starts_every_job() {
    model(3, || {
        let pool = timeless(2).build().unwrap();
        let first = pool.submit(Task::new(|| 1)).unwrap();
        let second = pool.submit(Task::new(|| 2)).unwrap();
        assert_eq!((first.wait(), second.wait()), (Ok(1), Ok(2)));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn two_searchers_at_a_time_start_every_job_too() {
    // One preemption: with two this alone takes longer than all others together.
    model(1, || {
        let pool = timeless(2).cores(1).build().unwrap();
        let now = sync::now();
        for at in [now, now + growth::PERIOD] {
            pool.0.shared.lock().growth.observe(at, Duration::ZERO, true);
        }
        assert_eq!(pool.stats().threads.width, 2);
        // With a mailbox each, as a server's: a worker takes its next job as it settles the last.
        let task = |n| Task::new(move || n).via(&Mailbox::new());
        let first = pool.submit(task(1)).unwrap();
        let second = pool.submit(task(2)).unwrap();
        assert_eq!((first.wait(), second.wait()), (Ok(1), Ok(2)));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn cancel_against_start_settles_once() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let runs = Arc::new(AtomicU32::new(0));
        let body = {
            let runs = Arc::clone(&runs);
            move || runs.fetch_add(1, Ordering::Relaxed)
        };
        let handle = pool.submit(Task::new(body)).unwrap();
        handle.cancel();
        let outcome = handle.wait();
        let counters = end(&pool);
        match outcome {
            Ok(_) => assert_eq!((counters.completed, counters.cancelled), (1, 0)),
            Err(error) => {
                assert_eq!(error, TaskError::Cancelled);
                assert_eq!((counters.completed, counters.cancelled), (0, 1));
            }
        }
        assert!(runs.load(Ordering::Relaxed) <= 1);
    });
}

#[test]
fn a_parent_cancelled_during_the_submission_is_not_missed() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        // The only thread is held, so that the task cannot end by running.
        let gate = Arc::new(::loom::sync::Mutex::new(()));
        let closed = gate.lock().unwrap();
        let body = {
            let gate = Arc::clone(&gate);
            move || drop(gate.lock().unwrap())
        };
        let holder = pool.submit(Task::new(body)).unwrap();
        let parent = Cancel::new();
        let other = {
            let parent = parent.clone();
            thread::spawn(move || parent.cancel())
        };
        let outcome = pool.submit(Task::new(|| ()).cancel_with(&parent));
        other.join().unwrap();
        match outcome {
            Err(why) => assert_eq!(why, Rejected::Cancelled),
            Ok(handle) => assert!(handle.is_finished(), "neither refused nor cancelled"),
        }
        drop(closed);
        assert_eq!(holder.wait(), Ok(()));
        end(&pool);
    });
}

#[test]
fn timeout_against_finish_settles_once_and_brings_the_thread_back() {
    model(2, || {
        let pool = timeless(1).build().unwrap();
        let handle = pool.submit(Task::new(|| 1).timeout(Duration::ZERO)).unwrap();
        let outcome = handle.wait();
        let counters = end(&pool);
        match outcome {
            Ok(_) => assert_eq!((counters.completed, counters.timeouts), (1, 0)),
            Err(error) => {
                assert_eq!(error, TaskError::Timeout);
                assert_eq!((counters.completed, counters.timeouts), (0, 1));
            }
        }
    });
}

#[test]
fn queue_timeout_against_start_settles_once() {
    model(2, || {
        let pool = timeless(1).build().unwrap();
        let handle = pool
            .submit(Task::new(|| 1).queue_timeout(Duration::ZERO))
            .unwrap();
        let outcome = handle.wait();
        let counters = end(&pool);
        match outcome {
            Ok(_) => assert_eq!((counters.completed, counters.queue_timeouts), (1, 0)),
            Err(error) => {
                assert_eq!(error, TaskError::QueueTimeout);
                assert_eq!((counters.completed, counters.queue_timeouts), (0, 1));
            }
        }
    });
}

#[test]
fn close_against_submit_runs_or_refuses() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.submit(Task::new(|| 1)).map(crate::Handle::wait))
        };
        let counters = end(&pool);
        match other.join().unwrap() {
            Ok(outcome) => {
                assert_eq!(outcome, Ok(1));
                assert_eq!(counters.completed, 1);
            }
            Err(why) => {
                assert_eq!(why, Rejected::Closed);
                assert_eq!(counters.completed, 0);
            }
        }
    });
}

#[test]
fn a_close_that_does_not_wait_answers_every_handle() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let handle = pool.submit(Task::new(|| 1)).unwrap();
        pool.close(Duration::ZERO).unwrap();
        assert!(matches!(handle.wait(), Ok(1) | Err(TaskError::Closed)));
        let counters = pool.stats().counters;
        assert_eq!(counters.submitted, counters.settled());
    });
}

#[test]
fn dropping_a_handle_against_its_job_leaks_nothing() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        drop(pool.submit(Task::new(|| Box::new(1))).unwrap());
        let counters = end(&pool);
        assert_eq!(counters.completed + counters.cancelled, 1);
    });
}

#[test]
fn dropping_the_pool_against_its_last_job_ends_every_thread() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let handle = pool.submit(Task::new(|| 1)).unwrap();
        drop(pool);
        assert_eq!(handle.wait(), Ok(1));
    });
}

#[test]
fn a_letter_against_the_sleep_of_the_postman_is_delivered() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let mailbox = Mailbox::new();
        let mut handle = pool.submit(Task::new(|| 1).via(&mailbox)).unwrap();
        // An event loop: it delivers, then polls the task, whose waker is its own. A letter that nobody is woken for is a deadlock.
        let event_loop = move || {
            let mut deliver = mailbox.deliver();
            block_on(poll_fn(|context| {
                let _never = Pin::new(&mut deliver).poll(context);
                Pin::new(&mut handle).poll(context)
            }))
        };
        // A thread of its own: loom's `join` does not expect a thread that was unparked once more than it parked.
        assert_eq!(thread::spawn(event_loop).join().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 1);
    });
}

#[test]
fn a_letter_against_the_end_of_the_delivery_wakes_its_task() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let mailbox = Mailbox::new();
        let mut deliver = Box::pin(mailbox.deliver());
        let _never = deliver.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let handle = pool.submit(Task::new(|| 1).via(&mailbox)).unwrap();
        let waiting = thread::spawn(move || handle.wait());
        drop(deliver);
        assert_eq!(waiting.join().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 1);
    });
}

#[test]
fn a_task_posted_while_somebody_is_at_the_books_is_entered() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.is_stuck())
        };
        // Nobody delivers, so whoever posts it tries the books himself, and once.
        let handle = pool.post(Task::new(|| 1).via(&Mailbox::new())).unwrap();
        assert_eq!(handle.wait(), Ok(1));
        assert!(!other.join().unwrap());
        assert_eq!(end(&pool).completed, 1);
    });
}

#[test]
fn tasks_posted_from_two_sides_against_the_sleep_of_the_worker_are_done() {
    model(2, || {
        let pool = timeless(1).build().unwrap();
        let other = {
            let pool = pool.clone();
            thread::spawn(move || pool.post(Task::new(|| 1).via(&Mailbox::new())).unwrap().wait())
        };
        let own = pool.post(Task::new(|| 2).via(&Mailbox::new())).unwrap();
        assert_eq!(own.wait(), Ok(2));
        assert_eq!(other.join().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn what_an_event_loop_posts_in_its_turn_is_handed_over_after_it() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let posts = pool.clone();
        let event_loop = move || {
            let mailbox = Mailbox::new();
            let (mut deliver, mut handle) = (mailbox.deliver(), None);
            block_on(poll_fn(|context| {
                let _never = Pin::new(&mut deliver).poll(context);
                let post = || posts.post(Task::new(|| 1).via(&mailbox)).unwrap();
                Pin::new(handle.get_or_insert_with(post)).poll(context)
            }))
        };
        assert_eq!(thread::spawn(event_loop).join().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 1);
    });
}

#[test]
fn a_late_cancel_never_hits_the_next_job_of_the_thread() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let first = pool.submit(Task::new(|| 1)).unwrap();
        let late = first.token();
        let canceller = thread::spawn(move || late.cancel());
        let second = pool.submit(Task::new(|| (2, cancelled()))).unwrap();
        assert_eq!(second.wait(), Ok((2, false)));
        canceller.join().unwrap();
        assert!(matches!(first.wait(), Ok(1) | Err(TaskError::Cancelled)));
        let counters = end(&pool);
        assert_eq!(counters.completed + counters.cancelled, 2);
    });
}

#[test]
fn a_thread_that_waits_for_its_pool_against_another_that_takes_the_job() {
    model(3, || {
        let pool = timeless(2).build().unwrap();
        let inner = pool.clone();
        let outer = pool.submit(Task::new(move || inner.submit(Task::new(|| 1)).unwrap().wait()));
        assert_eq!(outer.unwrap().wait().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn nested_work_in_the_only_thread_runs_there() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let inner = pool.clone();
        let outer = pool.submit(Task::new(move || inner.submit(Task::new(|| 1)).unwrap().wait()));
        assert_eq!(outer.unwrap().wait().unwrap(), Ok(1));
        assert_eq!(end(&pool).completed, 2);
    });
}

/// Something that a stalled job waits for.
#[derive(Clone, Default)]
struct Bell(Arc<(sync::Mutex<bool>, sync::Condvar)>);

impl Bell {
    fn ring(&self) {
        *sync::lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    fn wait(&self) {
        let mut has_rung = sync::lock(&self.0.0);
        while !*has_rung {
            has_rung = sync::wait(&self.0.1, has_rung, Moment::NEVER);
        }
    }
}

#[test]
fn a_job_that_stalls_against_the_job_that_it_waits_for_has_a_substitute() {
    model(2, || {
        let pool = timeless(1).build().unwrap();
        let (bell, inner) = (Bell::default(), pool.clone());
        let rings = bell.clone();
        let stalls = pool.submit(Task::new(move || inner.stalled(|| bell.wait())));
        let ringer = pool.submit(Task::new(move || rings.ring())).unwrap();
        assert_eq!(stalls.unwrap().wait(), Ok(()));
        assert_eq!(ringer.wait(), Ok(()));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn a_stalled_job_against_its_cancel_ends_and_so_does_the_pool() {
    model(2, || {
        let pool = timeless(1).build().unwrap();
        let (bell, inner) = (Bell::default(), pool.clone());
        let leaves = bell.clone();
        let handle = pool
            .submit(Task::new(move || inner.stalled(|| bell.wait())))
            .unwrap();
        // As a client that leaves: its job is cancelled, then what it waits for is over.
        let client = thread::spawn(move || {
            drop(handle);
            leaves.ring();
        });
        client.join().unwrap();
        let counters = end(&pool);
        assert_eq!(counters.completed + counters.cancelled, 1);
    });
}

/// A pool of one thread, with a lane whose runs are long and one whose runs are short, as far as it knows.
fn long_and_short() -> (Pool, Lane, Lane) {
    let pool = timeless(1).cores(1).build().unwrap();
    let lane = |name: &str, run: u64| {
        let lane = pool.lane(LaneOptions::new(name));
        let mut state = pool.0.shared.lock();
        state.lanes.get_mut(lane.id).run_times.add(Nanos(run));
        lane
    };
    let (long, short) = (lane("long", 1_000_000_000), lane("short", 1_000));
    (pool, long, short)
}

#[test]
fn a_short_job_against_the_start_of_a_long_one_has_its_place() {
    model(2, || {
        let (pool, long, short) = long_and_short();
        let bell = Bell::default();
        let rings = bell.clone();
        let holds = pool.submit(Task::new(move || bell.wait()).lane(&long)).unwrap();
        let ringer = pool.submit(Task::new(move || rings.ring()).lane(&short)).unwrap();
        assert_eq!((holds.wait(), ringer.wait()), (Ok(()), Ok(())));
        assert_eq!(end(&pool).completed, 2);
    });
}

#[test]
fn a_short_job_against_the_park_of_a_lent_thread_has_its_place() {
    model(2, || {
        let (pool, long, short) = long_and_short();
        let bell = Bell::default();
        let rings = bell.clone();
        let holds = pool.submit(Task::new(move || bell.wait()).lane(&long)).unwrap();
        let first = pool.submit(Task::new(|| 1).lane(&short)).unwrap();
        assert_eq!(first.wait(), Ok(1));
        let second = pool.submit(Task::new(move || rings.ring()).lane(&short)).unwrap();
        assert_eq!((holds.wait(), second.wait()), (Ok(()), Ok(())));
        assert_eq!(end(&pool).completed, 3);
    });
}

#[test]
fn a_nudge_against_the_poll_of_a_handle_is_seen() {
    model(3, || {
        let pool = timeless(1).build().unwrap();
        let (early, bell) = (Arc::new(AtomicU32::new(0)), Bell::default());
        let (inner, shown, holds) = (pool.clone(), early.clone(), bell.clone());
        let body = move || {
            shown.store(1, Ordering::Release);
            inner.nudge();
            holds.wait();
        };
        let mut handle = pool.submit(Task::new(body)).unwrap();
        // The handle is polled first, so that a nudge after the look finds somebody to wake.
        let seen = block_on(poll_fn(|context| match Pin::new(&mut handle).poll(context) {
            Poll::Ready(_) => Poll::Ready(0),
            Poll::Pending if early.load(Ordering::Acquire) == 1 => Poll::Ready(1),
            Poll::Pending => Poll::Pending,
        }));
        assert_eq!(seen, 1, "the job is not over before the bell rings");
        bell.ring();
        assert_eq!(handle.wait(), Ok(()));
        assert_eq!(end(&pool).completed, 1);
    });
}
