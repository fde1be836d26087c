//! Panics of what users wrote, as errors.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Error;
use gopool_pool::panics;

/// Runs `work`; a panic becomes an error.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Error> {
    // A handler's own values die with its stack, and what it shares is behind locks that know of panics.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Error::panicked(panics::text(payload)))
}
