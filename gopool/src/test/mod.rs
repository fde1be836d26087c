//! Tests of routes in the same process, without a socket.
//!
//! A [`Client`] starts the application that is linked into the test and asks it: the same routes, limits, pool, parameters, problems
//! and request ids as after a launch, with the middleware and the plain actix-web routes of `on_master`. It blocks, so that a
//! plain `#[test]` can use it.
//!
//! ```standalone_crate
//! use gopool::test::Client;
//!
//! #[derive(serde::Deserialize)]
//! struct Greet { name: String }
//!
//! #[gopool::get("/v1/hello")]
//! fn hello(query: gopool::Query<Greet>) -> serde_json::Value {
//!     serde_json::json!({ "hello": query.name })
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn hello_greets() {
//!     let client = Client::start().expect("the routes are sound");
//!     let reply = client.get("/v1/hello?name=x").send();
//!     assert_eq!(reply.code(), 200);
//!     assert_eq!(reply.json::<serde_json::Value>().unwrap()["hello"], "x");
//!     assert_eq!(client.get("/v1/hello").send().code(), 400);
//! }
//! # hello_greets();
//! ```
//!
//! The routes are those of the test's own binary: those of `main.rs` or `lib.rs` are tested from a module in that crate, and a file
//! in `tests/` sees those of the libraries that it names, for which [`link!`](crate::link) is enough.
//!
//! # Options
//!
//! [`Client::with_options`] takes what the command line takes, and refuses what that refuses. The arguments of the test's own
//! process, `GOPOOL_*` variables and a `gopool.toml` that nobody names count for nothing: a test means the same on every machine.
//! `--config gopool.toml` names the file. Options of sockets and of processes, and `--log-format`, are checked and have no effect.
//!
//! Requests of several threads are served at the same time, which is how limits are tested:
//!
//! ```standalone_crate
//! use std::{sync::Barrier, thread};
//! use gopool::test::Client;
//!
//! static GATE: Barrier = Barrier::new(2);
//!
//! #[gopool::get("/v1/slow")]
//! fn slow() {
//!     GATE.wait(); // it runs
//!     GATE.wait(); // it may end
//! }
//!
//! # /*
//! #[test]
//! # */
//! fn without_a_queue_the_second_request_is_refused() {
//!     let client = Client::with_options(&["--max-threads", "1", "--max-queue", "0"]).unwrap();
//!     thread::scope(|scope| {
//!         let first = scope.spawn(|| client.get("/v1/slow").send());
//!         GATE.wait();
//!         let second = client.get("/v1/slow").send();
//!         GATE.wait();
//!         assert_eq!(second.code(), 503);
//!         assert_eq!(first.join().unwrap().code(), 204);
//!     });
//! }
//! # without_a_queue_the_second_request_is_refused();
//! ```
//!
//! # Its life, and what clients share
//!
//! A client is a master of its own: `on_master` runs when it starts and `on_shutdown` when it is dropped, and it has its own pool,
//! event loop and shared values. So clients of one process, on parallel threads too, see nothing of each other, and
//! [`stats`](crate::stats) and [`cpu`](crate::cpu) in a handler, or in a task that it has spawned on its event loop, are those of its own
//! client. Threads that the application has started itself belong to none: there `stats` is `None` and `cpu` runs its work at once, as
//! before a launch. Dropping a client waits until its pool has finished what it still does, at most for `--shutdown-timeout`.
//!
//! Shared is what belongs to the process: the application's own statics, the thread behind [`block_on`](crate::block_on), the rayon
//! threads of [`par::install`](crate::par::install), and the subscriber of `tracing`, which is the test's: a client installs none, so what
//! [`App::layer`](crate::App::layer) makes sees nothing.
//!
//! # What only a socket has
//!
//! A request comes whole, with its length announced, and nobody leaves before the answer. So slow bodies, clients that leave,
//! connections that are kept or closed, and what a parser of HTTP refuses need [a running program](crate#testing). The answer lacks
//! what is written with the connection: `date`, `content-length` and `connection`. An answer without an end, as a plain actix-web
//! route can stream, is waited for without an end.

use std::fmt;

use http::Method;

pub use crate::app::Refused;
use crate::app::{App, Local};
use gopool_pool::Stats;

mod answer;
mod parts;
mod request;

pub use answer::Answer;
pub use request::RequestBuilder;

/// An application that serves this test alone; see the [module](self).
///
/// It can be shared by threads, and by all tests of a binary in a `static` [`LazyLock`](std::sync::LazyLock), which is
/// never dropped.
pub struct Client {
    local: Local,
}

impl Client {
    /// Starts all routes that are linked into this test, with the default options.
    ///
    /// # Errors
    /// All that would stop a launch.
    pub fn start() -> Result<Self, Refused> {
        Self::of(&App::new(), &[])
    }

    /// The same with `options`, as the command line takes them: `&["--max-threads", "1", "--timeout=2s"]`.
    ///
    /// # Errors
    /// All that would stop a launch, wrong options among it.
    pub fn with_options(options: &[&str]) -> Result<Self, Refused> {
        Self::of(&App::new(), options)
    }

    /// Starts `app` as its `main` would, with `options` before those that it has from code.
    ///
    /// # Errors
    /// All that would stop a launch, wrong options among it.
    ///
    /// ```standalone_crate
    /// use gopool::{App, Options, test::Client};
    ///
    /// #[gopool::post("/v1/shout")]
    /// fn shout(text: String) -> String {
    ///     text.to_uppercase()
    /// }
    ///
    /// fn app() -> App {
    ///     App::new().options(Options { max_body: Some(4), ..Options::default() })
    /// }
    ///
    /// # /*
    /// fn main() -> std::process::ExitCode {
    ///     app().start()
    /// }
    ///
    /// #[test]
    /// # */
    /// fn five_bytes_are_too_large() {
    ///     let client = Client::of(&app(), &[]).unwrap();
    ///     let shout = |text: &'static str| client.post("/v1/shout").header("content-type", "text/plain").body(text).send();
    ///     assert_eq!(shout("four").text(), "FOUR");
    ///     assert_eq!(shout("fives").code(), 413);
    /// }
    /// # five_bytes_are_too_large();
    /// ```
    pub fn of(app: &App, options: &[&str]) -> Result<Self, Refused> {
        let local = app.start_local(options)?;
        Ok(Self { local })
    }

    /// A `GET` of this path and query, percent-encoded.
    ///
    /// # Panics
    /// When it is none; see [`request`](Self::request).
    #[track_caller]
    pub fn get(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::GET, target)
    }

    /// A `POST` to this path and query, percent-encoded.
    ///
    /// # Panics
    /// When it is none; see [`request`](Self::request).
    #[track_caller]
    pub fn post(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::POST, target)
    }

    /// A `PUT` to this path and query, percent-encoded.
    ///
    /// # Panics
    /// When it is none; see [`request`](Self::request).
    #[track_caller]
    pub fn put(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::PUT, target)
    }

    /// A `PATCH` of this path and query, percent-encoded.
    ///
    /// # Panics
    /// When it is none; see [`request`](Self::request).
    #[track_caller]
    pub fn patch(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::PATCH, target)
    }

    /// A `DELETE` of this path and query, percent-encoded.
    ///
    /// # Panics
    /// When it is none; see [`request`](Self::request).
    #[track_caller]
    pub fn delete(&self, target: &str) -> RequestBuilder<'_> {
        self.request(Method::DELETE, target)
    }

    /// A request by any method for this path and query, percent-encoded. It is made by [`send`](RequestBuilder::send).
    ///
    /// # Panics
    /// When `target` does not begin with a slash, or holds what has to be percent-encoded.
    #[track_caller]
    pub fn request(&self, method: Method, target: &str) -> RequestBuilder<'_> {
        RequestBuilder::new(&self.local, method, target)
    }

    /// What the pool of this client has done and is doing; `None` under `--single`.
    pub fn stats(&self) -> Option<Stats> {
        self.local.stats()
    }
}

/// The OpenAPI document of all routes that are linked into this test, to compare it with one that is kept.
///
/// # Panics
/// When there is none: two operations or schemas have one name, or a launch would be refused for its routes.
#[cfg(feature = "openapi")]
#[track_caller]
pub fn openapi() -> serde_json::Value {
    openapi_of(&App::new())
}

/// The same of `app`, with its title, version and description.
///
/// # Panics
/// As [`openapi`].
#[cfg(feature = "openapi")]
#[track_caller]
pub fn openapi_of(app: &App) -> serde_json::Value {
    match app.openapi() {
        Ok(document) => document,
        #[allow(clippy::panic, reason = "the test fails")]
        Err(refused) => panic!("no document: {refused}"),
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}
