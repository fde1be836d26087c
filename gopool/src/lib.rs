//! Annotate a plain function, get an HTTP route whose CPU work runs on an elastic, bounded, fair pool of threads.

mod app;
mod cli;
mod config;
#[doc(hidden)]
pub mod daemon;
mod error;
mod exec;
mod master;
mod message;
pub mod params;
pub mod pool;
mod reply;
mod route;
mod router;
mod server;
