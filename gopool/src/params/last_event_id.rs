//! `LastEventId`: where a client's stream of events is to go on.

use std::ops::Deref;

use http::HeaderName;

use super::{
    only::only,
    param::{OptionalParam, Param},
    spec::Spec,
};
use crate::{
    call::Call,
    error::{Error, Kind},
};

const NAME: HeaderName = HeaderName::from_static("last-event-id");

/// The id of the last event that a client has seen, of the header `last-event-id`, with which a browser's `EventSource` comes back by itself.
///
/// In an `Option` it is `None` for a client that comes for the first time. See [`Events`](crate::Events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEventId(pub String);

impl Deref for LastEventId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Param for LastEventId {
    const SPEC: &'static Spec = &Spec {
        headers: &["last-event-id"],
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let refuse = |reason| Error::of(Kind::BadHeader).detail(format!("`{NAME}` {reason}"));
        let value = only(call, &NAME)?;
        let value = value.ok_or_else(|| refuse("is missing"))?;
        // Browsers send it as UTF-8, whatever was in the event.
        let id = std::str::from_utf8(value.as_bytes()).map_err(|_| refuse("is not UTF-8"))?;
        Ok(Self(id.to_owned()))
    }
}

impl OptionalParam for LastEventId {
    fn is_absent(call: &Call) -> bool {
        let mut values = call.request().headers().get_all(&NAME).iter();
        values.all(|value| value.is_empty())
    }
}
