//! The body of a request while it arrives, within its limits.

use std::time::Duration;

use actix_http::{RequestHead, error::PayloadError};
use actix_web::dev::Payload;
use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{
    body_limits::BodyLimits,
    connection::announced_length,
    paced::{Pace, Paced, is_too_slow},
};
use crate::{
    error::{Error, Kind},
    message::Inlet,
};

/// What a body gave when it was asked for more: a part of it, its end, or a failure.
pub(super) type Next = Option<Result<Bytes, PayloadError>>;

/// A body that arrives.
pub(super) struct Arriving<'a> {
    payload: Paced,
    /// What it gave when it was asked whether it is here.
    at_hand: Option<Next>,
    limits: &'a BodyLimits,
    /// What its client has announced, in bytes.
    pub(super) announced: u64,
    /// What has come of it, in bytes.
    pub(super) length: u64,
}

impl<'a> Arriving<'a> {
    pub(super) fn new(
        request: &RequestHead,
        payload: Payload,
        at_hand: Option<Next>,
        limits: &'a BodyLimits,
    ) -> Self {
        let come = match &at_hand {
            Some(Some(Ok(part))) => part.len() as u64,
            _ => 0,
        };
        Self {
            payload: Paced::new(payload, limits.pace, come),
            at_hand,
            limits,
            announced: announced_length(request).unwrap_or(0),
            length: 0,
        }
    }

    /// The next part, `None` at its end. Only the time until it comes counts for its limit, not what is done with it.
    ///
    /// # Errors
    /// Too large, too slow, or broken off.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let next = match self.at_hand.take() {
            Some(next) => next,
            None => self.payload.next().await,
        };
        let Some(part) = next else { return Ok(None) };
        let part = part.map_err(|error| match is_too_slow(&error) {
            true => too_slow(self.limits.pace),
            false => broken(&error),
        })?;
        self.length = self.length.saturating_add(part.len() as u64);
        if self.length > self.limits.size {
            return Err(too_large(self.limits.size));
        }
        Ok(Some(part))
    }

    /// Hands all of it on, once somebody wants it, for as long as somebody does.
    pub(super) async fn put_into(mut self, inlet: Inlet) {
        inlet.wanted().await;
        loop {
            let part = self.next().await.map_err(Error::carried);
            let is_last = !matches!(part, Ok(Some(_)));
            if !inlet.put(part).await || is_last {
                return;
            }
        }
    }
}

pub(super) fn too_large(limit: u64) -> Error {
    Error::of(Kind::TooLarge).detail(format!("the body is larger than {limit} bytes"))
}

fn too_slow(pace: Pace) -> Error {
    let Pace { time, min_rate } = pace;
    Error::of(Kind::SlowBody).detail(format!(
        "the body did not arrive within {time:?} and at {min_rate} bytes a second"
    ))
}

pub(super) fn no_memory() -> Error {
    let error = Error::of(Kind::MemoryFull)
        .detail("the bodies of other requests take all memory that there is for them");
    error.retry_after(Duration::from_secs(1))
}

fn broken(error: &PayloadError) -> Error {
    match error {
        PayloadError::EncodingCorrupted => {
            Error::bad_request("the chunks of the body are not those of HTTP/1.1")
        }
        error => Error::bad_request(format!("the body broke off: {error}")),
    }
}
