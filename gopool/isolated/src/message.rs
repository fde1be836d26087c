//! What the parent and a child say to each other before the first job.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::settings::Bounds;

/// The only argument of a child. Not a variable: a program that a handler starts would inherit that.
pub(crate) const MARK: &str = "--gopool-isolated";

/// What a child needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// Whose child it is. Who finds another parent has lost his own.
    pub(crate) parent: u32,
    pub(crate) bounds: Bounds,
    /// The longest body of a job, in bytes.
    pub(crate) max_job: u64,
    pub(crate) told: Value,
}

/// What a child says once it would take jobs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ready {
    /// Which program it is.
    pub(crate) program: String,
    /// In the application's words.
    pub(crate) report: Value,
}
