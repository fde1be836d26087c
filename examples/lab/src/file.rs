//! Files as answers, from the folder where the program runs.

use gopool::{Error, File, Path, Response};

#[gopool::get("/lab/file/plain/{name}")]
fn plain(name: Path<String>) -> Result<File, Error> {
    File::open(name.0)
}

/// The same, opened on the pool for an event loop.
#[gopool::get("/lab/file/async/{name}")]
async fn asynchronous(name: Path<String>) -> Result<File, Error> {
    gopool::cpu(move || File::open(name.0)).await?
}

#[gopool::get("/lab/file/inline/{name}", run = "inline")]
fn inline(name: Path<String>) -> Result<File, Error> {
    File::open(name.0)
}

/// The same from a process of its own, where it is read.
#[gopool::get("/lab/file/isolated/{name}", run = "isolated")]
fn isolated(name: Path<String>) -> Result<File, Error> {
    File::open(name.0)
}

/// With headers of its own, compressed if files were.
#[gopool::get("/lab/file/dressed/{name}", compress = true)]
fn dressed(name: Path<String>) -> Result<File, Error> {
    let file = File::open(&*name)?.etag("own").content_type("text/markdown");
    Ok(file.attachment("d\u{fc}.md").header("cache-control", "no-cache"))
}

/// One that is no path of anybody's.
#[gopool::get("/lab/file/device")]
fn device() -> Result<File, Error> {
    File::open("/dev/zero")
}

/// A reply that is known again by its `etag`.
#[gopool::get("/lab/etag/plain/{text}")]
fn tagged(text: Path<String>) -> Response {
    Response::ok().text(text.repeat(1000)).with_etag()
}

/// The same, made on an event loop.
#[gopool::get("/lab/etag/async/{text}", compress = true)]
async fn tagged_async(text: Path<String>) -> String {
    text.repeat(1000)
}

#[gopool::after("/lab/etag/async")]
fn tag(response: Response) -> Response {
    response.with_etag()
}
