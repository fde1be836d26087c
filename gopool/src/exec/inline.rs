//! Here, on the event loop.

use std::{
    future::poll_fn,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use super::{
    coded,
    current::{Current, PlainCall},
    flow,
    panic::catch,
};
use crate::{
    call::Standing,
    error::{Error, Kind},
    message::{Clock, Response},
    route::{Hooked, LocalFuture, Outcome},
};
use gopool_pool::Cancel;
use tokio::time::timeout;

/// Calls a plain function here. Nothing here can interrupt it; `limit` is what whoever waits for it has set.
pub(super) fn call(handler: Hooked, plain: Arc<PlainCall>, limit: Option<Duration>) -> Outcome {
    catch(body(handler, plain, flow::on_loop, limit))?
}

/// What runs for a plain function, wherever that is, for as long as `limit`; `flows` makes the answer of one whose body flows.
pub(super) fn body(
    handler: Hooked,
    plain: Arc<PlainCall>,
    flows: impl FnOnce(Response, &Arc<PlainCall>) -> Outcome + Send + 'static,
    limit: Option<Duration>,
) -> impl FnOnce() -> Outcome + Send + 'static {
    move || {
        let current = Current::Plain {
            deadline: end(limit, plain.call.envelope.standing),
            call: plain.clone(),
        };
        current.enter(|| {
            coded::in_place(&plain.call, |call| match handler.call(call) {
                Ok(response) if response.flow().is_some() => flows(response, &plain),
                outcome => outcome,
            })
        })
    }
}

/// When what begins now and may take so long has to be at its end, if ever.
pub(super) fn end(limit: Option<Duration>, standing: Standing) -> Option<Instant> {
    let own = limit.and_then(|limit| Instant::now().checked_add(limit));
    match (own, standing.due) {
        (Some(own), Some(due)) => Some(own.min(due)),
        (own, due) => own.or(due),
    }
}

/// Tells whatever an async handler has started that nobody waits for it any longer.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Drives an async handler to its end, at most for `limit`: then its future is dropped, so it really stops. With a `clock` that is how long it may take
/// no part of its body.
pub(super) async fn drive(
    mut future: LocalFuture<'static, Outcome>,
    limit: Duration,
    current: Current,
    clock: Option<Arc<Clock>>,
) -> Outcome {
    let left = current
        .deadline()
        .map(|end| end.saturating_duration_since(Instant::now()));
    let limit = left.map_or(limit, |left| left.min(limit));
    let reply_coding = current.reply_coding();
    let token = CancelOnDrop(Cancel::new());
    let guarded = poll_fn(
        move |cx| match catch(|| token.0.scope(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(panic) => Poll::Ready(Err(panic)),
        },
    );
    let too_long = |_| Error::of(Kind::Timeout).detail(format!("ran longer than {limit:?}, stopped"));
    let answered = async {
        match guarded.await {
            Ok(response) if response.flow().is_some() => flow::of_async(response, limit).await,
            outcome => coded::reply(reply_coding, outcome).await,
        }
    };
    let accompanied = current.accompany(answered);
    let Some(clock) = clock else {
        return timeout(limit, accompanied).await.map_err(too_long)?;
    };
    let progressing = clock.unless_silent(limit, accompanied);
    let ended = match left {
        Some(left) => timeout(left, progressing).await.map_err(too_long)?,
        None => progressing.await,
    };
    ended.map_err(too_long)?
}
