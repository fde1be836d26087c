//! Which request is next when there is not enough for all, and how much time is left for it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use gopool::{Error, Path};
use serde::Serialize;

use crate::work::{Fib, fib_of};

#[gopool::get("/lab/critical/{n}", priority = "critical")]
fn critical(n: Path<u32>) -> Fib {
    fib_of(*n)
}

#[gopool::get("/lab/sheddable/{n}", priority = "sheddable")]
fn sheddable(n: Path<u32>) -> Fib {
    fib_of(*n)
}

/// Three times the CPU time of other routes.
#[gopool::get("/lab/weighted/{n}", weight = 3)]
fn weighted(n: Path<u32>) -> Fib {
    fib_of(*n)
}

/// How many of the requests below began before.
static TURNS: AtomicU64 = AtomicU64::new(0);

#[derive(Serialize)]
struct Turn {
    turn: u64,
}

fn next() -> Turn {
    Turn {
        turn: TURNS.fetch_add(1, Ordering::Relaxed),
    }
}

#[gopool::get("/lab/turn")]
fn turn() -> Turn {
    next()
}

#[gopool::get("/lab/turn/critical", priority = "critical")]
fn turn_of_the_critical() -> Turn {
    next()
}

#[gopool::get("/lab/turn/sheddable", priority = "sheddable")]
fn turn_of_the_sheddable() -> Turn {
    next()
}

#[gopool::get("/lab/turn/by-key", fair_by = "x-api-key")]
fn turn_by_key() -> Turn {
    next()
}

#[gopool::get("/lab/turn/by-peer", fair_by = "peer")]
fn turn_by_peer() -> Turn {
    next()
}

#[gopool::get("/lab/turn/slow/{ms}")]
fn slow_turn(ms: Path<u64>) -> Turn {
    let turn = next();
    thread::sleep(Duration::from_millis(*ms));
    turn
}

#[gopool::get("/lab/turn/slow-weighted/{ms}", weight = 3)]
fn slow_weighted_turn(ms: Path<u64>) -> Turn {
    let turn = next();
    thread::sleep(Duration::from_millis(*ms));
    turn
}

/// What is left for a request, in milliseconds, in each place that a handler can be in.
#[derive(Serialize)]
struct Left {
    here: Option<u128>,
    /// In the work given to `cpu`.
    cpu: Option<u128>,
    /// In the work given to `par::install`.
    par: Option<u128>,
}

fn left() -> Option<u128> {
    gopool::remaining().map(|left| left.as_millis())
}

#[gopool::get("/lab/remaining")]
fn remaining() -> Result<Left, Error> {
    Ok(Left {
        here: left(),
        cpu: gopool::block_on(gopool::cpu(left))?,
        par: gopool::par::install(left),
    })
}

#[gopool::get("/lab/remaining/async")]
async fn remaining_async() -> Result<Left, Error> {
    Ok(Left {
        here: left(),
        cpu: gopool::cpu(left).await?,
        par: gopool::cpu(|| gopool::par::install(left)).await?,
    })
}

#[gopool::get("/lab/remaining/inline", run = "inline")]
fn remaining_inline() -> Left {
    Left {
        here: left(),
        cpu: None,
        par: None,
    }
}

/// Waits on its thread for work in its own queue, which has one place.
#[gopool::get("/lab/nested/{n}", concurrency = 1)]
fn nested(n: Path<u32>) -> Result<Fib, Error> {
    let n = *n;
    gopool::block_on(gopool::cpu(move || fib_of(n)))
}
