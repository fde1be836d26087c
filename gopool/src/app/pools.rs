//! The pools, as the options want them.

use std::error::Error as _;

use crate::{config::Config, monitor::OverdueLog};
use gopool_pool::Pool;

/// A pool as the options want it; `cores` are those that the process may use, unless something else is to be counted on.
pub(super) fn pool(config: &Config, cores: Option<usize>) -> Result<Pool, String> {
    let overdue = OverdueLog::default();
    let mut builder = Pool::builder();
    if let Some(cores) = cores {
        builder = builder.cores(cores);
    }
    let pool = builder
        .min_threads(config.min_threads)
        .max_threads(config.max_threads)
        .max_queue(config.max_queue)
        .max_overdue(config.max_overdue)
        .max_stalled(config.max_stalled)
        .queue_target(config.queue_target)
        .idle_timeout(config.idle_timeout)
        .stack_size(config.stack_size)
        .nice(config.nice)
        .on_overdue(move |task| overdue.add(task))
        .build();
    pool.map_err(|error| match error.source() {
        Some(cause) => format!("the pool cannot start: {error}: {cause}"),
        None => format!("the pool cannot start: {error}"),
    })
}
