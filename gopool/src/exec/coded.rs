//! What is done with bodies around a handler, content codings among it, is CPU work like any other: done on the thread of a handler, or on the
//! pool for one that is on an event loop.

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

/// Work with the body that a parameter wants to have done, if there is one that does.
pub(super) type Prepare = Option<fn(&Call)>;

/// An async handler, with a body of its request that was prepared on the pool; its reply is for [`reply`] to code.
pub(super) fn asynchronous(
    handler: impl FnOnce(Call) -> LocalFuture<'static, Outcome> + 'static,
    prepare: Prepare,
    call: Call,
) -> LocalFuture<'static, Outcome> {
    if call.envelope.codings.body.is_none() && prepare.is_none() {
        return handler(call);
    }
    Box::pin(async move { handler(prepared(prepare, call).await?).await })
}

/// A call whose body was decoded, and prepared, on the pool.
pub(super) async fn prepared(prepare: Prepare, call: Call) -> Result<Call, Error> {
    if call.envelope.codings.body.is_none() && prepare.is_none() {
        return Ok(call);
    }
    let work = move || {
        let call = call.decoded()?.unwrap_or(call);
        if let Some(prepare) = prepare {
            prepare(&call);
        }
        Ok(call)
    };
    cpu(work).await?
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
