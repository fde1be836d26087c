//! actix-web: accept, read, hand over, answer.
//!
//! The only folder that knows actix (beside `master`, which hands actix's own configuration through). It speaks HTTP, turns
//! actix's request into ours, finds the route, gives the call to the executor, and turns our response back.

use std::{io, os::fd::AsFd, sync::Arc, time::Duration};

use actix_server::Server;
use actix_web::dev::AppConfig;
use socket2::SockRef;
use tokio::net::{TcpStream, UnixStream};

use self::connections::{Connections, app_config};
use crate::master::Master;
use gopool_daemon::Listener;

mod answer;
mod budget;
mod cancel;
mod codings;
mod connection;
mod connections;
mod dispatch;
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
mod paced;
mod plain;
mod pulse;
mod seen;
mod service;
mod shadow;
mod standing;
mod ticks;
mod watch;

pub use self::plain::Plain;
pub(crate) use self::{
    budget::Budget,
    connection::Limits,
    drain::DrainStage,
    intake::BodyLimits,
    local::{Ask, answer_all},
    monitor_listener::MonitorListener,
    monitor_path::MonitorPath,
    paced::Pace,
    pulse::Pulse,
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
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// How many event loops.
    pub(crate) event_loops: usize,
    /// How patient connections are.
    pub(crate) limits: Limits,
    /// Most open ones, on all event loops together.
    pub(crate) max_connections: usize,
    /// Most that wait to be accepted, at each listener.
    pub(crate) backlog: i32,
    /// How long open connections may take to finish when the server stops.
    pub(crate) shutdown_timeout: Duration,
}

/// Starts serving on listeners that are bound already.
///
/// # Errors
/// A listener that cannot be used.
pub(crate) fn start(
    service: &Arc<Service>,
    master: &Arc<Master>,
    listeners: Vec<Listener>,
    settings: Settings,
) -> io::Result<Server> {
    let mut server = Server::build()
        .workers(settings.event_loops)
        .max_concurrent_connections(settings.max_connections.div_ceil(settings.event_loops))
        .shutdown_timeout(settings.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let started = Arc::default();
    for listener in listeners {
        let connections = Connections {
            service: service.clone(),
            master: master.clone(),
            started: Arc::clone(&started),
            limits: settings.limits,
            stopping: server.graceful_shutdown_signal(),
        };
        server = match listener {
            Listener::Tcp(socket) => {
                prepare(&socket, settings.backlog)?;
                quicken(&socket)?;
                let config = app_config(socket.local_addr()?);
                let serve = move || connections.clone().serve::<TcpStream>(config.clone());
                server.listen("tcp", socket, serve)?
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

/// Whoever has opened the socket has not known of our options.
fn prepare(socket: impl AsFd, backlog: i32) -> io::Result<()> {
    Ok(rustix::net::listen(socket, backlog)?)
}

/// What the connections of a listener take over from it.
fn quicken(socket: &std::net::TcpListener) -> io::Result<()> {
    let socket = SockRef::from(socket);
    // An answer is written as a whole, so the system need not wait for more of it.
    socket.set_tcp_nodelay(true)?;
    socket.set_tcp_notsent_lowat(MOST_UNSENT)
}
