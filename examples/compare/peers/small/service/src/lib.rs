//! What the small service does, the same in every Rust framework: CPU work, and what may go wrong with it.

use std::{env, hint::black_box, thread};

use serde::Serialize;

/// What a run of `leak` never gives back.
const LEAK: usize = 1_000_000;
/// An answer that does not fit into what the system keeps for a client.
const LARGE: usize = 16_000_000;

/// The answer of `fib`.
#[derive(Serialize)]
pub struct Fib {
    n: u32,
    fib: u64,
}

/// Pure CPU work.
pub fn fib(n: u32) -> Fib {
    Fib { n, fib: fibonacci(n) }
}

/// The same function as in `compare`'s yardstick.
fn fibonacci(n: u32) -> u64 {
    if n < 2 {
        u64::from(n)
    } else {
        fibonacci(black_box(n - 1)) + fibonacci(black_box(n - 2))
    }
}

/// Waits for what never comes.
pub fn hang() -> &'static str {
    loop {
        thread::park();
    }
}

/// Forgets a megabyte.
pub fn leak() -> &'static str {
    // What nobody looks at would never be allocated.
    black_box(vec![1_u8; LEAK].leak());
    "leaked"
}

/// Sixteen megabytes of text.
pub fn large() -> String {
    "x".repeat(LARGE)
}

/// Where to listen: `PORT`, or 8080.
pub fn port() -> u16 {
    let port = env::var("PORT").ok();
    port.and_then(|port| port.parse().ok()).unwrap_or(8080)
}
