//! Answers that flow out of a process.

use std::{
    io::Write as _,
    process::{self, abort},
    thread,
    time::Duration,
};

use futures_util::stream;
use gopool::{Error, Event, Events, Path, Query, Status, Stream, Writer, cancelled};
use serde::Deserialize;

/// So many bytes.
#[gopool::get("/lab/isolated/stream/bytes/{count}", run = "isolated")]
fn bytes(count: Path<usize>) -> Status<201, Stream> {
    let stream = Stream::new("application/octet-stream", move |out| fill(out, *count));
    Status(stream.header("x-made-by", &process::id().to_string()))
}

/// The same, of which their number is said.
#[gopool::get("/lab/isolated/stream/sized/{count}", run = "isolated")]
fn sized(count: Path<usize>) -> Stream {
    let stream = Stream::new("application/octet-stream", move |out| fill(out, *count));
    stream.sized(*count as u64)
}

fn fill(out: &mut Writer, count: usize) -> Result<(), Error> {
    let mut left = count;
    while left > 0 {
        let now = left.min(10_000);
        out.write_all(&[b'x'; 10_000][..now])?;
        left -= now;
    }
    Ok(())
}

#[derive(Deserialize)]
struct How {
    /// So many bytes before it.
    after: usize,
    /// `error`, `panic`, `abort`, `hang`; nothing else ends well.
    by: String,
}

/// Goes wrong.
#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/isolated/stream/fails", run = "isolated", timeout = "400ms")]
fn fails(how: Query<How>) -> Stream {
    Stream::new("text/plain", move |out| {
        fill(out, how.after)?;
        match how.by.as_str() {
            "panic" => panic!("on purpose"),
            "abort" => abort(),
            "hang" => loop {
                std::hint::spin_loop();
            },
            _ => Err(Error::conflict("on purpose")),
        }
    })
}

/// Without end.
#[gopool::get("/lab/isolated/stream/endless", run = "isolated", timeout = "10m")]
fn endless() -> Stream {
    Stream::new("text/plain", |out| fill(out, usize::MAX))
}

/// Its process, then nothing until it is told to stop.
#[gopool::get("/lab/isolated/stream/quiet", run = "isolated", timeout = "10m")]
fn quiet() -> Stream {
    Stream::new("text/plain", |out| {
        writeln!(out, "{}", process::id())?;
        out.flush()?;
        while !cancelled() {
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    })
}

/// A line, and then never anything again, whatever it is told.
#[gopool::get("/lab/isolated/stream/stuck", run = "isolated", timeout = "10m")]
fn stuck() -> Stream {
    Stream::new("text/plain", |out| {
        writeln!(out, "stuck")?;
        out.flush()?;
        loop {
            std::hint::spin_loop();
        }
    })
}

/// Events, one every so many milliseconds.
#[gopool::get("/lab/isolated/stream/events/{count}/{pause}", run = "isolated")]
fn events(how: Path<(u64, u64)>) -> Events {
    let (count, pause) = how.0;
    let events = Events::new(move |out| {
        for number in 1..=count {
            out.send(Event::data(format!("tick {number}")).id(number.to_string()))?;
            thread::sleep(Duration::from_millis(pause));
        }
        Ok(())
    });
    events.retry(Duration::from_millis(1500))
}

/// Parts of a stream, for which the process waits itself.
#[gopool::get("/lab/isolated/stream/parts/{count}", run = "isolated")]
fn parts(count: Path<u32>) -> Stream {
    let parts = (0..*count).map(|number| Ok::<_, Error>(format!("{number}\n")));
    Stream::from_stream("text/plain", stream::iter(parts))
}
