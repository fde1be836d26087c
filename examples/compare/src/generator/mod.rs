//! Load, made by existing generators.

use std::time::{Duration, Instant};

use crate::{Failure, process, server::Server};

mod oha;
mod wrk;

pub(crate) use oha::Open;
pub(crate) use wrk::{Closed, Report};

/// What a load cost, in cores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// For so long.
    pub(crate) elapsed: Duration,
    /// All processes of the server.
    pub(crate) server: f64,
    /// Its threads that are not the pool's: event loops, clock, main.
    pub(crate) server_without_pool: f64,
    pub(crate) generators: f64,
}

/// Runs `load` and says what it cost meanwhile.
pub(crate) fn weigh<T>(
    server: &Server,
    load: impl FnOnce() -> Result<T, Failure>,
) -> Result<(T, Cost), Failure> {
    let pids = server.pids();
    let read = || {
        [
            process::cpu_time(&pids),
            process::cpu_time_without(&pids, "gopool-"),
            process::cpu_time_of_ended_children(),
        ]
    };
    let (start, before) = (Instant::now(), read());
    let result = load()?;
    let (elapsed, after) = (start.elapsed(), read());
    let cores = |index: usize| share(after[index].saturating_sub(before[index]), elapsed);
    let cost = Cost {
        elapsed,
        server: cores(0),
        server_without_pool: cores(1),
        generators: cores(2),
    };
    Ok((result, cost))
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}
