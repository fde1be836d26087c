//! What start-up prepares, and the handlers that use it.

use std::sync::{
    Condvar, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use actix_web::{HttpRequest, HttpResponse, web};
use gopool::{Ctx, Error, Master};
use serde::Serialize;

use crate::process::{self, Hoard, Leaked};

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

/// Where handlers wait for `GET /lab/release`.
#[derive(Default)]
struct Gate {
    /// How often it was opened.
    openings: Mutex<u64>,
    opened: Condvar,
}

impl Gate {
    fn wait(&self) {
        let openings = self.openings.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *openings;
        let passed = self.opened.wait_while(openings, |openings| *openings == before);
        drop(passed.unwrap_or_else(PoisonError::into_inner));
    }

    fn open(&self) {
        *self.openings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.opened.notify_all();
    }
}

/// A value that `GET /lab/ctx` shows.
struct Greeting(&'static str);

#[gopool::on_master]
async fn prepare(master: &mut Master) -> Result<(), Error> {
    process::misbehave_at_start().await?;
    master
        .ctx(Leaked::default())
        .ctx(Hoard::default())
        .ctx(Counter::default())
        .ctx(Gate::default())
        .ctx(Greeting("prepared by on_master"));
    master.configure(|app| {
        app.route("/master/ping", web::get().to(|| async { "pong" }))
            .route("/master/echo", web::get().to(echo))
            .route("/master/scheme", web::get().to(scheme));
    });
    Ok(())
}

/// How it was asked for.
async fn scheme(request: HttpRequest) -> String {
    request.connection_info().scheme().to_owned()
}

/// Speaks another protocol: what it hears.
async fn echo(heard: web::Payload) -> HttpResponse {
    let mut answer = HttpResponse::SwitchingProtocols();
    answer.upgrade("websocket").streaming(heard)
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

/// Keeps its thread, whatever its limit, until `/lab/release`.
#[gopool::get("/lab/held")]
fn held(gate: Ctx<Gate>) {
    gate.wait();
}

/// The same with a limit that nobody reaches.
#[gopool::get("/lab/held-within-its-limit", timeout = "1h")]
fn held_within_its_limit(gate: Ctx<Gate>) {
    gate.wait();
}

/// The same with a limit that everybody reaches.
#[gopool::get("/lab/held-past-its-limit", timeout = "100ms")]
fn held_past_its_limit(gate: Ctx<Gate>) {
    gate.wait();
}

/// Lets go of all handlers that are held. Inline, so that it works when they hold every thread.
#[gopool::get("/lab/release", run = "inline")]
fn release(gate: Ctx<Gate>) {
    gate.open();
}

#[gopool::get("/lab/ctx")]
fn ctx(greeting: Ctx<Greeting>) -> &'static str {
    greeting.0
}

#[derive(Serialize)]
struct Pool {
    submitted: u64,
    completed: u64,
    failed: u64,
    panicked: u64,
    cancelled: u64,
    rejected: u64,
    queue_timeouts: u64,
    timeouts: u64,
    queued: u64,
    running: u64,
    idle: usize,
    busy: usize,
    overdue: usize,
    stalled: usize,
    lent: usize,
    width: usize,
}

/// The pool's own counts, at one instant. Inline, so that it answers when every pool thread is busy.
#[gopool::get("/lab/stats", run = "inline")]
fn stats() -> Option<Pool> {
    let stats = gopool::stats()?;
    let (counters, threads) = (stats.counters, stats.threads);
    Some(Pool {
        submitted: counters.submitted,
        completed: counters.completed,
        failed: counters.failed,
        panicked: counters.panicked,
        cancelled: counters.cancelled,
        rejected: counters.rejected,
        queue_timeouts: counters.queue_timeouts,
        timeouts: counters.timeouts,
        queued: counters.queued,
        running: counters.running,
        idle: threads.idle,
        busy: threads.busy,
        overdue: threads.overdue,
        stalled: threads.stalled,
        lent: threads.lent,
        width: threads.width,
    })
}
