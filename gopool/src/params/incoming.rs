//! `Incoming`: a body that is taken while it arrives.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;

use super::{
    param::{OptionalParam, Param},
    spec::{Delivery, Spec},
};
use crate::{call::Call, error::Error, message::LiveParts};

/// A body that an `async fn` takes while it arrives, whatever its type. Nothing of it is kept: a client that sends faster than the handler takes waits.
///
/// The client is asked for the body with the first [`next`](Self::next), so what can be refused without it is best refused before. The same
/// limits hold as for all bodies: `max_body`, `--body-timeout`, `--min-receive-rate`; what breaks them, or breaks off, is an error that answers by itself
/// when it is returned. The route's `timeout` stands while the client is waited for, and begins anew with each part.
///
/// ```
/// use gopool::{Error, Incoming};
///
/// #[gopool::put("/v1/log", max_body = "10GB")]
/// async fn log(mut body: Incoming) -> Result<String, Error> {
///     let mut lines = 0;
///     while let Some(part) = body.next().await? {
///         lines += part.iter().filter(|byte| **byte == b'\n').count();
///     }
///     Ok(lines.to_string())
/// }
///
/// let lines = gopool::block_on(log(Incoming::new("a\nb\n")));
/// assert_eq!(lines.unwrap(), "2");
/// ```
///
/// It is also a `futures` stream of its parts. A plain `fn` takes an [`Upload`](crate::Upload) instead: no thread of the pool waits for a client.
pub struct Incoming {
    /// `None` when nobody will give any.
    parts: Option<LiveParts>,
}

impl Incoming {
    /// One of these bytes, for the test of a handler.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            parts: LiveParts::whole(bytes.into()),
        }
    }

    /// The next part as it came, `None` at the end.
    ///
    /// # Errors
    /// The body is too large, too slow, or broke off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match &mut self.parts {
            Some(parts) => parts.next().await.map_err(Error::uncarried),
            None => Ok(None),
        }
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.parts {
            Some(parts) => parts
                .poll(context)
                .map(|part| part.map_err(Error::uncarried).transpose()),
            None => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").finish_non_exhaustive()
    }
}

impl Param for Incoming {
    const SPEC: &'static Spec = &Spec {
        reads_body: true,
        delivery: Delivery::Live,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let request = call.request();
        let parts = match request.live() {
            Some(live) => Some(
                live.take()
                    .ok_or_else(|| Error::internal("the body was taken before"))?,
            ),
            None => LiveParts::whole(request.body().clone()),
        };
        Ok(Self { parts })
    }
}

/// Never absent: whether a body is empty shows when it has come.
impl OptionalParam for Incoming {
    fn is_absent(_call: &Call) -> bool {
        false
    }
}
