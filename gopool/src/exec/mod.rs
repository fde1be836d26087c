//! Where a route runs: on the pool, or here.
//!
//! The seam for every placement: an owned envelope goes in, an owned outcome comes back, and both can be written down. The
//! server knows no threads, the pool knows no HTTP, and only this folder knows both sides.

mod block_on;
mod coded;
mod cpu;
mod current;
mod disk;
mod endpoint;
mod executor;
mod flow;
mod home;
mod inline;
pub(crate) mod isolated;
mod outlet;
mod panic;
pub mod par;
mod pipe;
mod pooled;
mod process;
mod run;

pub use block_on::block_on;
pub(crate) use block_on::block_on_here;
pub use cpu::{cpu, stats};
pub(crate) use cpu::{set_process_executor, set_thread_executor, set_thread_mailbox};
pub use current::remaining;
pub(crate) use current::{TaskOrigin, current};
pub(crate) use disk::on_disk;
pub(crate) use endpoint::Endpoint;
pub(crate) use executor::Executor;
pub(crate) use home::Home;
pub(crate) use isolated::Isolated;
pub(crate) use pooled::Pooled;
pub use process::spawn_process;
pub(crate) use run::{Execution, Ran};
