//! actix-web: accept, read, hand over, answer.
//!
//! The only folder that knows actix (beside `master`, which hands actix's own configuration through). It turns actix's
//! request into ours, finds the route, gives the call to the executor, and turns our response back.

use std::{future::ready, io, net::TcpListener, rc::Rc, sync::Arc, time::Duration};

use actix_service::boxed;
use actix_web::{
    App, HttpServer,
    dev::{Server, ServiceRequest, fn_factory, fn_service},
};

pub(crate) use actix_web::{dev::ServerHandle, rt};

use crate::{
    master::{Master, Routes},
    pool::Mailbox,
};

mod answer;
mod drain;
mod intake;
mod service;

pub(crate) use drain::{Drain, Step};
pub(crate) use service::Service;

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
    /// Where the pool's threads put what they have finished for this loop.
    mailbox: Mailbox,
}

impl EventLoop {
    /// Makes the loop's mailbox, and the task that delivers from it for as long as the loop runs.
    fn start(service: Arc<Service>) -> Self {
        let mailbox = Mailbox::new();
        let delivering = mailbox.clone();
        rt::spawn(async move { delivering.deliver().await });
        Self { service, mailbox }
    }
}

/// Starts serving on listeners that are bound already.
///
/// # Errors
/// A listener that cannot be used.
pub(crate) fn start(
    service: &Arc<Service>,
    master: &Master,
    listeners: Vec<TcpListener>,
    settings: Settings,
) -> io::Result<Server> {
    let (service, configure, wrap) = (service.clone(), master.configure.clone(), master.wrap.clone());
    let mut server = HttpServer::new(move || {
        let routes = wrap.iter().fold(routes(service.clone()), |routes, wrap| wrap(routes));
        let app = configure.iter().fold(App::new(), |app, configure| app.configure(|config| configure(config)));
        app.default_service(routes)
    })
    .workers(settings.event_loops)
    .h1_allow_half_closed(settings.half_closed)
    .shutdown_timeout(settings.shutdown_timeout.as_secs().max(1))
    .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

/// Our routes as actix's default service: actix's own table is searched line by line, ours is a tree.
fn routes(service: Arc<Service>) -> Routes {
    // actix makes the service once on each event loop, before it accepts.
    boxed::factory(fn_factory(move || {
        let event_loop = Rc::new(EventLoop::start(service.clone()));
        ready(Ok::<_, ()>(fn_service(move |request: ServiceRequest| {
            let event_loop = event_loop.clone();
            async move { Ok(event_loop.service.serve(request, &event_loop.mailbox).await) }
        })))
    }))
}
