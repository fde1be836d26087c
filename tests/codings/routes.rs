//! The application that the clients of this binary start.

use std::{io::Write as _, sync::Barrier};

use gopool::{Body, Bytes, Error, Events, Header, Query, Response, Stream};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
pub(crate) struct Length {
    pub(crate) length: usize,
}

pub(crate) fn text(length: usize) -> String {
    "all work and no play ".chars().cycle().take(length).collect()
}

#[gopool::get("/plain")]
fn plain(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/inline", run = "inline")]
fn inline(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/async")]
async fn asynchronous(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/isolated", run = "isolated")]
fn isolated(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/never", compress = false)]
fn never(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/always", compress = true)]
fn always(query: Query<Length>) -> String {
    text(query.length)
}

#[gopool::get("/tagged")]
fn tagged(query: Query<Length>) -> Response {
    Response::ok().header("etag", "\"7\"").text(text(query.length))
}

#[gopool::get("/fails")]
fn fails() -> Result<String, Error> {
    Err(Error::conflict(text(2000)))
}

fn written(length: usize) -> Stream {
    Stream::new("text/plain", move |out| {
        Ok(out.write_all(text(length).as_bytes())?)
    })
}

#[gopool::get("/stream")]
fn stream(query: Query<Length>) -> Stream {
    written(query.length)
}

#[gopool::get("/inline-stream", run = "inline")]
fn inline_stream(query: Query<Length>) -> Stream {
    written(query.length)
}

#[gopool::get("/async-stream")]
async fn async_stream(query: Query<Length>) -> Stream {
    written(query.length)
}

#[gopool::get("/sized-stream")]
fn sized_stream(query: Query<Length>) -> Stream {
    written(query.length).sized(query.length as u64)
}

#[gopool::get("/events")]
fn events(query: Query<Length>) -> Events<String> {
    Events::of([text(query.length)])
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Words {
    pub(crate) words: Vec<String>,
}

#[gopool::post("/words", max_body = "20KB")]
fn words(body: Body<Words>) -> usize {
    body.words.len()
}

#[gopool::post("/async-words", max_body = "20KB")]
async fn async_words(body: Body<Words>) -> usize {
    body.words.len()
}

#[gopool::post("/inline-words", max_body = "20KB", run = "inline")]
fn inline_words(body: Body<Words>) -> usize {
    body.words.len()
}

#[gopool::post("/isolated-words", max_body = "20KB", run = "isolated")]
fn isolated_words(body: Body<Words>) -> usize {
    body.words.len()
}

#[gopool::post("/echo", max_body = "20KB")]
fn echo(body: Bytes) -> Bytes {
    body
}

#[gopool::post("/maybe")]
fn maybe(body: Option<Body<Words>>) -> String {
    format!("{}", body.is_some())
}

#[derive(Header)]
struct Coded {
    content_encoding: Option<String>,
}

/// Stores packages as they come.
#[gopool::post("/as-it-is")]
fn as_it_is(coded: Header<Coded>, body: Bytes) -> String {
    format!("{:?} {}", coded.content_encoding, body.len())
}

/// A thread of the pool is busy.
pub(crate) static HELD: Barrier = Barrier::new(2);
/// It may go on.
pub(crate) static RELEASED: Barrier = Barrier::new(2);

#[gopool::get("/hold")]
fn hold() {
    HELD.wait();
    RELEASED.wait();
}
