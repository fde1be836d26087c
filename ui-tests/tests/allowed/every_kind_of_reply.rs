//! Return values of every kind.

use std::{cell::Cell, fmt, rc::Rc};

use gopool::{Bytes, Error, HeaderMap, Redirect, Response, Status};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct User {
    name: &'static str,
}

#[derive(Debug)]
struct Oops;

impl fmt::Display for Oops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("oops")
    }
}

impl std::error::Error for Oops {}

struct Taken;

impl From<Taken> for Error {
    fn from(_: Taken) -> Self {
        Error::conflict("taken")
    }
}

/// Neither `Send` nor `Sync`: it is written where it is made.
struct Local(Rc<Cell<u64>>);

impl Serialize for Local {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0.get())
    }
}

#[gopool::get("/nothing")]
fn nothing() {}

#[gopool::get("/text")]
fn text() -> &'static str {
    "text"
}

#[gopool::get("/bytes")]
fn bytes() -> Bytes {
    Bytes::new()
}

#[gopool::get("/response")]
fn response() -> Response {
    Response::status(418)
}

#[gopool::get("/json")]
fn json() -> User {
    User { name: "x" }
}

#[gopool::get("/opaque")]
fn opaque() -> impl Serialize {
    [1, 2]
}

#[gopool::get("/local")]
fn local() -> Local {
    Local(Rc::default())
}

#[gopool::get("/maybe")]
fn maybe() -> Option<User> {
    None
}

#[gopool::post("/made")]
fn made() -> Status<201, User> {
    Status(User { name: "x" })
}

#[gopool::post("/gone")]
fn gone() -> Status<204> {
    Status(())
}

#[gopool::get("/std")]
fn std_error() -> Result<User, Oops> {
    Err(Oops)
}

#[gopool::get("/boxed")]
fn boxed() -> Result<Status<202, &'static str>, Box<dyn std::error::Error + Send + Sync>> {
    Err("no".into())
}

#[gopool::get("/own")]
async fn own() -> Result<(), Taken> {
    Err(Taken)
}

#[gopool::get("/text-error")]
async fn text_error() -> Result<Response, String> {
    Err("no".to_owned())
}

#[gopool::get("/maybe-text")]
fn maybe_text() -> Result<Option<Box<str>>, Taken> {
    Ok(None)
}

#[gopool::get("/raw")]
fn raw() -> Option<Vec<u8>> {
    Some(Vec::new())
}

#[gopool::get("/elsewhere")]
fn elsewhere() -> Result<Redirect, Error> {
    Ok(Redirect::to("/text"))
}

#[gopool::post("/with-headers")]
fn with_headers() -> Result<(Status<201>, [(&'static str, String); 1], User), Error> {
    Ok((Status(()), [("location", "/7".to_owned())], User { name: "x" }))
}

#[gopool::post("/with-map")]
async fn with_map() -> (Status<202>, HeaderMap, &'static str) {
    (Status(()), HeaderMap::new(), "queued")
}
