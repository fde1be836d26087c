//! `gopool::cpu`: the CPU part of an async handler.

use std::{
    cell::RefCell,
    future::poll_fn,
    ptr,
    sync::OnceLock,
    task::{Poll, RawWakerVTable, Waker},
};

use super::{
    current::{Current, current},
    executor::Executor,
    panic::catch,
};
use crate::error::Error;
use gopool_pool::{Mailbox, Stats, Task};

/// How this process runs CPU work outside of any call, such as in a task that a handler spawned.
static PROCESS: OnceLock<Executor> = OnceLock::new();

thread_local! {
    /// The same for the tasks of one event loop, in a process that has several applications: tests.
    static THREAD: RefCell<Option<Executor>> = const { RefCell::new(None) };
}

/// The mailbox of an event loop, and how its tasks are woken.
#[derive(Clone)]
struct Post {
    mailbox: Mailbox,
    wakers: &'static RawWakerVTable,
}

thread_local! {
    /// Of the event loop that this thread is.
    static POST: RefCell<Option<Post>> = const { RefCell::new(None) };
}

/// This thread is the event loop of this mailbox: by it, and not one by one, the CPU work of its tasks goes to the pool and comes back. To be
/// spawned there.
pub(crate) async fn deliver_on_thread(mailbox: Mailbox) {
    let wakers = poll_fn(|context| Poll::Ready(context.waker().vtable())).await;
    POST.set(Some(Post {
        mailbox: mailbox.clone(),
        wakers,
    }));
    mailbox.deliver().await;
}

/// The mailbox for whoever is woken like this. Only tasks of the loop: who blocks it with an executor of his own keeps the mailbox from
/// being served, and would wait for ever for what comes by it.
fn mailbox(waker: &Waker) -> Option<Mailbox> {
    let post = POST.with_borrow(Clone::clone)?;
    ptr::eq(post.wakers, waker.vtable()).then_some(post.mailbox)
}

/// Names the executor for CPU work outside of any call. Only the first one counts: a process has one master.
pub(crate) fn set_process_executor(executor: Executor) {
    let _ = PROCESS.set(executor);
}

/// Names the executor for CPU work that tasks on this thread have outside of any call.
pub(crate) fn set_thread_executor(executor: Executor) {
    THREAD.set(Some(executor));
}

/// That of the call, of this thread's event loop, or of this process, whichever is there first.
fn executor(current: Option<&Current>) -> Option<Executor> {
    let of_call = current.map(|current| Executor::clone(&current.workplace().executor));
    of_call
        .or_else(|| THREAD.with_borrow(Clone::clone))
        .or_else(|| PROCESS.get().cloned())
}

/// What the pool of this application has done and is doing; `None` before the launch, and in a program on one thread.
pub fn stats() -> Option<Stats> {
    match executor(current().as_ref())? {
        Executor::Pooled(pooled, _) => Some(pooled.pool.stats()),
        Executor::Inline => None,
    }
}

/// Runs `work` on the pool and waits for it without blocking the event loop.
///
/// It waits and runs under what is left of the deadline of the request that it belongs to, in the queue of its route.
/// Dropping the future takes waiting work out of the queue and tells running work to stop (see [`crate::cancelled`]).
/// In a program on one thread (`start_single`) it runs at once, here; so it does on a thread of the pool, in a plain `fn` that calls
/// [`block_on`](crate::block_on).
///
/// # Errors
/// The work was not run (503), ran too long (504) or panicked (500). What `work` itself returns is handed through, so a
/// handler may end with `gopool::cpu(move || score(row)).await?`.
///
/// ```no_run
/// use gopool::{Error, Path};
///
/// #[gopool::get("/v1/digest/{n}")]
/// async fn digest(n: Path<u64>) -> Result<String, Error> {
///     let rounds = *n;
///     let sum = gopool::cpu(move || (0..rounds).fold(0_u64, |sum, i| sum.rotate_left(5) ^ i)).await?;
///     Ok(format!("{sum:x}"))
/// }
/// ```
pub async fn cpu<T, F>(work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let current = current();
    match executor(current.as_ref()) {
        // In place: whoever waits for the pool's threads on one of them may wait for himself. Limits and token are those of the task here.
        Some(Executor::Pooled(pooled, _)) if pooled.pool.is_own_thread() => catch(work),
        Some(Executor::Pooled(pooled, _)) => {
            let own = current.clone();
            let in_its_name = move || match own {
                Some(current) => current.enter(work),
                None => work(),
            };
            let lane = current.as_ref().and_then(|current| current.workplace().lane);
            let deadline = current.as_ref().and_then(Current::deadline);
            let mut task = Task::new(in_its_name);
            if let Some(current) = &current {
                task = task.tag(current.tag());
            }
            if let Some(mailbox) = poll_fn(|context| Poll::Ready(mailbox(context.waker()))).await {
                task = task.via(&mailbox);
            }
            pooled.cpu(lane, deadline, task).await
        }
        Some(Executor::Inline) | None => catch(work),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use std::{
        pin::pin,
        sync::Arc,
        task::{Context, Wake},
        thread::{self, Thread},
        time::{Duration, Instant},
    };

    use gopool_pool::{LaneOptions, Pool};
    use tokio::{
        runtime::Builder,
        task::{LocalSet, spawn_local, yield_now},
    };

    use super::*;
    use crate::exec::{Pooled, block_on};

    const LIMIT: Duration = Duration::from_secs(30);

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// As executors of others do it, with nothing but the thread.
    fn block_like_others<T>(future: impl Future<Output = T>) -> T {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let (mut future, started) = (pin!(future), Instant::now());
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park_timeout(LIMIT),
            }
            assert!(started.elapsed() < LIMIT, "nobody serves what it waits for");
        }
    }

    #[test]
    fn whoever_blocks_an_event_loop_does_not_wait_for_its_mailbox() {
        let pool = Pool::builder().max_threads(1).build().unwrap();
        let executor = Executor::Pooled(Pooled { pool: pool.clone() }, None);
        let (blocked, asked) =
            LocalSet::new().block_on(&Builder::new_current_thread().build().unwrap(), async {
                set_thread_executor(executor);
                spawn_local(deliver_on_thread(Mailbox::new()));
                yield_now().await;
                let task = spawn_local(async {
                    let is_by_mail = poll_fn(|context| Poll::Ready(mailbox(context.waker()).is_some())).await;
                    (block_like_others(cpu(|| 7)).unwrap(), is_by_mail)
                });
                let blocked = task.await.unwrap();
                (blocked, spawn_local(cpu(|| 8)).await.unwrap().unwrap())
            });
        assert_eq!((blocked, asked), ((7, true), 8));
    }

    #[test]
    fn on_a_thread_of_the_pool_it_runs_in_place() {
        let pool = Pool::builder().max_threads(1).build().unwrap();
        let lane = pool.lane(LaneOptions::new("single").concurrency(std::num::NonZeroUsize::MIN));
        let executor = Executor::Pooled(Pooled { pool: pool.clone() }, None);
        let body = move || {
            set_thread_executor(executor);
            let outer = std::thread::current().id();
            let inner = block_on(async { cpu(|| std::thread::current().id()).await });
            let panicked = block_on(async { cpu(|| Vec::<u8>::new()[usize::from(true)]).await });
            (inner.unwrap() == outer, panicked.is_err())
        };
        let outcome = pool.submit(Task::new(body).lane(&lane)).unwrap().wait().unwrap();
        assert_eq!(outcome, (true, true));
        assert_eq!(pool.stats().counters.submitted, 1);
    }
}
