//! Annotate a plain function, get an HTTP route whose CPU work runs on an elastic, bounded, fair pool of threads.

// The ground.
mod config;
mod context;
mod error;
mod message;
mod template;
// What a route is.
mod call;
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
#[doc(hidden)]
pub mod daemon;
mod log;
mod master;
mod meter;
mod monitor;
mod server;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use app::{App, start, start_single};
pub use bytes::Bytes;
#[doc(hidden)]
pub use config::option_table_markdown;
pub use config::{Log, LogFormat, Options, Secret};
pub use context::Contexts;
pub use error::{Error, Kind};
pub use exec::{block_on, cpu, par, stats};
pub use gopool_macros::{
    Header, all, delete, get, head, header_getter, on_master, on_shutdown, options, patch, post, put,
};
pub use http::{HeaderMap, Method, Uri};
pub use master::{Master, RoutesService};
pub use message::{Request, RequestId, Response};
pub use params::{Body, Ctx, Form, Header, Path, Query};
pub use pool::{Cancel, Cancelled, cancelled, checkpoint};
pub use reply::{Reply, Status};

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
