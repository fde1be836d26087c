//! Handlers that show how answers are written.

use gopool::{Path, Query, Response};
use serde::Deserialize;

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: String,
}

/// Any status with a text, also those that must not have one.
#[gopool::get("/lab/reply/{code}")]
fn reply(code: Path<u16>, header: Query<Header>) -> Response {
    let Header { name, value } = header.0;
    let response = Response::status(*code).text("twelve bytes");
    if name.is_empty() {
        response
    } else {
        response.header(&name, &value)
    }
}

/// A text of so many bytes.
#[gopool::get("/lab/large/{bytes}")]
fn large(bytes: Path<usize>) -> String {
    "x".repeat((*bytes).min(64_000_000))
}
