//! Another protocol on a connection of ours, which a plain route speaks. Nobody knows when it is at its end but who speaks it; so when the
//! server stops, that one hears that nothing more comes, as if the client had left, and has a while for its last words.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::error::PayloadError;
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::Payload,
};
use bytes::Bytes;
use futures_util::Stream;
use tokio::time::{Sleep, sleep};

use super::drain::{Drain, Serving};
use crate::message::RequestId;

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

type Stopping = Pin<Box<dyn Future<Output = ()>>>;

/// What the client says; it ends when the server stops.
struct Heard {
    said: Payload,
    stopping: Stopping,
    has_stopped: bool,
}

/// What the client is told; it ends some time after the server has begun to stop.
struct Told {
    told: BoxBody,
    stopping: Stopping,
    /// Set once it stops.
    last_words: Option<Pin<Box<Sleep>>>,
    id: RequestId,
    _counted: Serving,
}

/// Has whoever reads this hear when the server stops.
pub(super) fn hear(said: &mut Payload, drain: &Drain) {
    let heard = Heard {
        said: std::mem::replace(said, Payload::None),
        stopping: Box::pin(drain.stopping()),
        has_stopped: false,
    };
    *said = Payload::Stream {
        payload: Box::pin(heard),
    };
}

/// The answer to this request as one that ends with the server.
pub(super) fn tell(told: BoxBody, id: &RequestId, drain: &Drain) -> BoxBody {
    BoxBody::new(Told {
        told,
        stopping: Box::pin(drain.stopping()),
        last_words: None,
        id: id.clone(),
        _counted: drain.flows(),
    })
}

impl Stream for Heard {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.has_stopped && self.stopping.as_mut().poll(context).is_ready() {
            self.has_stopped = true;
            // What still comes is let go of.
            self.said = Payload::None;
        }
        Pin::new(&mut self.said).poll_next(context)
    }
}

impl Told {
    /// Ready when there was time enough for the last words.
    fn poll_time(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            match &mut self.last_words {
                Some(time) => return time.as_mut().poll(context),
                None if self.stopping.as_mut().poll(context).is_pending() => return Poll::Pending,
                None => self.last_words = Some(Box::pin(sleep(LAST_WORDS))),
            }
        }
    }
}

impl MessageBody for Told {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.told.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn StdError>>>> {
        if self.poll_time(context).is_pending() {
            return Pin::new(&mut self.told).poll_next(context);
        }
        tracing::warn!(
            request_id = self.id.as_str(),
            "the server stops, and another protocol on a connection does not end by itself: it is cut off"
        );
        Poll::Ready(None)
    }
}
