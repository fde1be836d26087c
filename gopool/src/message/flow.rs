//! A body that is not there yet: it is made while it is sent.

use std::{
    error::Error as StdError,
    fmt,
    ops::Range,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use serde::{Deserialize, Serialize};

use super::{content::Content, writer::Writer};

/// Why a body broke off; one of our own errors inside comes out again as it was.
pub(crate) type Failure = Box<dyn StdError + Send + Sync>;
/// A body, part by part.
pub(crate) type Parts = Pin<Box<dyn Stream<Item = Result<Bytes, Failure>> + Send>>;
/// A function that writes a body.
pub(crate) type Written = Box<dyn FnOnce(&mut Writer) -> Result<(), Failure> + Send>;

/// A body that flows. Clones are the same one, and only one of them can be sent.
#[derive(Clone)]
pub(crate) struct Flow {
    source: Arc<Mutex<Option<Source>>>,
    /// How long it is, in bytes, if that is known.
    pub(crate) length: Option<u64>,
    /// It is one of events.
    pub(crate) beat: Option<Beat>,
}

/// Where a body comes from.
pub(crate) enum Source {
    Written(Written),
    /// Whoever sends it reads it.
    Content(Content),
    Parts {
        parts: Parts,
        /// The head does not wait for the first part.
        is_prompt: bool,
    },
}

/// What keeps a stream of events alive, and ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Beat {
    /// A comment is sent after so much silence.
    pub(crate) keep_alive: Option<Duration>,
    /// After how long a client is to come back; without it, each has a time of its own when the server ends.
    pub(crate) retry: Option<Duration>,
}

impl Flow {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source: Arc::new(Mutex::new(Some(source))),
            length: None,
            beat: None,
        }
    }

    /// The same body from somewhere else.
    pub(crate) fn with_parts(self, parts: Parts) -> Self {
        let source = Source::Parts {
            parts,
            is_prompt: true,
        };
        Self {
            source: Arc::new(Mutex::new(Some(source))),
            ..self
        }
    }

    /// How long it is, if it is a content.
    pub(crate) fn content_length(&self) -> Option<u64> {
        match &*self.lock() {
            Some(Source::Content(content)) => Some(content.len()),
            _ => None,
        }
    }

    /// The same with only a part of a content.
    pub(crate) fn narrowed(mut self, range: Range<u64>) -> Self {
        if let Some(Source::Content(content)) = &mut *self.lock() {
            *content = content.slice(range.clone());
        }
        self.length = Some(range.end - range.start);
        self
    }

    /// `None` when it was taken before.
    pub(crate) fn take(&self) -> Option<Source> {
        self.lock().take()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Source>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow")
            .field("length", &self.length)
            .field("beat", &self.beat)
            .finish_non_exhaustive()
    }
}
