//! actix-web: accept, read, hand over, answer.
//!
//! The only folder that knows actix (beside `master`, which hands actix's own configuration through). It turns actix's
//! request into ours, finds the route, gives the call to the executor, and turns our response back.

use std::{
    cell::OnceCell,
    future::ready,
    io,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_server::Server;
use actix_service::{IntoServiceFactory as _, boxed};
use actix_web::{
    App, Error,
    dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service},
    http::header::HeaderName,
};

use tokio::net::{TcpStream, UnixStream};

use self::connections::{Connections, app_config};
use crate::{daemon::Listener, master::Master, pool::Mailbox};

mod answer;
mod apart;
mod connections;
mod drain;
mod info;
mod intake;
mod local;
mod pulse;
mod service;
mod ticks;
mod trace_parent;
mod watch;

pub(crate) use self::{
    apart::Apart,
    drain::Step,
    info::Info,
    local::{Ask, answer_all},
    pulse::Pulse,
    service::Service,
    watch::Watch,
};
pub(crate) use actix_server::ServerHandle;
pub(crate) use actix_web::rt;

/// Made once: from text, actix would make it for each request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

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

/// What one event loop has for itself.
struct EventLoop {
    service: Arc<Service>,
    index: usize,
    /// Where the pool's threads put what they have finished for this loop.
    mailbox: Mailbox,
}

impl EventLoop {
    /// Makes the loop's mailbox, and the tasks that deliver from it and beat for as long as the loop runs.
    fn start(service: Arc<Service>, index: usize) -> Self {
        let mailbox = Mailbox::new();
        rt::spawn(mailbox.deliver());
        if let Some(pulse) = service.pulse() {
            rt::spawn(pulse.clone().beat(index));
        }
        rt::spawn(service.watch().clone().measure_lag(index));
        Self {
            service,
            index,
            mailbox,
        }
    }

    /// The one of this thread. actix asks once for each listener, but a thread is one event loop.
    fn of_this_thread(service: &Arc<Service>, started: &AtomicUsize) -> Rc<Self> {
        thread_local! {
            static EVENT_LOOP: OnceCell<Rc<EventLoop>> = const { OnceCell::new() };
        }
        EVENT_LOOP.with(|cell| {
            let start = || {
                Rc::new(Self::start(
                    service.clone(),
                    started.fetch_add(1, Ordering::Relaxed),
                ))
            };
            cell.get_or_init(start).clone()
        })
    }
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

/// What one event loop serves: the application's plain routes, and ours behind them.
fn app(
    service: &Arc<Service>,
    master: &Master,
    started: &Arc<AtomicUsize>,
) -> App<
    impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
    + use<>,
> {
    let app = master.configure.iter().fold(App::new(), |app, configure| {
        app.configure(|config| configure(config))
    });
    let routes = routes(service.clone(), started.clone());
    // actix boxes its default service, and with it each request's future; so only what is wrapped is boxed by us, too.
    match master.wrap.split_first() {
        None => app.default_service(routes),
        Some((first, others)) => {
            let wrapped = first(boxed::factory(routes));
            app.default_service(others.iter().fold(wrapped, |routes, wrap| wrap(routes)))
        }
    }
}

/// Our routes as actix's default service: actix's own table is searched line by line, ours is a tree.
fn routes(
    service: Arc<Service>,
    started: Arc<AtomicUsize>,
) -> impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>
{
    // actix makes the service on the thread of each event loop, before it accepts.
    fn_factory(move || {
        let event_loop = EventLoop::of_this_thread(&service, &started);
        ready(Ok::<_, ()>(fn_service(move |request: ServiceRequest| {
            let event_loop = event_loop.clone();
            async move {
                Ok(event_loop
                    .service
                    .serve(request, event_loop.index, &event_loop.mailbox)
                    .await)
            }
        })))
    })
}
