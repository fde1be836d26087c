//! Handlers that burn CPU or wait, with every limit that a route can have.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use gopool::{Cancel, Ctx, Error, Path, Query};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::shared::Counter;

#[derive(Deserialize)]
struct Greet {
    name: String,
}

#[derive(Serialize)]
struct Greeting {
    hello: String,
}

#[derive(Serialize)]
pub(crate) struct Fib {
    n: u32,
    fib: u64,
}

pub(crate) fn fib_of(n: u32) -> Fib {
    Fib { n, fib: fibonacci(n) }
}

#[derive(Serialize)]
struct Slept {
    slept: u64,
}

#[derive(Serialize)]
struct Spun {
    spun: u64,
}

#[gopool::get("/lab/hello")]
fn hello(query: Query<Greet>) -> Greeting {
    Greeting { hello: query.0.name }
}

/// The same as `/lab/hello` without the hand-over: what is left between them is its price.
#[gopool::get("/lab/hello-inline", run = "inline")]
fn hello_inline(query: Query<Greet>) -> Greeting {
    Greeting { hello: query.0.name }
}

/// The same in a process of its own.
#[gopool::get("/lab/hello-isolated", run = "isolated")]
fn hello_isolated(query: Query<Greet>) -> Greeting {
    Greeting { hello: query.0.name }
}

#[gopool::get("/lab/inline", run = "inline")]
fn inline() -> &'static str {
    "ok"
}

#[gopool::get("/lab/fib/{n}")]
fn fib(n: Path<u32>) -> Fib {
    fib_of(*n)
}

/// `fib` in a lane of its own, for long work beside short.
#[gopool::get("/lab/heavy/{n}")]
fn heavy(n: Path<u32>) -> Fib {
    fib_of(*n)
}

#[gopool::get("/lab/sleep/{ms}")]
fn sleep(ms: Path<u64>) -> Slept {
    thread::sleep(Duration::from_millis(*ms));
    Slept { slept: *ms }
}

/// Never asks whether it should stop, so it keeps its thread beyond every limit.
#[gopool::get("/lab/spin/{ms}")]
fn spin(ms: Path<u64>) -> Spun {
    let end = Instant::now() + Duration::from_millis(*ms);
    while Instant::now() < end {
        burn_a_little();
    }
    Spun { spun: *ms }
}

#[gopool::get("/lab/polite/{ms}")]
fn polite(ms: Path<u64>, counter: Ctx<Counter>) -> Result<Spun, Error> {
    spin_politely(*ms, &counter)
}

#[gopool::get("/lab/short/{ms}", timeout = "200ms")]
fn short(ms: Path<u64>, counter: Ctx<Counter>) -> Result<Spun, Error> {
    spin_politely(*ms, &counter)
}

#[gopool::get("/lab/impatient/{ms}", queue_timeout = "100ms")]
fn impatient(ms: Path<u64>, counter: Ctx<Counter>) -> Result<Spun, Error> {
    spin_politely(*ms, &counter)
}

#[gopool::get("/lab/detached/{ms}", detached)]
fn detached(ms: Path<u64>, counter: Ctx<Counter>) -> Result<Spun, Error> {
    spin_politely(*ms, &counter)
}

#[gopool::get("/lab/single-file/{ms}", concurrency = 1)]
fn single_file(ms: Path<u64>) -> Slept {
    thread::sleep(Duration::from_millis(*ms));
    Slept { slept: *ms }
}

#[gopool::get("/lab/async-sleep/{ms}")]
async fn async_sleep(ms: Path<u64>) -> Slept {
    tokio::time::sleep(Duration::from_millis(*ms)).await;
    Slept { slept: *ms }
}

/// Its limit counts what it does on the pool, not what it waits for on the event loop.
#[gopool::get("/lab/async-single-file/{ms}", concurrency = 1)]
async fn async_single_file(ms: Path<u64>) -> Result<Slept, Error> {
    let ms = *ms;
    gopool::cpu(move || thread::sleep(Duration::from_millis(ms))).await?;
    Ok(Slept { slept: ms })
}

#[gopool::get("/lab/mixed/{ms}/{n}")]
async fn mixed(path: Path<(u64, u32)>) -> Result<Fib, Error> {
    let (ms, n) = *path;
    tokio::time::sleep(Duration::from_millis(ms)).await;
    gopool::cpu(move || fib_of(n)).await
}

#[derive(Serialize)]
struct Sum {
    n: u64,
    sum: u64,
}

#[gopool::get("/lab/par/{n}")]
fn par(n: Path<u64>, cancel: Cancel) -> Result<Sum, Error> {
    let n = *n;
    let sum = gopool::par::install(|| {
        let terms = (0..n).into_par_iter().map(|i| cancel.checkpoint().map(|()| i));
        terms.try_reduce(|| 0, |a, b| Ok(a.wrapping_add(b)))
    })?;
    Ok(Sum { n, sum })
}

#[derive(Serialize)]
struct Depth {
    depth: u64,
}

#[gopool::get("/lab/stack/{depth}")]
fn stack(depth: Path<u64>) -> Depth {
    Depth {
        depth: recurse(*depth),
    }
}

/// Naive on purpose: the load must be the compiler's business, not the allocator's or the memory's.
fn fibonacci(n: u32) -> u64 {
    if n < 2 {
        u64::from(n)
    } else {
        fibonacci(black_box(n - 1)) + fibonacci(black_box(n - 2))
    }
}

/// Takes about 100 bytes of stack a level.
fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 8]);
    if depth == 0 {
        0
    } else {
        black_box(recurse(depth - 1) + frame[0] / frame[7])
    }
}

/// Busy for `ms`, asking about every 100 microseconds whether to stop.
fn spin_politely(ms: u64, counter: &Counter) -> Result<Spun, Error> {
    let end = Instant::now() + Duration::from_millis(ms);
    while Instant::now() < end {
        let pause = Instant::now() + Duration::from_micros(100);
        while Instant::now() < pause {
            burn_a_little();
        }
        gopool::checkpoint().inspect_err(|_| counter.cancelled())?;
    }
    counter.finished();
    Ok(Spun { spun: ms })
}

fn burn_a_little() {
    (0..100).for_each(|i| {
        black_box(i);
    });
}
