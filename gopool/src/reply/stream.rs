//! `Stream`: a reply whose body is made while it is sent.

use std::{
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde::Serialize;

use super::replies::Reply;
use crate::{
    error::Error,
    message::{Flow, Response, Sink, Source, Writer},
    route::Outcome,
};

/// Items that come more slowly than this are sent as they come.
const SLOW: Duration = Duration::from_millis(100);

/// A reply whose body is made while it is sent.
///
/// The function runs after the handler, on its thread and within its limits. While the client is behind it waits, which costs the pool no
/// thread; once the client has left, writing fails.
///
/// ```
/// use std::io::Write as _;
/// use gopool::{Error, Stream};
///
/// #[gopool::get("/v1/export")]
/// fn export() -> Result<Stream, Error> {
///     let rows = 1..=1_000_000_u64; // what fails here is an ordinary problem
///     Ok(Stream::new("text/csv", move |out| {
///         for row in rows {
///             writeln!(out, "{row},{}", row * row)?;
///         }
///         Ok(())
///     }))
/// }
///
/// assert!(export().unwrap().into_bytes().unwrap().starts_with(b"1,1\n2,4\n"));
/// ```
///
/// # When the head is sent
///
/// Status and headers leave with the first 32 KiB or the first `flush`, whichever comes first. What fails before that, a panic too, is a problem with a
/// status of its own, and what is shorter is an ordinary reply with its `content-length`. A later failure breaks the transfer off, so that no client takes a
/// part for the whole.
///
/// # Time
///
/// The route's `timeout` is how long the function may be silent: it begins anew with each part that is sent, and stands while the client is behind. How long
/// a client may be behind is for `--send-timeout` and `--min-send-rate` to say.
///
/// On an event loop (`--single`, `run = "inline"`) nobody could send meanwhile, so the body is collected first, up to 64 MiB.
#[derive(Debug)]
#[must_use = "nothing is written unless this is returned"]
pub struct Stream(Response);

impl Stream {
    /// A body of this media type that `write` writes.
    pub fn new<F>(media_type: &str, write: F) -> Self
    where
        F: FnOnce(&mut Writer) -> Result<(), Error> + Send + 'static,
    {
        Self(Response::ok().stream(media_type, write))
    }

    /// A body of this media type that comes part by part; no thread waits for it. The parts of a plain `fn` are asked for on the event loop, too.
    ///
    /// An `async fn` sends the head with the first part, so a failure before that is an ordinary problem; each further one may take as long as the route's
    /// `timeout`.
    ///
    /// ```
    /// use gopool::Stream;
    /// use futures_util::stream;
    ///
    /// #[gopool::get("/v1/letters")]
    /// async fn letters() -> Stream {
    ///     Stream::from_stream("text/plain", stream::iter(["a", "b"].map(Ok::<_, std::io::Error>)))
    /// }
    /// ```
    pub fn from_stream<S, T, E>(media_type: &str, parts: S) -> Self
    where
        S: futures_util::Stream<Item = Result<T, E>> + Send + 'static,
        T: Into<Bytes> + 'static,
        E: Into<Error> + 'static,
    {
        let parts = parts.map(|part| match part {
            Ok(part) => Ok(part.into()),
            Err(error) => Err(error.into().carried()),
        });
        let source = Source::Parts {
            parts: Box::pin(parts),
            is_prompt: false,
        };
        Self(Response::ok().content_type(media_type).flowing(Flow::new(source)))
    }

    /// Each item as a line of JSON, `application/jsonl`. Items that come slowly are sent as they come.
    pub fn json_lines<I>(items: I) -> Self
    where
        I: IntoIterator + Send + 'static,
        I::Item: Serialize,
    {
        Self::new("application/jsonl", move |out| {
            let mut last = Instant::now();
            for item in items {
                serde_json::to_writer(&mut *out, &item)?;
                out.write_all(b"\n")?;
                let now = Instant::now();
                if now.duration_since(last) > SLOW {
                    out.flush()?;
                }
                last = now;
            }
            Ok(())
        })
    }

    /// The same body, of which clients are told that it has so many bytes. One that has not is broken off.
    pub fn sized(self, bytes: u64) -> Self {
        Self(self.0.of_length(bytes))
    }

    /// The same with one more header; see [`Response::header`].
    pub fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// All that the function writes, for a test of the handler.
    ///
    /// # Errors
    /// That of the function; or there is none, because the body comes [from a stream](Self::from_stream).
    pub fn into_bytes(self) -> Result<Bytes, Error> {
        let Some(Source::Written(written)) = self.0.flow().and_then(Flow::take) else {
            return Err(Error::internal("no function writes this body"));
        };
        let whole = Whole::default();
        let mut out = Writer::new(whole.clone());
        written(&mut out).map_err(Error::uncarried)?;
        out.flush()?;
        Ok(std::mem::take(&mut *whole.0.lock().unwrap_or_else(PoisonError::into_inner)).freeze())
    }
}

impl Reply for Stream {
    fn reply(self) -> Outcome {
        self.0.reply()
    }
}

impl Response {
    /// The same response with a body of this media type that `write` writes while it is sent; see [`Stream`].
    ///
    /// ```
    /// use std::io::Write as _;
    /// use gopool::Response;
    ///
    /// #[gopool::get("/v1/part")]
    /// fn part() -> Response {
    ///     let head = Response::status(206).header("content-range", "bytes 0-3/8");
    ///     head.stream("text/plain", |out| Ok(out.write_all(b"four")?))
    /// }
    /// ```
    #[must_use]
    pub fn stream<F>(self, media_type: &str, write: F) -> Self
    where
        F: FnOnce(&mut Writer) -> Result<(), Error> + Send + 'static,
    {
        let written = Box::new(move |out: &mut Writer| write(out).map_err(Error::carried));
        self.content_type(media_type)
            .flowing(Flow::new(Source::Written(written)))
    }
}

/// A whole body.
#[derive(Clone, Default)]
struct Whole(Arc<Mutex<BytesMut>>);

impl Sink for Whole {
    fn send(&mut self, part: Bytes) -> io::Result<()> {
        let mut whole = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        whole.extend_from_slice(&part);
        Ok(())
    }
}
