//! What answers the requests of one event loop: the application's own actix-web, and gopool's routes behind it.

use std::{
    cell::OnceCell,
    future::ready,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use actix_service::boxed;
use actix_web::{
    App, Error,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service},
    rt,
};

use super::{service::Service, watch::LoopWatch};
use crate::master::Master;
use gopool_pool::Mailbox;

/// What one event loop serves: the application's plain routes, and ours behind them.
pub(super) fn app(
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
                    .serve(request, &event_loop.watch, &event_loop.mailbox)
                    .await)
            }
        })))
    })
}

/// What one event loop has for itself.
struct EventLoop {
    service: Arc<Service>,
    watch: Rc<LoopWatch>,
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
            watch: service.watch().on_loop(index),
            service,
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
