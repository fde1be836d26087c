//! Threads that wait for disks, so that event loops do not.

use std::{
    collections::VecDeque,
    io,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use gopool_pool::niceness::unniced;
use tokio::sync::oneshot;

/// The most of these threads.
const MOST: usize = 4;
/// How long one stays without work.
const KEEP: Duration = Duration::from_secs(15);

static DISK: Disk = Disk {
    state: Mutex::new(State {
        waiting: VecDeque::new(),
        idle: 0,
        threads: 0,
    }),
    work: Condvar::new(),
};

type Work = Box<dyn FnOnce() + Send>;

struct Disk {
    state: Mutex<State>,
    /// There is some.
    work: Condvar,
}

/// Guarded by one lock: what is to be done, and who could.
struct State {
    /// One from each event loop's task at most, so their number is that of the connections.
    waiting: VecDeque<Work>,
    idle: usize,
    threads: usize,
}

/// Runs `work`, which reads or writes a file, on one of few threads, and waits for it without blocking this one.
///
/// # Errors
/// That of `work`; or the system gives no thread.
pub(crate) async fn on_disk<T, F>(work: F) -> io::Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> io::Result<T> + Send + 'static,
{
    let (done, is_done) = oneshot::channel();
    DISK.submit(Box::new(move || {
        // Whoever wanted it may have left.
        drop(done.send(work()));
    }))?;
    is_done
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the thread that should do it ended")))
}

impl Disk {
    fn submit(&'static self, work: Work) -> io::Result<()> {
        let mut state = self.lock();
        state.waiting.push_back(work);
        if state.idle >= state.waiting.len() || state.threads == MOST {
            drop(state);
            self.work.notify_one();
            return Ok(());
        }
        state.threads += 1;
        let name = format!("gopool-disk-{}", state.threads);
        drop(state);
        let begin = move || {
            thread::Builder::new()
                .name(name)
                .spawn(move || self.serve(Counted))
        };
        match unniced(begin) {
            Ok(_) => Ok(()),
            Err(error) => self.without_thread(error),
        }
    }

    /// Others will do it, if there are any.
    fn without_thread(&self, error: io::Error) -> io::Result<()> {
        let mut state = self.lock();
        state.threads -= 1;
        if state.threads > 0 {
            return Ok(());
        }
        let undone = std::mem::take(&mut state.waiting);
        drop(state);
        // Each of them is told by that.
        drop(undone);
        Err(error)
    }

    /// Does what there is, until there was nothing for a while.
    fn serve(&self, counted: Counted) {
        let mut state = self.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                drop(state);
                work();
                state = self.lock();
                continue;
            }
            state.idle += 1;
            let waited = self
                .work
                .wait_timeout_while(state, KEEP, |state| state.waiting.is_empty());
            let (after, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = after;
            state.idle -= 1;
            if timeout.timed_out() && state.waiting.is_empty() {
                state.threads -= 1;
                // Counted out under the same lock, lest work that comes now counts on it.
                std::mem::forget(counted);
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread that is counted, also when its work panics.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DISK.lock().threads -= 1;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn it_runs_elsewhere_and_gives_back_what_it_came_to() {
        let name = on_disk(|| Ok(thread::current().name().map(str::to_owned)));
        assert!(name.await.unwrap().unwrap().starts_with("gopool-disk-"));
        let failed = on_disk(|| Err::<(), _>(io::Error::other("on purpose")));
        assert_eq!(failed.await.unwrap_err().to_string(), "on purpose");
    }

    #[tokio::test]
    async fn many_at_once_take_few_threads() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let together = Arc::new(Barrier::new(MOST));
        let one = |_| {
            let (now, most, together) = (now.clone(), most.clone(), together.clone());
            on_disk(move || {
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                together.wait();
                now.fetch_sub(1, SeqCst);
                Ok(())
            })
        };
        join_all((0..MOST * 4).map(one)).await;
        assert_eq!(most.load(SeqCst), MOST);
    }
}
