//! A body that arrives while its handler runs, from whoever reads it to whoever takes it.

use std::{
    fmt,
    future::poll_fn,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{
        Notify,
        mpsc::{Receiver, Sender, channel},
    },
    time::{error::Elapsed, timeout},
};

use super::flow::Failure;

/// How many parts may be on their way.
const MOST_PARTS: usize = 2;

/// A part of a body, or its end.
type Part = Result<Option<Bytes>, Failure>;

/// The end at which a body is put in.
pub(crate) struct Inlet {
    parts: Sender<Part>,
    clock: Arc<Clock>,
}

/// The end at which it is taken, by one. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Live {
    taken: Arc<Mutex<Option<Receiver<Part>>>>,
    pub(crate) clock: Arc<Clock>,
}

/// The end at which it is taken, taken.
pub(crate) struct LiveParts {
    parts: Receiver<Part>,
    clock: Arc<Clock>,
    has_ended: bool,
}

/// Whether a handler waits for its client, so that its time stands, and how far they are.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    is_waiting: AtomicBool,
    parts: AtomicU64,
    wanted: Notify,
}

/// Both ends of a body.
pub(crate) fn live() -> (Inlet, Live) {
    let (sender, receiver) = channel(MOST_PARTS);
    let clock = Arc::new(Clock::default());
    let live = Live {
        taken: Arc::new(Mutex::new(Some(receiver))),
        clock: clock.clone(),
    };
    let parts = sender;
    (Inlet { parts, clock }, live)
}

impl Inlet {
    /// Ready when somebody wants the body.
    pub(crate) async fn wanted(&self) {
        self.clock.wanted.notified().await;
    }

    /// Waits until there is room. `false` when nobody wants any more.
    pub(crate) async fn put(&self, part: Part) -> bool {
        self.parts.send(part).await.is_ok()
    }
}

impl Live {
    /// `None` when it was taken before.
    pub(crate) fn take(&self) -> Option<LiveParts> {
        let parts = self.taken.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(LiveParts {
            parts,
            clock: self.clock.clone(),
            has_ended: false,
        })
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

impl LiveParts {
    /// One that is whole already.
    pub(crate) fn whole(bytes: Bytes) -> Option<Self> {
        let (inlet, live) = live();
        for part in [Some(bytes), None] {
            inlet.parts.try_send(Ok(part)).ok()?;
        }
        live.take()
    }

    /// The next part, `None` at the end.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Part> {
        if self.has_ended {
            return Poll::Ready(Ok(None));
        }
        let next = self.parts.poll_recv(context);
        self.clock.is_waiting.store(next.is_pending(), Relaxed);
        let Poll::Ready(next) = next else {
            self.clock.wanted.notify_one();
            return Poll::Pending;
        };
        self.clock.parts.fetch_add(1, Relaxed);
        let part = next.unwrap_or_else(|| Err("the handler ended before its body did".into()));
        self.has_ended = !matches!(part, Ok(Some(_)));
        Poll::Ready(part)
    }

    pub(crate) async fn next(&mut self) -> Part {
        poll_fn(|context| self.poll(context)).await
    }
}

impl Drop for LiveParts {
    fn drop(&mut self) {
        self.clock.is_waiting.store(false, Relaxed);
    }
}

impl Clock {
    /// Waits for `work`, as long as it takes a part within `limit`, or waits for one.
    ///
    /// # Errors
    /// It took none, and did not end.
    pub(crate) async fn unless_silent<F: Future>(
        &self,
        limit: Duration,
        work: F,
    ) -> Result<F::Output, Elapsed> {
        let mut work = std::pin::pin!(work);
        loop {
            let before = self.parts.load(Relaxed);
            let ended = timeout(limit, work.as_mut()).await;
            let goes_on = self.is_waiting.load(Relaxed) || self.parts.load(Relaxed) > before;
            if ended.is_ok() || !goes_on {
                return ended;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn what_goes_in_comes_out_to_one() {
        let (inlet, live) = live();
        let mut parts = live.take().unwrap();
        assert!(live.take().is_none());
        let both = async {
            inlet.wanted().await;
            assert!(inlet.put(Ok(Some(Bytes::from_static(b"a")))).await);
            assert!(inlet.put(Ok(None)).await);
        };
        let ((), first) = futures_util::future::join(both, parts.next()).await;
        assert_eq!(first.unwrap().unwrap(), "a");
        for _ in 0..2 {
            assert!(parts.next().await.unwrap().is_none());
        }
        drop(parts);
        assert!(!inlet.put(Ok(None)).await);
    }

    #[tokio::test]
    async fn an_end_that_nobody_has_said_is_a_failure() {
        let (inlet, live) = live();
        let mut parts = live.take().unwrap();
        drop(inlet);
        assert!(parts.next().await.is_err());
    }

    #[tokio::test]
    async fn time_stands_while_a_part_is_waited_for() {
        let limit = Duration::from_millis(20);
        let (inlet, live) = live();
        let mut parts = live.take().unwrap();
        let slow = async {
            tokio::time::sleep(limit * 5).await;
            inlet.put(Ok(None)).await
        };
        let (put, ended) =
            futures_util::future::join(slow, live.clock.unless_silent(limit, parts.next())).await;
        assert!(put && ended.unwrap().unwrap().is_none());
        assert!(live.clock.unless_silent(limit, pending::<()>()).await.is_err());
    }

    #[tokio::test]
    async fn time_begins_anew_with_a_part() {
        let limit = Duration::from_millis(40);
        let mut parts = LiveParts::whole(Bytes::new()).unwrap();
        let clock = parts.clock.clone();
        let handler = async {
            drop(parts.next().await);
            tokio::time::sleep(limit + limit / 2).await;
        };
        assert!(clock.unless_silent(limit, handler).await.is_ok());
    }
}
