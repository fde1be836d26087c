//! The ways to get work done on another thread, behind one face.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::LazyLock,
};

use gopool_pool::{Pool, Task};
use tokio::{runtime::Runtime, sync::oneshot};

/// As many threads as the usual small machine has cores.
pub(crate) const THREADS: usize = 2;

/// The result of work that went elsewhere.
pub(crate) type Answer = Pin<Box<dyn Future<Output = u64> + Send>>;

/// One way to get work done.
pub(crate) trait Peer: Sync {
    /// A pool of [`THREADS`] threads, or as near as its options allow.
    fn new() -> Self;
    /// Hands `work` over.
    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer;
}

/// This crate.
pub(crate) struct Gopool(pub(crate) Pool);

impl Peer for Gopool {
    fn new() -> Self {
        let pool = Pool::builder().max_threads(THREADS).max_queue(100_000).build();
        Self(pool.unwrap_or_else(|error| unusable(&error)))
    }

    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer {
        let handle = self.0.submit(Task::new(work));
        let handle = handle.unwrap_or_else(|error| unusable(&error));
        Box::pin(async { handle.await.unwrap_or_else(|error| unusable(&error)) })
    }
}

/// `tokio::task::spawn_blocking`.
pub(crate) struct Tokio(Runtime);

impl Peer for Tokio {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(THREADS)
            .build();
        Self(runtime.unwrap_or_else(|error| unusable(&error)))
    }

    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer {
        let handle = self.0.spawn_blocking(work);
        Box::pin(async { handle.await.unwrap_or_else(|error| unusable(&error)) })
    }
}

/// `rayon::spawn` with a oneshot channel back, and a panic caught, or the first one would abort the process.
pub(crate) struct Rayon(rayon::ThreadPool);

impl Peer for Rayon {
    fn new() -> Self {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
        Self(pool.unwrap_or_else(|error| unusable(&error)))
    }

    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer {
        let (sender, receiver) = oneshot::channel();
        self.0.spawn(move || {
            if let Ok(result) = catch_unwind(AssertUnwindSafe(work)) {
                let _nobody_waits = sender.send(result);
            }
        });
        Box::pin(async { receiver.await.unwrap_or_else(|error| unusable(&error)) })
    }
}

/// `blocking::unblock`. Its one pool is the process's; its size comes from `BLOCKING_MAX_THREADS`.
pub(crate) struct Blocking;

impl Peer for Blocking {
    fn new() -> Self {
        Self
    }

    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer {
        Box::pin(blocking::unblock(work))
    }
}

/// `rusty_pool`.
pub(crate) struct RustyPool(rusty_pool::ThreadPool);

impl Peer for RustyPool {
    fn new() -> Self {
        let builder = rusty_pool::Builder::new().core_size(THREADS).max_size(THREADS);
        Self(builder.build())
    }

    fn submit(&self, work: impl FnOnce() -> u64 + Send + 'static) -> Answer {
        let handle = self.0.evaluate(work);
        Box::pin(async { handle.receiver.await.unwrap_or_else(|error| unusable(&error)) })
    }
}

/// Waits for an answer on this thread, the same way for all.
pub(crate) fn wait(answer: Answer) -> u64 {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build();
        runtime.unwrap_or_else(|error| unusable(&error))
    });
    RUNTIME.block_on(answer)
}

/// A benchmark without its pool has nothing to say.
pub(crate) fn unusable(error: &dyn std::fmt::Display) -> ! {
    eprintln!("{error}");
    std::process::exit(1)
}
