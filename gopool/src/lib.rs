//! Annotate a plain function, get an HTTP route whose CPU work runs on an elastic, bounded, fair pool of threads.

// The ground.
mod error;
mod message;
mod template;
mod config;
mod context;
// What a route is.
mod call;
pub mod params;
mod reply;
mod route;
mod router;
// Where it runs.
pub mod pool;
mod exec;
// What runs it.
mod server;
mod master;
mod daemon;
mod log;
mod cli;
mod app;

pub use app::{App, start, start_single};
pub use bytes::Bytes;
pub use config::{Log, LogFormat, Options, Secret};
pub use context::Contexts;
pub use error::{Error, Kind};
pub use exec::{block_on, cpu, par};
pub use http::{HeaderMap, Method, Uri};
pub use master::Master;
pub use message::{Request, RequestId, Response};
pub use params::{Body, Ctx, Form, Query};
pub use pool::{Cancel, Cancelled, cancelled, checkpoint};
