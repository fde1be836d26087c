//! The life of a master: prepare, listen, serve, drain.

use std::{
    io,
    net::TcpListener,
    process::ExitCode,
    time::{Duration, Instant},
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    time::{sleep, timeout_at},
};

use super::{
    prepare::Prepared,
    refuse,
};
use crate::{
    config::{Config, Listen},
    route::{Registry, Table},
    server::{self, ServerHandle, Step, rt},
};

/// The exit code when a second interrupt cuts the drain short, as shells report a death by SIGINT.
const INTERRUPTED: u8 = 130;

/// Serves until it is told to stop.
pub(super) fn serve(registry: &Registry, config: &Config) -> ExitCode {
    // Before `on_master`, whose work may be long and would be in vain if the address is taken.
    match listen(config) {
        Ok(listeners) => rt::System::new().block_on(live(registry, config, listeners)),
        Err(refusal) => refuse(&[refusal]),
    }
}

fn listen(config: &Config) -> Result<Vec<TcpListener>, String> {
    let bind = |address: &Listen| match address {
        Listen::Tcp { host, port } => {
            TcpListener::bind((host.as_str(), *port)).map_err(|error| format!("cannot listen on {address}: {error}"))
        }
        Listen::Unix(_) => Err(format!("cannot listen on {address}: not a TCP address")),
    };
    config.listen.iter().map(bind).collect()
}

async fn live(registry: &Registry, config: &Config, listeners: Vec<TcpListener>) -> ExitCode {
    // Before anything is prepared, so that a signal during start-up is not lost.
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return refuse(&[format!("cannot listen to signals: {error}")]),
    };
    let addresses: Vec<String> = listeners.iter().map(|listener| address_of(listener)).collect();
    let prepared = tokio::select! {
        prepared = Prepared::new(registry, config) => prepared,
        () = signals.stop() => return ExitCode::SUCCESS,
    };
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(refusals) => return refuse(&refusals),
    };
    let settings = server::Settings {
        event_loops: config.event_loops,
        half_closed: config.half_closed,
        shutdown_timeout: config.shutdown_timeout,
    };
    let server = match server::start(&prepared.service, &prepared.master, listeners, settings) {
        Ok(server) => server,
        Err(error) => return refuse(&[format!("cannot listen on {}: {error}", addresses.join(", "))]),
    };
    let handle = server.handle();
    let serving = rt::spawn(server);
    tracing::info!("routes\n{}", Table::of(&registry.routes));
    tracing::info!(pid = std::process::id(), "listening on {}", addresses.join(", "));
    tokio::select! {
        () = signals.stop() => {}
        _ = serving => return refuse(&["the server ended by itself".to_owned()]),
    }
    tokio::select! {
        () = drain(&prepared, &handle, config.shutdown_timeout) => {}
        () = signals.interrupt() => return ExitCode::from(INTERRUPTED),
    }
    run_on_shutdown(registry, &prepared).await;
    tracing::info!("drained, good bye");
    ExitCode::SUCCESS
}

fn address_of(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|error| error.to_string(), |address| format!("http://{address}"))
}

/// Stops accepting, refuses new work, lets accepted work finish within `limit`, then tells the rest to stop.
async fn drain(prepared: &Prepared, server: &ServerHandle, limit: Duration) {
    let deadline = Instant::now() + limit;
    let drain = prepared.service.drain();
    tracing::info!(requests = drain.serving(), ?limit, "draining: no new connections, finishing what was accepted");
    drain.advance_to(Step::Refusing);
    if timeout_at(deadline.into(), server.stop(true)).await.is_err() {
        tracing::warn!(requests = drain.serving(), "drain limit reached, telling the rest to stop");
    }
    let Some(pool) = prepared.pool.clone() else { return };
    let left = deadline.saturating_duration_since(Instant::now());
    // Closing blocks until the threads have ended, so it gets a thread of its own.
    match rt::task::spawn_blocking(move || pool.close(left)).await {
        Ok(Ok(report)) if !report.drained => tracing::warn!(threads = report.abandoned, "threads still busy, abandoning them"),
        _ => {}
    }
}

/// The application's own end. Its failure is logged; the process ends all the same.
async fn run_on_shutdown(registry: &Registry, prepared: &Prepared) {
    let Some(hook) = registry.on_shutdown else { return };
    if let Err(error) = (hook.run)(&prepared.contexts).await {
        tracing::error!(%error, at = %hook.site, "on_shutdown failed");
    }
}

/// The signals that a master obeys.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for TERM or INT.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    async fn interrupt(&mut self) {
        self.interrupt.recv().await;
    }
}
