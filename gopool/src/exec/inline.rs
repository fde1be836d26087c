//! Here, on the event loop.

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use super::{
    current::{Current, PlainCall},
    flow,
    panic::catch,
};
use crate::{
    call::Call,
    error::{Error, Kind},
    message::Response,
    route::{LocalFuture, Outcome},
};
use gopool_pool::Cancel;

/// Calls a plain function. Nothing can interrupt it, so it has no time limit.
pub(super) fn call(handler: fn(&Call) -> Outcome, plain: Arc<PlainCall>) -> Outcome {
    catch(body(handler, plain, flow::on_loop))?
}

/// What runs for a plain function, wherever that is; `flows` makes the answer of one whose body flows.
pub(super) fn body(
    handler: fn(&Call) -> Outcome,
    plain: Arc<PlainCall>,
    flows: fn(Response, &Arc<PlainCall>) -> Outcome,
) -> impl FnOnce() -> Outcome + Send + 'static {
    move || {
        Current::Plain(plain.clone()).enter(|| match handler(&plain.call) {
            Ok(response) if response.flow().is_some() => flows(response, &plain),
            outcome => outcome,
        })
    }
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
    let answered = async {
        match guarded.await {
            Ok(response) if response.flow().is_some() => flow::of_async(response, timeout).await,
            outcome => outcome,
        }
    };
    tokio::time::timeout(timeout, current.accompany(answered))
        .await
        .map_err(too_long)?
}
