//! What start-up prepares, and the handlers that use it.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web;
use gopool::{Ctx, Error, Master};
use serde::Serialize;

/// How the interruptible handlers of this process ended.
#[derive(Default)]
pub(crate) struct Counter {
    finished: AtomicU64,
    cancelled: AtomicU64,
}

impl Counter {
    pub(crate) fn finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn cancelled(&self) {
        self.cancelled.fetch_add(1, Ordering::Relaxed);
    }
}

/// A value that `GET /lab/ctx` shows.
struct Greeting(&'static str);

#[gopool::on_master]
async fn prepare(master: &mut Master) -> Result<(), Error> {
    master.ctx(Counter::default()).ctx(Greeting("prepared by on_master"));
    master.configure(|app| {
        app.route("/master/ping", web::get().to(|| async { "pong" }));
    });
    Ok(())
}

#[derive(Serialize)]
struct Ended {
    finished: u64,
    cancelled: u64,
}

#[gopool::get("/lab/counter")]
async fn counter(counter: Ctx<Counter>) -> Ended {
    Ended {
        finished: counter.finished.load(Ordering::Relaxed),
        cancelled: counter.cancelled.load(Ordering::Relaxed),
    }
}

#[gopool::get("/lab/ctx")]
fn ctx(greeting: Ctx<Greeting>) -> &'static str {
    greeting.0
}
