//! Load, made by existing generators.

use std::time::{Duration, Instant};

use crate::{Failure, process, sample::count, server::Server};

mod clients;
mod oha;
mod wrk;

pub(crate) use clients::Clients;
pub(crate) use oha::{Open, Seen};
pub(crate) use wrk::{Closed, Report};

/// What a load cost, in cores.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// For so long.
    pub(crate) elapsed: Duration,
    /// All processes of the server.
    pub(crate) server: f64,
    /// Its threads that are not gopool's workers: event loops, clock, main.
    pub(crate) server_without_workers: f64,
    pub(crate) generators: f64,
}

impl Cost {
    /// What the server took for each of so many requests, in microseconds; nothing without any.
    pub(crate) fn of_server_each(&self, requests: f64) -> Option<f64> {
        self.each(self.server, requests)
    }

    /// The same of its threads that are not workers.
    pub(crate) fn without_workers_each(&self, requests: f64) -> Option<f64> {
        self.each(self.server_without_workers, requests)
    }

    fn each(&self, cores: f64, requests: f64) -> Option<f64> {
        (requests > 0.0).then(|| cores * self.elapsed.as_secs_f64() * 1e6 / requests)
    }

    /// The part of so many cores that neither the generators nor the threads without work used.
    pub(crate) fn left_over(&self, cores: usize) -> f64 {
        let cores = count(cores);
        (cores - self.generators - self.server_without_workers) / cores
    }
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
            process::cpu_time_without_workers(&pids),
            process::cpu_time_of_generators(),
        ]
    };
    let (start, before) = (Instant::now(), read());
    let result = load()?;
    let (elapsed, after) = (start.elapsed(), read());
    let cores = |index: usize| share(after[index].saturating_sub(before[index]), elapsed);
    let cost = Cost {
        elapsed,
        server: cores(0),
        server_without_workers: cores(1),
        generators: cores(2),
    };
    Ok((result, cost))
}

fn share(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_shared_among_the_requests_and_leaves_the_rest_of_the_cores() {
        let cost = Cost {
            elapsed: Duration::from_secs(2),
            server: 1.5,
            server_without_workers: 0.25,
            generators: 0.25,
        };
        assert_eq!(cost.of_server_each(3_000.0), Some(1_000.0));
        assert_eq!(cost.without_workers_each(1_000.0), Some(500.0));
        assert_eq!(cost.of_server_each(0.0), None);
        assert_eq!(cost.left_over(2), 0.75);
    }
}
