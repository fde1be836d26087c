//! `Events`: a reply of server-sent events.

use std::{fmt, io, marker::PhantomData, time::Duration};

use futures_util::StreamExt as _;
use serde::Serialize;

use super::{
    event::{Event, IntoEvent},
    replies::Reply,
};
use crate::{
    error::Error,
    message::{Beat, Flow, Response, Source, Writer},
    route::Outcome,
};

/// After so much silence a comment is sent, so that a client that is gone is noticed and no proxy gives up.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A reply of server-sent events, `text/event-stream`, which a browser reads with `EventSource`.
///
/// ```
/// use gopool::{Event, Events};
///
/// #[derive(serde::Serialize)]
/// struct Token { text: String }
///
/// #[gopool::post("/v1/generate", concurrency = 2)]
/// fn generate(prompt: String) -> Events<Token> {
///     Events::new(move |out| {
///         for word in prompt.split(' ') {
///             out.json(&Token { text: word.to_owned() })?; // one event, sent at once
///         }
///         Ok(out.send(Event::data("[DONE]"))?)
///     })
/// }
/// ```
///
/// A function is run as that of a [`Stream`](crate::Stream), with the same limits. From an `async fn`, a stream of events costs no thread:
///
/// ```
/// use gopool::{Event, Events, LastEventId};
/// use futures_util::{Stream, stream};
///
/// fn prices_since(number: u64) -> impl Stream<Item = Result<Event, std::io::Error>> {
///     stream::iter((number + 1..).map(|number| Ok(Event::data("7.20").id(number.to_string()))))
/// }
///
/// #[gopool::get("/v1/prices")]
/// async fn prices(last: Option<LastEventId>) -> Events {
///     let number = last.and_then(|id| id.parse().ok()).unwrap_or(0);
///     Events::from_stream(prices_since(number))
/// }
/// ```
///
/// When the server ends, or another version takes over, clients are told to come back within one to three seconds, and the answer ends cleanly. A browser
/// then asks again by itself and names the [id](Event::id) of the last event that it has seen: the handler's [`LastEventId`](crate::LastEventId). A failure in
/// the middle is sent as an event of the kind `error`, with the problem as its data, before the answer breaks off.
#[must_use = "nothing is sent unless this is returned"]
pub struct Events<T = Event> {
    response: Response,
    beat: Beat,
    of: PhantomData<fn() -> T>,
}

impl<T> Events<T> {
    /// Events that `write` sends.
    pub fn new<F>(write: F) -> Self
    where
        F: FnOnce(&mut EventWriter<'_>) -> Result<(), Error> + Send + 'static,
    {
        let written = move |out: &mut Writer| write(&mut EventWriter(out)).map_err(Error::carried);
        Self::from_source(Source::Written(Box::new(written)))
    }

    /// Each item as an event.
    pub fn of<I>(events: I) -> Self
    where
        I: IntoIterator<Item = T> + Send + 'static,
        T: IntoEvent,
    {
        Self::new(|out| {
            for event in events {
                out.send(event)?;
            }
            Ok(())
        })
    }

    /// Each item of a stream as an event; no thread waits for them, and the head is sent at once.
    pub fn from_stream<S, E>(events: S) -> Self
    where
        S: futures_util::Stream<Item = Result<T, E>> + Send + 'static,
        T: IntoEvent + 'static,
        E: Into<Error> + 'static,
    {
        let parts = events.map(|event| match event {
            Ok(event) => Ok(event.into_event().written()?),
            Err(error) => Err(error.into().carried()),
        });
        Self::from_source(Source::Parts {
            parts: Box::pin(parts),
            is_prompt: true,
        })
    }

    fn from_source(source: Source) -> Self {
        let head = Response::ok()
            .content_type("text/event-stream")
            .header("cache-control", "no-store")
            // nginx would collect them.
            .header("x-accel-buffering", "no");
        Self {
            response: head.flowing(Flow::new(source)),
            beat: Beat {
                keep_alive: Some(KEEP_ALIVE),
                retry: None,
            },
            of: PhantomData,
        }
    }

    /// Tells clients to come back after so long when the connection is lost; in whole milliseconds. Otherwise they choose, and when the server ends it is one
    /// to three seconds, so that not all come at once.
    pub fn retry(mut self, after: Duration) -> Self {
        self.beat.retry = Some(after);
        self
    }

    /// After so much silence a comment is sent; 15 seconds unless it is said here, zero for none.
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        self.beat.keep_alive = Some(silence).filter(|silence| !silence.is_zero());
        self
    }

    /// The same with one more header; see [`Response::header`].
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.response = self.response.header(name, value);
        self
    }
}

impl<T> Reply for Events<T> {
    fn reply(self) -> Outcome {
        self.response.beating(self.beat).reply()
    }
}

impl<T> fmt::Debug for Events<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("response", &self.response)
            .finish_non_exhaustive()
    }
}

/// What a function sends events to.
#[derive(Debug)]
pub struct EventWriter<'a>(&'a mut Writer);

impl EventWriter<'_> {
    /// Sends one event at once.
    ///
    /// # Errors
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) when the client has left, [`InvalidInput`](io::ErrorKind::InvalidInput) for what cannot be an event.
    pub fn send(&mut self, event: impl IntoEvent) -> io::Result<()> {
        self.0.send(event.into_event().written()?)
    }

    /// Sends `value` as the JSON in an event's data.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> io::Result<()> {
        self.send(Event::json(value))
    }
}
