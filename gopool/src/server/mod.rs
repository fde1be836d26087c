//! actix-web: accept, read, hand over, answer.
//!
//! The only folder that knows actix (beside `master`, which hands actix's own configuration through). It turns actix's
//! request into ours, finds the route, gives the call to the executor, and turns our response back.

use std::{io, sync::Arc, time::Duration};

use actix_server::Server;
use actix_service::IntoServiceFactory as _;
use actix_web::dev::AppConfig;
use tokio::net::{TcpStream, UnixStream};

use self::{
    connections::{Connections, app_config},
    front::app,
};
use crate::master::Master;
use gopool_daemon::Listener;

mod answer;
mod connections;
mod drain;
mod front;
mod intake;
mod local;
mod monitor_listener;
mod monitor_path;
mod names;
mod pulse;
mod service;
mod ticks;
mod watch;

pub(crate) use self::{
    drain::DrainStage,
    intake::BodyLimits,
    local::{Ask, answer_all},
    monitor_listener::MonitorListener,
    monitor_path::MonitorPath,
    pulse::Pulse,
    service::Service,
    watch::Watch,
};
pub(crate) use actix_server::ServerHandle;
pub(crate) use actix_web::rt;

/// What the server needs to know of the options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// How many event loops.
    pub(crate) event_loops: usize,
    /// Whether a client that has closed its sending side still waits for an answer.
    pub(crate) half_closed: bool,
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
        .shutdown_timeout(settings.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let (service, master, started) = (service.clone(), master.clone(), Arc::default());
    let app = move || app(&service, &master, &started).into_factory();
    for listener in listeners {
        let app = app.clone();
        let connections = Connections {
            half_closed: settings.half_closed,
            stopping: server.graceful_shutdown_signal(),
        };
        server = match listener {
            Listener::Tcp(socket) => {
                let config = app_config(socket.local_addr()?);
                let serve = move || connections.clone().serve::<TcpStream, _>(app(), config.clone());
                server.listen("tcp", socket, serve)?
            }
            Listener::Unix(socket) => {
                let config = AppConfig::default();
                let serve = move || connections.clone().serve::<UnixStream, _>(app(), config.clone());
                server.listen_uds("unix", socket, serve)?
            }
        };
    }
    Ok(server.run())
}
