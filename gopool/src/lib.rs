//! Annotate a plain function, get an HTTP route whose CPU work runs on an elastic, bounded, fair pool of threads.

// The ground.
mod config;
mod error;
mod message;
mod template;
// What a route is.
mod call;
mod context;
pub mod params;
mod reply;
mod route;
mod router;
// Where it runs.
mod exec;
pub mod pool;
// What runs it.
mod app;
mod cli;
mod daemon;
mod master;
mod server;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use bytes::Bytes;
pub use call::Call;
pub use error::{Error, Kind};
pub use gopool_macros::{
    Header, all, delete, get, head, header_getter, on_master, on_shutdown, options, patch, post, put,
};
pub use http::{HeaderMap, Method, Uri};
pub use master::Master;
pub use message::{Request, RequestId, Response};
pub use params::{Body, Ctx, Form, Header, Path, Query};
pub use reply::{HandlerError, HookReply, Reply, Status};
