//! What every Rust peer does for a request, so that only the hand-over differs.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

pub mod database;
pub mod settings;

/// The query of `hello`.
#[derive(Deserialize)]
pub struct Greet {
    name: String,
}

/// The answer of `hello`.
#[derive(Serialize)]
pub struct Greeting {
    hello: String,
}

/// The answer of `fib`.
#[derive(Serialize)]
pub struct Fib {
    n: u32,
    fib: u64,
}

/// The answer of `sleep`.
#[derive(Serialize)]
pub struct Slept {
    slept: u64,
}

/// The answer of `spin`.
#[derive(Serialize)]
pub struct Spun {
    spun: u64,
}

/// A request that costs nearly nothing: what is left is the hand-over.
pub fn hello(greet: Greet) -> Greeting {
    Greeting { hello: greet.name }
}

/// Pure CPU work.
pub fn fib(n: u32) -> Fib {
    Fib { n, fib: fibonacci(n) }
}

/// Waits without using a core.
pub fn sleep(ms: u64) -> Slept {
    thread::sleep(Duration::from_millis(ms));
    Slept { slept: ms }
}

/// Uses a core for so long: nobody tells it to stop.
pub fn spin(ms: u64) -> Spun {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end {
        black_box(ms);
    }
    Spun { spun: ms }
}

/// The same function as in gopool's lab.
fn fibonacci(n: u32) -> u64 {
    if n < 2 {
        u64::from(n)
    } else {
        fibonacci(black_box(n - 1)) + fibonacci(black_box(n - 2))
    }
}
