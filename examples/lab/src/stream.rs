//! Answers that are made while they are sent.

use std::{
    io::{ErrorKind, Write as _},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use futures_util::{Stream as _, stream};
use gopool::{
    Bytes, Error, Event, Events, LastEventId, Path, Query, Response, Status, Stream, Writer, cancelled,
};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

/// How often what waits looks whether it should go on.
const LOOK: Duration = Duration::from_millis(5);

/// How each function that writes until it is stopped has ended, oldest first.
static ENDINGS: Mutex<Vec<Ending>> = Mutex::new(Vec::new());

/// How one has ended.
#[derive(Debug, Clone, Serialize)]
struct Ending {
    name: String,
    /// What a write failed with; none if it did not come to one.
    error: Option<String>,
    was_cancelled: bool,
}

impl Ending {
    fn note(name: &str, error: Option<ErrorKind>) {
        let ending = Self {
            name: name.to_owned(),
            error: error.map(|error| format!("{error:?}")),
            was_cancelled: cancelled(),
        };
        ENDINGS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(ending);
    }
}

/// How they have ended so far.
#[gopool::get("/lab/stream/endings", run = "inline")]
fn endings() -> Vec<Ending> {
    ENDINGS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// So many bytes.
#[gopool::get("/lab/stream/bytes/{count}")]
fn bytes(count: Path<usize>) -> Stream {
    Stream::new("application/octet-stream", move |out| fill(out, *count))
}

fn fill(out: &mut Writer, count: usize) -> Result<(), Error> {
    let part = [b'x'; 16 << 10];
    let mut left = count;
    while left > 0 {
        let now = left.min(part.len());
        out.write_all(&part[..now])?;
        left -= now;
    }
    Ok(())
}

/// The same, of which something else is said.
#[gopool::get("/lab/stream/sized/{said}/{count}")]
fn sized(lengths: Path<(u64, usize)>) -> Stream {
    let (said, count) = lengths.0;
    Stream::new("application/octet-stream", move |out| fill(out, count)).sized(said)
}

#[derive(Deserialize)]
struct How {
    /// So many bytes before it goes wrong.
    #[serde(default)]
    after: usize,
    #[serde(default)]
    panic: bool,
}

/// Goes wrong.
#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/stream/fails")]
fn fails(how: Query<How>) -> Stream {
    Stream::new("text/plain", move |out| {
        fill(out, how.after)?;
        match how.panic {
            true => panic!("on purpose"),
            false => Err(Error::conflict("on purpose")),
        }
    })
}

/// Writes without end.
#[gopool::get("/lab/stream/endless/{name}", timeout = "30s")]
fn endless(name: Path<String>) -> Stream {
    Stream::new("text/plain", move |out| {
        let error = loop {
            if let Err(error) = out.write_all(&[b'x'; 16 << 10]) {
                break error;
            }
        };
        Ending::note(&name, Some(error.kind()));
        Err(error.into())
    })
}

/// Sends one line, then nothing, until it is told to stop.
#[gopool::get("/lab/stream/silent/{name}", timeout = "600ms")]
fn silent(name: Path<String>) -> Stream {
    Stream::new("text/plain", move |out| {
        writeln!(out, "hello")?;
        out.flush()?;
        while !cancelled() {
            thread::sleep(LOOK);
        }
        Ending::note(&name, out.flush().err().map(|error| error.kind()));
        Ok(())
    })
}

/// A line every so many milliseconds.
#[gopool::get("/lab/stream/lines/{count}/{pause}", timeout = "600ms")]
fn lines(how: Path<(u32, u64)>) -> Stream {
    let (count, pause) = how.0;
    Stream::new("text/plain", move |out| {
        for number in 0..count {
            writeln!(out, "{number}")?;
            out.flush()?;
            thread::sleep(Duration::from_millis(pause));
        }
        Ok(())
    })
}

/// Numbers as lines of JSON.
#[gopool::get("/lab/stream/json/{count}")]
fn json(count: Path<u32>) -> Stream {
    Stream::json_lines((0..*count).map(|number| [number]))
}

/// With a status and headers.
#[gopool::get("/lab/stream/created")]
fn created() -> Status<201, Stream> {
    Status(Stream::new("text/plain", |out| Ok(out.write_all(b"made")?)).header("x-made", "1"))
}

/// As a response.
#[gopool::get("/lab/stream/part/{count}")]
fn part(count: Path<usize>) -> Response {
    let head = Response::status(206).header("content-range", "bytes 0-3/8");
    head.stream("text/plain", move |out| fill(out, *count))
}

/// On an event loop.
#[gopool::get("/lab/stream/inline/{count}", run = "inline")]
fn inline(count: Path<usize>) -> Stream {
    Stream::new("text/plain", move |out| fill(out, *count))
}

/// Parts of a stream, the first after a while.
#[gopool::get("/lab/stream/async/{count}", timeout = "2s")]
async fn parts(count: Path<u32>) -> Stream {
    Stream::from_stream("text/plain", counting(*count, |number| Ok(format!("{number}\n"))))
}

/// What goes wrong after so many parts.
#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/stream/async-fails")]
async fn parts_fail(how: Query<How>) -> Stream {
    let How { after, panic } = how.0;
    let parts = counting(u32::MAX, move |number| match number as usize == after {
        true if panic => panic!("on purpose"),
        true => Err(Error::conflict("on purpose")),
        false => Ok(Bytes::from_static(b"part")),
    });
    Stream::from_stream("text/plain", parts)
}

/// What an async handler has written by a thread.
#[gopool::get("/lab/stream/async-bytes/{count}")]
async fn async_bytes(count: Path<usize>) -> Stream {
    bytes(count)
}

/// A stream of a plain function.
#[gopool::get("/lab/stream/plain-parts/{count}")]
fn plain_parts(count: Path<u32>) -> Stream {
    Stream::from_stream("text/plain", counting(*count, |number| Ok(format!("{number}\n"))))
}

/// One item after each look.
fn counting<T>(
    count: u32,
    item: impl Fn(u32) -> Result<T, Error> + Send + 'static,
) -> impl futures_util::Stream<Item = Result<T, Error>> + Send + 'static
where
    T: 'static,
{
    let numbers = stream::unfold((0, item), move |(number, item)| async move {
        if number == count {
            return None;
        }
        sleep(LOOK).await;
        Some((item(number), (number + 1, item)))
    });
    debug_assert!(numbers.size_hint().1.is_none());
    numbers
}

#[derive(Serialize)]
struct Number {
    number: u64,
}

/// So many events.
#[gopool::get("/lab/stream/events/{count}")]
fn events(count: Path<u64>) -> Events<Number> {
    Events::of((0..*count).map(|number| Number { number }))
}

/// Events that go wrong in the middle.
#[gopool::get("/lab/stream/events-fail")]
fn events_fail() -> Events {
    Events::new(|out| {
        out.send(Event::data("one\rtwo\nthree").id("1"))?;
        Err(Error::conflict("on purpose"))
    })
}

/// An event that would be another one.
#[gopool::get("/lab/stream/events-forged")]
fn events_forged() -> Events {
    Events::new(|out| Ok(out.send(Event::data("x").id("7\ndata: forged"))?))
}

#[derive(Deserialize)]
struct Ticking {
    /// Milliseconds from one to the next.
    #[serde(default = "quick")]
    pause: u64,
    /// A comment after so many milliseconds of silence.
    keep_alive: Option<u64>,
    /// How many there are.
    count: Option<u64>,
}

fn quick() -> u64 {
    20
}

/// Numbered events that go on where the client was, from an async handler.
#[gopool::get("/lab/stream/ticks")]
async fn ticks(how: Query<Ticking>, last: Option<LastEventId>) -> Result<Events, Error> {
    let Ticking {
        pause,
        keep_alive,
        count,
    } = how.0;
    let start = next_number(last)?;
    let events = stream::unfold(start, move |number| async move {
        if count.is_some_and(|count| number > count) {
            return None;
        }
        sleep(Duration::from_millis(pause)).await;
        Some((Ok::<_, Error>(tick(number)), number + 1))
    });
    let events = Events::from_stream(events);
    Ok(match keep_alive {
        Some(keep_alive) => events.keep_alive(Duration::from_millis(keep_alive)),
        None => events,
    })
}

/// The same from a thread.
#[gopool::get("/lab/stream/thread-ticks")]
fn thread_ticks(how: Query<Ticking>, last: Option<LastEventId>) -> Result<Events, Error> {
    let start = next_number(last)?;
    let events = Events::new(move |out| {
        for number in start..=how.count.unwrap_or(u64::MAX) {
            thread::sleep(Duration::from_millis(how.pause));
            out.send(tick(number))?;
        }
        Ok(())
    });
    Ok(events.retry(Duration::from_millis(1500)))
}

fn next_number(last: Option<LastEventId>) -> Result<u64, Error> {
    Ok(match last {
        Some(last) => {
            last.parse::<u64>()
                .map_err(|_| Error::bad_request("`last-event-id` is none of ours"))?
                + 1
        }
        None => 1,
    })
}

fn tick(number: u64) -> Event {
    Event::data(format!("tick {number}")).id(number.to_string())
}
