//! Routes: what the attributes register, collected, sorted and checked at launch.

mod applied;
mod around;
#[cfg(feature = "openapi")]
mod docs;
mod entry;
mod failure;
mod group;
mod handler;
mod hooks;
mod limits;
mod load;
mod mount;
mod site;
mod table;
mod verb;

pub use applied::Applied;
pub(crate) use applied::Hooked;
pub(crate) use around::Decision;
pub use around::{After, Before, RunBefore};
#[cfg(feature = "openapi")]
pub use docs::Docs;
pub use entry::Route;
pub use failure::{Failure, OnFailure};
pub use group::Group;
pub use handler::{Handler, LocalFuture, Outcome, Placement};
pub use hooks::{HeaderGetter, OnMaster, OnShutdown, OnWorker, RunOnWorker};
pub use limits::{KnownBy, Limits, Rate};
pub(crate) use load::{Registered, Registry};
pub use site::Site;
pub(crate) use table::Table;
pub use verb::Verb;
