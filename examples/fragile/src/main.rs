//! A service around a native library that crashes, hangs and leaks when a stranger wants it to. See README.md.
//!
//! The one word `isolated` is what keeps that to one request.

use gopool::{Bytes, Error};
use serde::Serialize;

/// The average colour of a picture.
#[derive(Serialize)]
struct Average {
    red: u8,
    green: u8,
    blue: u8,
}

#[gopool::post(
    "/v1/average",
    run = "isolated",
    timeout = "2s",
    memory = "128MB",
    max_body = "1MB"
)]
fn average(picture: Bytes) -> Result<Average, Error> {
    let [red, green, blue] =
        fragile_native::average(&picture).ok_or_else(|| Error::bad_request("this is no picture"))?;
    Ok(Average { red, green, blue })
}

/// Not isolated: what it does is ours, and safe.
#[gopool::get("/v1/hello")]
fn hello() -> &'static str {
    "hello"
}

fn main() -> std::process::ExitCode {
    gopool::start()
}
