//! Routes: what the attributes register, collected, sorted and checked at launch.

#[cfg(feature = "openapi")]
mod docs;
mod entry;
mod failure;
mod handler;
mod hooks;
mod load;
mod site;
mod table;
mod verb;

#[cfg(feature = "openapi")]
pub use docs::Docs;
pub use entry::{FairBy, Limits, Route};
pub use failure::{Failure, OnFailure};
pub use handler::{Handler, LocalFuture, Outcome, Placement};
pub use hooks::{HeaderGetter, OnMaster, OnShutdown, OnWorker, RunOnWorker};
pub(crate) use load::{Registered, Registry};
pub use site::Site;
pub(crate) use table::Table;
pub use verb::Verb;
