//! Handlers that go wrong.
//!
//! A second panic in a `Drop` while a handler panics already aborts the process: the language gives no way to catch it,
//! so no route shows it. The daemon then starts a new master.

use std::thread;

use gopool::{Error, Path, Query};
use serde::Deserialize;

#[derive(Deserialize)]
struct How {
    #[serde(default)]
    how: Manner,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Manner {
    #[default]
    Str,
    String,
    Any,
}

#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/panic")]
fn panic(query: Query<How>) -> &'static str {
    match query.how {
        Manner::Str => panic!("on purpose"),
        Manner::String => panic!("on purpose, {} characters", 10),
        Manner::Any => std::panic::panic_any(7),
    }
}

/// On a thread that belongs to no request. Answers once that has ended.
#[allow(clippy::panic, reason = "this route exists to panic")]
#[gopool::get("/lab/panic-apart")]
fn panic_apart() -> Result<(), std::io::Error> {
    let apart = thread::Builder::new().name("apart".to_owned());
    // What it ends with is in the log.
    let _ = apart.spawn(|| panic!("apart on purpose"))?.join();
    Ok(())
}

#[gopool::get("/lab/error/{status}")]
fn error(status: Path<u16>) -> Result<(), Error> {
    Err(Error::status(*status).detail("as you asked"))
}

/// The client must not read the text of this error; the log must.
#[gopool::get("/lab/secret-error")]
fn secret_error() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("secret"))
}

/// An error whose text the client chooses, as errors often repeat what was sent.
#[gopool::get("/lab/fail/{text}")]
fn fail(text: Path<String>) -> Result<(), std::io::Error> {
    Err(std::io::Error::other(text.0))
}
