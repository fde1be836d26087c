//! What the cores can do when nothing else is asked of them: the yardstick of the CPU rows.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use crate::sample::count;

/// How long to look. The machine's speed drifts, so it is measured right before each server.
const LOOK: Duration = Duration::from_millis(500);

/// What the machine does of `fib(30)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capacity {
    /// On all cores together, per second.
    pub(crate) per_second: f64,
    /// How long one takes on a core that is not alone.
    pub(crate) one: Duration,
}

impl Capacity {
    /// Runs the work of `/lab/fib/30` on every core.
    pub(crate) fn measure(cores: usize) -> Self {
        let start = Instant::now();
        let threads: Vec<_> = (0..cores)
            .map(|_| thread::spawn(move || runs_until(start + LOOK)))
            .collect();
        let per_second = threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum::<f64>();
        let one = Duration::from_secs_f64(count(cores) / per_second);
        Self { per_second, one }
    }
}

/// Runs per second of this thread.
fn runs_until(end: Instant) -> f64 {
    let start = Instant::now();
    let mut runs = 0.0;
    while Instant::now() < end {
        black_box(fibonacci(black_box(30)));
        runs += 1.0;
    }
    runs / start.elapsed().as_secs_f64()
}

/// The same function as in gopool's lab and in the peers.
fn fibonacci(n: u32) -> u64 {
    if n < 2 {
        u64::from(n)
    } else {
        fibonacci(black_box(n - 1)) + fibonacci(black_box(n - 2))
    }
}
