//! Content codings are CPU work like any other: done on the thread of a handler, or on the pool for one that is on an event loop.

use super::cpu::cpu;
use crate::{
    call::Call,
    compress::ReplyCoding,
    error::Error,
    route::{LocalFuture, Outcome},
};

/// Around a handler that runs on this thread.
pub(super) fn in_place(call: &Call, handler: impl FnOnce(&Call) -> Outcome) -> Outcome {
    let codings = call.envelope.codings;
    if !codings.is_some() {
        return handler(call);
    }
    let outcome = match call.decoded()? {
        Some(decoded) => handler(&decoded),
        None => handler(call),
    };
    outcome.map(|response| codings.reply.apply(response))
}

/// An async handler, with a body of its request that was decoded on the pool; its reply is for [`reply`] to code.
pub(super) fn asynchronous(
    handler: impl FnOnce(Call) -> LocalFuture<'static, Outcome> + 'static,
    call: Call,
) -> LocalFuture<'static, Outcome> {
    if call.envelope.codings.body.is_none() {
        return handler(call);
    }
    Box::pin(async move { handler(decoded(call).await?).await })
}

/// A call whose body was decoded on the pool.
pub(super) async fn decoded(call: Call) -> Result<Call, Error> {
    if call.envelope.codings.body.is_none() {
        return Ok(call);
    }
    let decode = move || Ok(call.decoded()?.unwrap_or(call));
    cpu(decode).await?
}

/// The reply of a handler on an event loop, coded on the pool. It is sent as it is when the pool does not take that.
pub(super) async fn reply(coding: ReplyCoding, outcome: Outcome) -> Outcome {
    let response = outcome?;
    if !coding.is_work(&response) {
        return Ok(coding.as_it_is(response));
    }
    let plain = response.clone();
    let coded = cpu(move || coding.apply(response)).await;
    Ok(coded.unwrap_or_else(|_| coding.as_it_is(plain)))
}
