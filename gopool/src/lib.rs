//! Annotate a plain function, get an HTTP route whose CPU work runs on an elastic, bounded, fair pool of threads.
//!
//! ```no_run
//! use gopool::{Body, Query};
//!
//! #[derive(serde::Deserialize)]
//! struct Greet { name: String }
//!
//! #[derive(serde::Serialize)]
//! struct Greeting { hello: String }
//!
//! #[gopool::get("/v1/hello")]
//! fn hello(query: Query<Greet>) -> Greeting {
//!     Greeting { hello: query.0.name }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     gopool::start()
//! }
//! ```
//!
//! # Where a handler runs
//!
//! A plain `fn` runs on the pool, an `async fn` on the event loop of its connection, and so does a `fn` with
//! `run = "inline"`. The CPU part of an async handler goes to the pool with [`cpu`]; a plain handler waits for async I/O with
//! [`block_on`], and shares its own work among all cores with [`par::install`].
//!
//! ```no_run
//! use gopool::{Error, Path};
//! # struct User; impl User { async fn fetch(_: u64) -> Result<User, Error> { Ok(User) } fn score(&self) -> u64 { 7 } }
//!
//! #[gopool::get("/v1/users/{id}/score")]
//! async fn score(id: Path<u64>) -> Result<String, Error> {
//!     let user = User::fetch(*id).await?;
//!     let score = gopool::cpu(move || user.score()).await?;
//!     Ok(score.to_string())
//! }
//! ```
//!
//! # Arguments and return values
//!
//! Arguments are read where the handler runs; see [`params`], and [`FromParams`] for one of your own, such as the user who is signed in.
//! Return values are anything that serialises (JSON), text, [`Bytes`],
//! `()` (204), [`Response`], [`Status`], [`Stream`] and [`Events`], and `Result` of these with any error type; see [`Reply`] and [`Error`].
//!
//! With the feature `garde`, `Valid<Body<T>>` and the like are values that keep the rules of `T`, derived with `garde::Validate`; a client that
//! breaks some is told of all of them at once.
//!
//! # Answers that flow
//!
//! A [`Stream`] is written, and [`Events`] are sent, while the client reads them: by a function on the pool, which waits while the client is behind, or by a
//! stream of an `async fn`, for which no thread waits.
//!
//! ```
//! use std::io::Write as _;
//! use gopool::{Error, Path, Stream};
//!
//! #[gopool::get("/v1/primes/{below}")]
//! fn primes(below: Path<u64>) -> Result<Stream, Error> {
//!     if *below > 1_000_000 {
//!         return Err(Error::bad_request("`below` is at most a million"));
//!     }
//!     Ok(Stream::new("text/plain", move |out| {
//!         for number in (2..*below).filter(|number| (2..*number).all(|divisor| number % divisor != 0)) {
//!             writeln!(out, "{number}")?;
//!         }
//!         Ok(())
//!     }))
//! }
//!
//! assert_eq!(primes(Path(10)).unwrap().into_bytes().unwrap(), "2\n3\n5\n7\n");
//! ```
//!
//! # Compression
//!
//! With the feature `compress` and the option `--compress`, or `compress = true` in the attribute, replies are sent as zstd or gzip, whichever the client likes
//! better; on the thread of the handler, or on the pool for one that runs on an event loop. Compressed are text in all its forms, JSON and the like, from 1 KiB on,
//! if that makes them smaller; what a function writes into a [`Stream`] is compressed part by part, so that a `flush` still arrives at once. Not compressed are [`Events`],
//! [`Stream::from_stream`], a stream that is [`sized`](Stream::sized), 206, and whatever has a `content-encoding`, a digest or `cache-control: no-transform`. An `etag`
//! becomes a weak one, and `vary: accept-encoding` tells caches.
//!
//! ```
//! use gopool::Path;
//!
//! #[gopool::get("/v1/books/{id}/text", compress = true)]
//! fn text(id: Path<u64>) -> String {
//!     format!("book {} ", *id).repeat(10_000)
//! }
//!
//! /// A secret beside what a stranger may choose: how long it is compressed would give the secret away, letter by letter (BREACH).
//! #[gopool::get("/v1/form", compress = false)]
//! fn form() -> String {
//!     String::from("<input name=\"token\" value=\"...\">")
//! }
//! ```
//!
//! With the feature, bodies of requests may come as zstd, gzip or deflate. They are decoded where the handler runs, and `max_body` limits them as they are then, so a
//! few kilobytes that would be a gigabyte are a 413 and cost no more than that limit. Any other coding is 415. A handler that reads the `content-encoding` itself,
//! by a [`macro@Header`], gets the body as it came.
//!
//! # Errors
//!
//! Clients get RFC 9457 problem documents. `Err` of a [`macro@Problem`] derived for an error type of yours has the status, title, type, members
//! and headers that each variant says, whether the handler returns that type, or [`Error`] through `?`; any other error is a 500 whose text
//! only the log gets. One function with [`macro@on_failure`] answers what gopool itself refuses, such as a path without a route.
//!
//! ```
//! use gopool::{Error, Failure, Path, Problem};
//!
//! #[derive(Debug, thiserror::Error, Problem)]
//! enum ShopError {
//!     #[error("item {id} is sold out")]
//!     #[problem(status = 409, title = "Sold out")]
//!     SoldOut { #[problem(member)] id: u64 },
//!     #[error(transparent)]
//!     #[problem(status = 500)]
//!     Storage(#[from] std::io::Error),
//! }
//!
//! #[gopool::post("/v1/items/{id}/orders")]
//! fn order(id: Path<u64>) -> Result<(), ShopError> {
//!     Err(ShopError::SoldOut { id: *id })
//! }
//!
//! #[gopool::on_failure]
//! fn failed(failure: Failure) -> Error {
//!     failure.into_error().member("help", "https://shop.example/help")
//! }
//! # assert_eq!(Error::from(order(Path(7)).unwrap_err()).code(), 409);
//! ```
//!
//! # Groups, and what runs around handlers
//!
//! [`group!`] says for the routes of its module, and of the modules below it, what goes before their paths, and limits for those that set none.
//! A function with [`macro@before`] runs before the handlers of all routes, or of those below a path, and may answer in their place; one with
//! [`macro@after`] has the response in its hands. Both take parameters as handlers do.
//!
//! ```standalone_crate
//! mod api {
//!     use gopool::{Bearer, Error, FromParams, Response};
//!
//!     gopool::group! {
//!         /// What customers may do.
//!         prefix = "/v1", tag = "shop", timeout = "5s",
//!     }
//!
//!     /// Whoever sent the request.
//!     #[derive(Clone, gopool::Param)]
//!     struct User {
//!         name: String,
//!         is_admin: bool,
//!     }
//!
//!     impl FromParams for User {
//!         type From = Bearer;
//!
//!         fn from_params(Bearer(token): Bearer) -> Result<Self, Error> {
//!             let is_admin = token == "root";
//!             Ok(User { name: token, is_admin })
//!         }
//!     }
//!
//!     #[gopool::before("/v1/admin")]
//!     fn only_admins(user: User) -> Result<(), Error> {
//!         if user.is_admin { Ok(()) } else { Err(Error::forbidden("for admins")) }
//!     }
//!
//!     // `GET /v1/admin/report/7.csv`, whose user is made once for both.
//!     #[gopool::get("/admin/report/{id}.csv")]
//!     fn report(user: User, id: gopool::Path<u64>) -> String {
//!         format!("{},{}", user.name, *id)
//!     }
//!
//!     #[gopool::after]
//!     fn stamp(response: Response) -> Response {
//!         response.header("x-served-by", "shop")
//!     }
//! }
//!
//! # fn main() {
//! let client = gopool::test::Client::start().unwrap();
//! let report = |token: &str| client.get("/v1/admin/report/7.csv").header("authorization", &format!("Bearer {token}")).send();
//! assert_eq!((report("ann").code(), report("ann").header("x-served-by")), (403, Some("shop")));
//! assert_eq!(report("root").text(), "root,7");
//! # }
//! ```
//!
//! They run where the handler runs, in its limits, so what they compute holds up no event loop. `app routes` shows for each route what runs
//! before and after it, and the launch is refused if a group or a function applies to no route at all: a guard whose path is mistyped guards nothing.
//! A path is compared with that of the request, decoded: the guard of `/files/secret` also stands before `GET /files/{*rest}`.
//!
//! # Limits
//!
//! `queue_timeout` limits how long a request waits, `timeout` how long it runs; `concurrency` limits how many of one route run on the pool
//! at once, `rate` how many one caller may make, which is a 429 beyond that. All can stand in the attribute; the times have a default among the [`Options`]. Nothing can stop a Rust thread, so a handler
//! that may run long asks whether it should go on, with [`checkpoint`] on its own thread, with an argument [`Cancel`] on others, such as
//! those of [`par::install`]:
//!
//! ```
//! use gopool::{Body, Error};
//!
//! #[gopool::post("/v1/sum", timeout = "2s", queue_timeout = "500ms", concurrency = 2)]
//! fn sum(numbers: Body<Vec<u64>>) -> Result<String, Error> {
//!     let mut sum = 0_u64;
//!     for number in &*numbers {
//!         gopool::checkpoint()?;
//!         sum = sum.wrapping_add(*number);
//!     }
//!     Ok(sum.to_string())
//! }
//! ```
//!
//! # Overload
//!
//! A burst waits, and is served in the order in which it came. When requests stand for more than a second while more arrive than can be started,
//! their route is overloaded: then only those are served that came within the last tenth of a second, the others have their 503 at once,
//! and `Retry-After` gives each client a time of its own. While long runs hold all threads, short ones do not wait for their end: a route whose runs
//! take an eighth of theirs has one more thread for each core, as long as it has had less than its part of the CPU time (not if `max-threads` is
//! less than the cores). None of this needs a number. What only you can know goes into the attribute:
//!
//! ```
//! # use gopool::Path;
//! # fn charge(_: u64) -> String { String::new() }
//! # fn draw(_: u64) -> String { String::new() }
//! #[gopool::post("/v1/orders/{id}/pay", priority = "critical")]
//! fn pay(order: Path<u64>) -> String {
//!     charge(*order)
//! }
//!
//! #[gopool::get("/v1/orders/{id}/picture", priority = "sheddable", fair_by = "x-api-key")]
//! fn picture(order: Path<u64>) -> String {
//!     draw(*order)
//! }
//! ```
//!
//! * **`priority`**: what is `critical` starts before what is `normal`, and that before what is `sheddable`, whatever the route. What others
//!   pass by still has a run now and then, about one part in 64 of the CPU time. A full queue gives up what is less urgent than the request that
//!   arrives, and never what is more urgent. With `--priority-header x-priority` a request says it itself, in one of the three words; any other
//!   word says nothing. Name a header that your proxy sets or removes: whoever may send it can be first.
//! * **`weight`**: among routes of one priority, CPU time is shared by weight while all have requests waiting.
//! * **`fair_by`**: the callers of a route share what the route has; `--fair-by` says it of all routes. Nobody is limited while cores are free.
//!   There are 64 lines for all callers, two for each, so their number costs nothing, and two callers seldom meet. Requests without the header
//!   are one caller. `"peer"` is the address of the connection. Behind a proxy all connections have the proxy's: name the header in which it
//!   tells the client's, such as `fair_by = "x-real-ip"`.
//! * **The caller's time**: `--deadline-header request-timeout-ms` names the header in which callers say for how long they wait, in milliseconds
//!   as Envoy does in `x-envoy-expected-rq-timeout-ms`, or with a unit as in `grpc-timeout: 250m`. It counts from the arrival of the request's
//!   head and shortens `queue_timeout`, `timeout` and what [`cpu`] has, never lengthens them; what is no time says nothing. A request whose
//!   time is over is not begun: 503 `queue-timeout`. [`remaining`] tells a handler what is left, to choose the cheaper way or to pass it on.
//!
//! # Isolated
//!
//! `run = "isolated"` runs a `fn` in a child process of this same program. It is killed when it is late and does not heed that within `--kill-grace`,
//! with all that it has started; it may take `--process-memory`, or as much as the route's `memory` says; and when it crashes, its request gets 500 `crashed` and all others
//! go on. That is for native code on input from strangers: images, documents, video. It protects from crashes, endless loops, leaks and
//! what a library leaves behind. It is no sandbox: the process has the same user, files, network and environment.
//!
//! [`macro@on_worker`] prepares each process, and [`Worker::ctx`] gives it values of its own; nothing that [`macro@on_master`] made is there. What
//! `main` does before [`start`] is done in each process, too. In tests, with `--single` and with `--max-processes 0` such routes run in
//! this process.
//!
//! A [`Stream`] or [`Events`] flows out of a process as it does from the pool: the process waits while its client is behind, is told when that
//! leaves, and one that ends in the middle is a broken transfer, never a clean end. `fresh` gives each request of a route a process of its own.
//!
//! # Start-up
//!
//! One function with [`macro@on_master`] prepares what handlers share, and registers plain actix-web routes:
//!
//! ```
//! use gopool::{Ctx, Error, Master};
//!
//! struct Words(Vec<String>);
//!
//! #[gopool::on_master]
//! async fn prepare(master: &mut Master) -> Result<(), Error> {
//!     master.ctx(Words(vec!["hello".into()]));
//!     Ok(())
//! }
//!
//! #[gopool::get("/v1/words")]
//! fn words(words: Ctx<Words>) -> String {
//!     words.0.join(" ")
//! }
//! ```
//!
//! Routes in a library crate are linked only if something names the crate: see [`link!`]. Options come from the command line, the
//! environment, `gopool.toml` and [`App::options`]. By default a daemon owns the listening sockets and keeps the master alive.
//!
//! # TLS
//!
//! With the feature `tls`, `--listen https://0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem`, or the same in code, serves HTTP/1.1 by TLS 1.2 and 1.3. A launch and
//! `check` refuse a pair that cannot be used; a renewed one is taken up at the next handshake. What a handler builds URLs from, it can ask for:
//!
//! ```no_run
//! use gopool::{App, Header, Options};
//!
//! #[derive(gopool::Header)]
//! struct Asked { host: Option<String>, x_forwarded_proto: Option<String> }
//!
//! #[gopool::get("/v1/invitations/{id}/link")]
//! fn link(id: gopool::Path<u64>, asked: Header<Asked>) -> String {
//!     let scheme = asked.x_forwarded_proto.as_deref().unwrap_or("http"); // `https` by TLS, or what a proxy says
//!     format!("{scheme}://{}/join/{}", asked.host.as_deref().unwrap_or("localhost"), *id)
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     let options = Options {
//!         listen: Some(vec!["https://0.0.0.0:443".into()]),
//!         tls_cert: Some("/etc/app/chain.pem".into()),
//!         tls_key: Some("/etc/app/key.pem".into()),
//!         ..Options::default()
//!     };
//!     App::new().options(options).start()
//! }
//! ```
//!
//! # Seeing it
//!
//! Every request has a span of `tracing`, current wherever its handler runs, so that the spans of your functions are its children.
//! [`App::layer`] adds what sees them beside the log, as an exporter to OpenTelemetry does. The option `--info-url` opens the monitor.
//!
//! # OpenAPI
//!
//! With the feature `openapi`, `app openapi` prints a document of OpenAPI 3.1 that is made from attributes, types and comments alone, and `app openapi --check
//! openapi.json` says what has changed since that one was made. Types that derive `schemars::JsonSchema` are described by their schema; nothing is asked of others. The
//! module `openapi`, which is there with the feature, tells the rest.
//!
//! # Testing
//!
//! The attribute leaves the function as it is, so a unit test calls it like any other:
//!
//! ```
//! use gopool::{Error, Path};
//!
//! #[gopool::get("/v1/halves/{n}")]
//! fn half(n: Path<u32>) -> Result<String, Error> {
//!     if *n % 2 == 1 {
//!         return Err(Error::bad_request(format!("`n` is {}, which is odd", *n)));
//!     }
//!     Ok((*n / 2).to_string())
//! }
//!
//! assert_eq!(half(Path(8)).unwrap(), "4");
//! assert_eq!(half(Path(7)).unwrap_err().code(), 400);
//! ```
//!
//! A [`test::Client`] asks the routes in the process of the test, without a socket: parameters, limits, the pool, problems, `on_master` and
//! middleware are those of a launch.
//!
//! ```standalone_crate
//! use gopool::test::Client;
//! # #[gopool::get("/v1/halves/{n}")]
//! # fn half(n: gopool::Path<u32>) -> Result<String, gopool::Error> {
//! #     if *n % 2 == 1 { return Err(gopool::Error::bad_request("odd")); }
//! #     Ok((*n / 2).to_string())
//! # }
//!
//! # /*
//! #[test]
//! # */
//! fn halves_are_of_even_numbers() {
//!     let client = Client::start().expect("the routes are sound");
//!     assert_eq!(client.get("/v1/halves/8").send().text(), "4");
//!     assert_eq!(client.get("/v1/halves/7").send().code(), 400);
//!     assert_eq!(client.post("/v1/halves/8").send().header("allow"), Some("GET, HEAD, OPTIONS"));
//! }
//! # halves_are_of_even_numbers();
//! ```
//!
//! What only a socket has, such as clients that leave, is tested with the whole program on a free port, where `listening on http://...` in its
//! log says which:
//!
//! ```ignore
//! use std::{io::{BufRead as _, BufReader}, process::{Command, Stdio}};
//!
//! let mut app = Command::new(env!("CARGO_BIN_EXE_app"))
//!     .args(["--no-daemon", "--port", "0"])
//!     .stderr(Stdio::piped())
//!     .spawn()?;
//! // Keep `log`: it is the end of a pipe that the program writes to.
//! let mut log = BufReader::new(app.stderr.take().unwrap()).lines().map_while(Result::ok);
//! let line = log.find(|line| line.contains("listening on ")).expect("it listens");
//! let url = line.split(' ').find(|word| word.starts_with("http://")).unwrap();
//! // ... requests to `url` ..., then
//! app.kill()?;
//! ```
//!
//! # The pool alone
//!
//! [`pool`] knows no HTTP and is useful without the rest, as the crate `gopool-pool`.

// The ground.
mod compress;
mod config;
mod context;
#[cfg(feature = "openapi")]
mod describe;
mod error;
mod message;
mod progress;
mod template;
// What a route is.
mod call;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod params;
mod reply;
mod route;
mod router;
// Where it runs.
mod exec;
// What runs it.
mod app;
mod cli;
mod in_flight;
mod log;
mod master;
mod meter;
mod monitor;
mod server;
mod worker;
// What runs it in a test.
pub mod test;

/// The crate whose `JsonSchema` describes types in an OpenAPI document, in the version that gopool reads.
#[cfg(feature = "openapi")]
pub use schemars;

/// The crate whose rules [`Valid`] checks, in the version that gopool knows.
#[cfg(feature = "garde")]
pub use garde;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use app::{App, start, start_single};
pub use bytes::Bytes;
pub use call::Call;
#[doc(hidden)]
pub use config::option_table_markdown;
pub use config::{Log, LogFormat, Options, Secret};
pub use context::Contexts;
#[doc(hidden)]
pub use error::typed::ProblemText;
pub use error::{Error, Kind, Problem};
pub use exec::{block_on, cpu, par, remaining, spawn_process, stats};
#[doc = include_str!("attributes.md")]
pub use gopool_macros::get;
pub use gopool_macros::{
    Header, Multipart, Param, Problem, after, all, before, delete, group, head, header_getter, on_failure,
    on_master, on_shutdown, on_worker, options, patch, post, put,
};
pub use gopool_pool as pool;
pub use http::{HeaderMap, Method, Uri};
pub use master::{Master, RoutesService};
pub use message::{ContentReader, Cookie, Request, RequestId, Response, SameSite, Writer};
#[cfg(feature = "garde")]
pub use params::Valid;
pub use params::{
    Basic, Bearer, Body, Cookies, Ctx, Form, FromParams, Header, Incoming, LastEventId, Multipart, Part,
    Path, Query, Upload, from_text,
};
pub use pool::{Cancel, Cancelled, cancelled, checkpoint};
pub use reply::{
    AfterReply, BeforeReply, Event, EventWriter, Events, File, HandlerError, HookReply, IntoEvent, Redirect,
    Reply, ReplyHeaders, Status, Stream,
};
pub use route::Failure;
pub use server::Plain;
pub use worker::Worker;

/// Makes sure that the routes of these library crates are linked into the program.
///
/// The linker leaves out a crate that nothing names, and its routes with it, silently. Write this beside `main` for every
/// crate that only holds routes:
///
/// ```ignore
/// gopool::link!(shop_routes, blog_routes);
/// ```
#[macro_export]
macro_rules! link {
    ($($name:ident),+ $(,)?) => {
        $(const _: () = { use $name as _; };)+
    };
}

/// Holds the README's examples to the code.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("compiler.md")]
pub mod when_the_compiler_says_no {}
