//! actix-web: accept, read, hand over, answer.
//!
//! The only folder that knows actix (beside `master`, which hands actix's own configuration through). It speaks HTTP, turns
//! actix's request into ours, finds the route, gives the call to the executor, and turns our response back.

use std::{io, net::TcpListener, os::fd::AsFd, sync::Arc, time::Duration};

use actix_server::{Server, ServerBuilder};
use actix_web::dev::AppConfig;
use socket2::SockRef;
use tokio::net::{TcpStream, UnixStream};

use self::{
    connection::Unsent,
    connections::{Connections, app_config},
};
use crate::master::Master;
use gopool_daemon::Listener;

mod answer;
mod arriving;
mod body_limits;
mod budget;
mod cancel;
mod codings;
mod conditional;
mod connection;
mod connections;
mod dispatch;
#[cfg(feature = "docs")]
mod docs;
mod drain;
mod event_loop;
mod flowing;
mod followed;
mod foreign;
mod front;
mod intake;
mod local;
mod monitor_listener;
mod monitor_path;
mod names;
mod narrower;
mod our_pages;
mod paced;
mod plain;
mod protocol;
mod pulse;
mod rates;
mod reading;
mod seen;
mod served;
mod service;
mod shadow;
mod spool;
mod standing;
mod ticks;
#[cfg(feature = "tls")]
mod tls;
mod watch;
#[cfg(not(feature = "docs"))]
mod without_docs;
#[cfg(not(feature = "tls"))]
mod without_tls;

#[cfg(feature = "docs")]
pub(crate) use self::docs::DocsPath;
pub use self::plain::Plain;
#[cfg(feature = "tls")]
pub(crate) use self::tls::{PairFiles, Tls};
#[cfg(not(feature = "docs"))]
pub(crate) use self::without_docs::DocsPath;
#[cfg(not(feature = "tls"))]
pub(crate) use self::without_tls::{PairFiles, Tls};
pub(crate) use self::{
    body_limits::{BodyLimits, Spool},
    budget::Budget,
    connection::Limits,
    drain::DrainStage,
    local::{Ask, answer_all},
    monitor_listener::MonitorListener,
    monitor_path::MonitorPath,
    our_pages::OurPages,
    paced::Pace,
    pulse::{Pulse, Wear},
    service::Service,
    shadow::shadows,
    standing::Standings,
    watch::Watch,
};
pub(crate) use actix_server::ServerHandle;
pub(crate) use actix_web::rt;

/// How much of an answer the system keeps for a client that does not take it, beyond what is on its way.
const MOST_UNSENT: u32 = 128 << 10;

/// What the server needs to know of the options.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How many event loops.
    pub(crate) event_loops: usize,
    /// How patient connections are.
    pub(crate) limits: Limits,
    /// What answers may take up that their clients do not take, all together, in bytes.
    pub(crate) max_answer_memory: u64,
    /// Most open ones, on all event loops together.
    pub(crate) max_connections: usize,
    /// Most that wait to be accepted, at each listener.
    pub(crate) backlog: i32,
    /// How long open connections may take to finish when the server stops.
    pub(crate) shutdown_timeout: Duration,
    /// What is spoken on TLS listeners.
    pub(crate) tls: Option<Tls>,
}

/// Starts serving on listeners that are bound already.
///
/// # Errors
/// A listener that cannot be used.
pub(crate) fn start(
    service: &Arc<Service>,
    master: &Arc<Master>,
    listeners: Vec<Listener>,
    settings: &Settings,
) -> io::Result<Server> {
    let mut server = Server::build()
        .workers(settings.event_loops)
        .max_concurrent_connections(settings.max_connections.div_ceil(settings.event_loops))
        .shutdown_timeout(settings.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let started = Arc::default();
    let unsent = Unsent::of(settings.max_answer_memory);
    for listener in listeners {
        let connections = Connections {
            service: service.clone(),
            master: master.clone(),
            started: Arc::clone(&started),
            limits: settings.limits,
            unsent: unsent.clone(),
            stopping: server.graceful_shutdown_signal(),
        };
        server = match listener {
            Listener::Tcp(socket) => {
                prepare(&socket, settings.backlog)?;
                quicken(&socket)?;
                let config = app_config(socket.local_addr()?, false);
                let serve = move || connections.clone().serve::<TcpStream>(config.clone());
                server.listen("tcp", socket, serve)?
            }
            Listener::Tls(socket) => {
                prepare(&socket, settings.backlog)?;
                quicken(&socket)?;
                let tls = settings.tls.clone().ok_or_else(no_certificate)?;
                listen_tls(server, socket, connections, tls)?
            }
            Listener::Unix(socket) => {
                prepare(&socket, settings.backlog)?;
                let serve = move || connections.clone().serve::<UnixStream>(AppConfig::default());
                server.listen_uds("unix", socket, serve)?
            }
        };
    }
    Ok(server.run())
}

fn no_certificate() -> io::Error {
    io::Error::other(
        "TLS is to be spoken here, and no certificate is given; give `--tls-cert` and `--tls-key`",
    )
}

#[cfg(feature = "tls")]
fn listen_tls(
    server: ServerBuilder,
    socket: TcpListener,
    connections: Connections,
    tls: Tls,
) -> io::Result<ServerBuilder> {
    let config = app_config(socket.local_addr()?, true);
    let serve = move || connections.clone().serve_tls(tls.clone(), config.clone());
    server.listen("tls", socket, serve)
}

#[cfg(not(feature = "tls"))]
fn listen_tls(_: ServerBuilder, _: TcpListener, _: Connections, tls: Tls) -> io::Result<ServerBuilder> {
    match tls {}
}

/// Whoever has opened the socket has not known of our options.
fn prepare(socket: impl AsFd, backlog: i32) -> io::Result<()> {
    Ok(rustix::net::listen(socket, backlog)?)
}

/// What the connections of a listener take over from it.
fn quicken(socket: &TcpListener) -> io::Result<()> {
    let socket = SockRef::from(socket);
    // An answer is written as a whole, so the system need not wait for more of it.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_notsent_lowat(MOST_UNSENT)
}
