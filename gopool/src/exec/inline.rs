//! Here, on the event loop.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use super::current::{Current, PlainCall};
use crate::{
    call::Call,
    error::{Error, Kind},
    route::{LocalFuture, Outcome},
};
use gopool_pool::{Cancel, panic_text};

/// Calls a plain function. Nothing can interrupt it, so it has no time limit.
pub(super) fn call(handler: fn(&Call) -> Outcome, plain: Arc<PlainCall>) -> Outcome {
    catch(body(handler, plain))?
}

/// What runs for a plain function, wherever that is.
pub(super) fn body(
    handler: fn(&Call) -> Outcome,
    plain: Arc<PlainCall>,
) -> impl FnOnce() -> Outcome + Send + 'static {
    move || Current::Plain(plain.clone()).enter(|| handler(&plain.call))
}

/// Runs `work`; a panic becomes an error.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    // A handler's own values die with its stack, and what it shares is behind locks that know of panics.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Error::panicked(panic_text(payload)))
}

/// Tells whatever an async handler has started that nobody waits for it any longer.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Drives an async handler to its end, at most for `timeout`: then its future is dropped, so it really stops.
pub(super) async fn drive(
    mut future: LocalFuture<'static, Outcome>,
    timeout: Duration,
    current: Current,
) -> Outcome {
    let token = CancelOnDrop(Cancel::new());
    let guarded = poll_fn(
        move |cx| match catch(|| token.0.scope(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panic)),
        },
    );
    let too_long = |_| Error::of(Kind::Timeout).detail(format!("ran longer than {timeout:?}, stopped"));
    tokio::time::timeout(timeout, current.accompany(guarded))
        .await
        .map_err(too_long)?
}
