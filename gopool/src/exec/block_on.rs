//! `gopool::block_on`: async I/O from a plain handler.

use std::{
    io,
    sync::{Mutex, OnceLock, PoisonError},
    thread,
};

use gopool_pool::niceness::unniced;
use tokio::runtime::{Builder, Handle, Runtime};

/// Waits on this thread until `future` is ready, and gives back what it comes to.
///
/// This is how a plain `fn` on the pool uses an async library (`sqlx`, `reqwest`). The thread is busy meanwhile; a handler
/// that mostly waits is better an `async fn`. Sockets and timers made inside live on one shared runtime with a thread of its
/// own, started with the first call.
///
/// ```
/// let answer = gopool::block_on(async { 6 * 7 });
/// assert_eq!(answer, 42);
/// ```
///
/// # Panics
/// When the operating system gives no thread or descriptors for the runtime; on the pool that is a 500.
pub fn block_on<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => refuse(&error),
    };
    let Ok(current) = Handle::try_current() else {
        return runtime.block_on(future);
    };
    if current.id() == runtime.handle().id() {
        // This thread drives the runtime, or is inside of an outer `block_on`: another one takes over while it waits.
        return tokio::task::block_in_place(|| current.block_on(future));
    }
    // This thread is an event loop (an inline handler, or `start_single`), which no second runtime may block.
    thread::scope(|scope| {
        let waiting = thread::Builder::new()
            .name("gopool-block-on".to_owned())
            .spawn_scoped(scope, || runtime.block_on(future));
        match waiting.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(output)) => output,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => refuse(&error),
        }
    })
}

/// The same for a future that stays on this thread, which is no event loop.
///
/// # Errors
/// The operating system gives no thread or descriptors for the runtime.
pub(crate) fn block_on_here<F: Future>(future: F) -> io::Result<F::Output> {
    Ok(runtime()?.block_on(future))
}

/// The shared runtime, made on first use. A failure is not kept: the next call tries again.
fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let build = || {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(1).thread_name("gopool-io");
        builder.enable_all().build()
    };
    // Whoever is first may be a thread of the pool that gives way to others. All I/O would, for ever.
    let runtime = unniced(build)?;
    Ok(RUNTIME.get_or_init(|| runtime))
}

#[allow(
    clippy::panic,
    reason = "the signature has no error; the pool turns the panic into a 500"
)]
fn refuse(error: &io::Error) -> ! {
    panic!("cannot start the runtime for `gopool::block_on`: {error}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::block_on;

    #[test]
    fn timers_work_inside() {
        block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
    }

    #[test]
    fn it_works_in_itself_and_in_tasks_of_its_own_runtime() {
        async fn timer() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        block_on(async { block_on(timer()) });
        let spawned = block_on(async {
            let inner = tokio::spawn(async { block_on(async { block_on(timer()) }) });
            timer().await;
            inner.await
        });
        assert!(spawned.is_ok());
    }

    #[test]
    fn it_works_on_an_event_loop_too() {
        let outer = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let answer = outer.map(|outer| outer.block_on(async { block_on(async { 7 }) }));
        assert_eq!(answer.ok(), Some(7));
    }
}
