//! Who answers the requests of one event loop: the application's own actix-web with our routes behind it, or our routes alone.

use std::{
    cell::RefCell,
    future::poll_fn,
    net::SocketAddr,
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};

use actix_http::{HttpMessage as _, Request, RequestHead, Response};
use actix_service::{IntoServiceFactory as _, Service as ActixService, fn_service};
use actix_web::{
    App, Error as ActixError, HttpResponse,
    body::BoxBody,
    dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse},
    http::header::UPGRADE,
};
use futures_util::FutureExt as _;

use super::{
    answer::answer,
    connection::Answerer,
    dispatch::{self, Around, Shared},
    drain::DrainStage,
    event_loop::EventLoop,
    followed::Followed,
    foreign, intake, paced,
    seen::Seen,
    service::{Arrival, Found, Service},
};
use crate::{error::Error, master::Master, meter::Cut, route::Failure};
use gopool_pool::panics;

/// What one event loop serves.
pub(super) struct Front<A> {
    event_loop: Rc<EventLoop>,
    /// Absent when the application has registered nothing there: then our routes need not be asked by way of actix.
    app: Option<A>,
    /// Whether something stands between our routes and the answer.
    is_wrapped: bool,
    /// Whether TLS is spoken on its connections.
    is_tls: bool,
}

/// What one event loop serves to who comes by one listener.
///
/// # Errors
/// A plain part of the application does not start; actix says why.
pub(super) async fn front(
    service: &Arc<Service>,
    master: &Master,
    started: &AtomicUsize,
    config: AppConfig,
) -> Result<Front<impl ActixService<Request, Response = ServiceResponse, Error = ActixError> + use<>>, ()> {
    let event_loop = EventLoop::of_this_thread(service, started);
    let is_tls = config.secure();
    let app = match master.configure.is_empty() && master.wrap.is_empty() {
        true => None,
        false => Some(
            app(master, &event_loop)
                .into_factory()
                .new_service(config)
                .await?,
        ),
    };
    Ok(Front {
        event_loop,
        app,
        is_wrapped: !master.wrap.is_empty(),
        is_tls,
    })
}

/// The application's plain routes, with ours before them, and what is wrapped around both. Behind them are ours again, to say that nobody has it,
/// unless the application says that itself.
fn app(
    master: &Master,
    event_loop: &Rc<EventLoop>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = ActixError,
        InitError = (),
    > + use<>,
> {
    let last = event_loop.clone();
    let app = App::new().default_service(fn_service(move |request| {
        let event_loop = last.clone();
        async move { dispatch::answer(&event_loop, request).await }
    }));
    let app = master.configure.iter().fold(app, |app, configure| {
        app.configure(|config| (configure.run)(config))
    });
    app.wrap(Around {
        event_loop: event_loop.clone(),
        wraps: master.wrap.clone(),
    })
}

impl<A> Front<A>
where
    A: ActixService<Request, Response = ServiceResponse, Error = ActixError> + 'static,
{
    async fn answer_alone(&self, mut request: Request, found: Result<Found<'_>, Error>) -> HttpResponse {
        let payload = request.take_payload();
        let EventLoop { service, home, .. } = &*self.event_loop;
        let head = request.head();
        let seen = RefCell::new(self.event_loop.see(head));
        let arrival = Arrival {
            head,
            payload,
            found,
            is_tls: self.is_tls,
        };
        let answer = service.serve(arrival, &seen, home).await;
        let mut seen = seen.into_inner();
        seen.answered(answer.status().as_u16());
        match seen.flows {
            true => answer.map_body(|_, body| Followed::follow(body, Rc::new(RefCell::new(seen)))),
            false => answer,
        }
    }

    async fn answer_through(&self, app: &A, mut request: Request) -> HttpResponse {
        let seen = Rc::new(RefCell::new(self.event_loop.see(request.head())));
        let may_switch = foreign::may_switch(request.head());
        let asked = foreign::Asked::of(request.head());
        let shared = Shared {
            seen: seen.clone(),
            event_loop: self.event_loop.clone(),
        };
        request.extensions_mut().insert(shared);
        if !may_switch {
            // Who sees the wish grants it, and asks less of it than we do.
            request.head_mut().headers_mut().remove(UPGRADE);
        }
        if let Some(pace) = self.event_loop.service.plain_pace().filter(|_| !may_switch) {
            paced::pace(request.payload(), pace);
        }
        let answered = caught(async {
            poll_fn(|context| app.poll_ready(context)).await?;
            app.call(request).await
        });
        let answer = match answered.await {
            Ok(Ok(answered)) => answered.into_parts().1,
            Ok(Err(error)) => HttpResponse::from_error(error),
            Err(panic) => {
                seen.borrow_mut().failure = Some(panic.kind());
                HttpResponse::from_error(panic)
            }
        };
        let id = seen.borrow().id.clone();
        let service = &self.event_loop.service;
        let answer = foreign::fitted(answer, &id, may_switch, |error| {
            service.refusal(error, |error| asked.failure(error), &id)
        });
        seen.borrow_mut().answered(answer.status().as_u16());
        let flows = seen.borrow().flows;
        match flows {
            true => answer.map_body(|_, body| Followed::follow(body, seen)),
            false => answer,
        }
    }
}

/// What a part of the application comes to; a panic is an error, as it is in a handler of ours.
async fn caught<T>(running: impl Future<Output = T>) -> Result<T, Error> {
    let caught = AssertUnwindSafe(running).catch_unwind().await;
    caught.map_err(|panic| Error::panicked(panics::text(panic)))
}

impl<A> Answerer for Front<A>
where
    A: ActixService<Request, Response = ServiceResponse, Error = ActixError> + 'static,
{
    async fn answer(&self, request: Request) -> Response<BoxBody> {
        let service = &self.event_loop.service;
        if let Some(pulse) = service.pulse() {
            pulse.count();
        }
        let found = service.find(request.head());
        // No plain path is narrower than a constant one, so actix need not be asked, unless something is wrapped around our routes.
        let is_ours = matches!(&found, Ok(Found::Route(served)) if !served.template().has_names());
        let answer = match self.app.as_ref().filter(|_| self.is_wrapped || !is_ours) {
            None => self.answer_alone(request, found).await,
            Some(app) => self.answer_through(app, request).await,
        };
        answer.into()
    }

    fn refuse(
        &self,
        refusal: &Error,
        head: Option<&RequestHead>,
        peer: Option<SocketAddr>,
    ) -> Response<BoxBody> {
        let EventLoop { watch, requests, .. } = &*self.event_loop;
        let mut seen = match head {
            Some(head) => self.event_loop.see(head),
            None => Seen::of_no_request(peer, watch, requests),
        };
        seen.failure = Some(refusal.kind());
        // The client's mistake, so it is no news for whoever operates the server.
        tracing::debug!(request_id = seen.id.as_str(), ?peer, %refusal, "refused at its head");
        let failure = |error| match head {
            Some(head) => intake::failure(head, error),
            None => Failure::new(error),
        };
        let response = self.event_loop.service.refusal(refusal, failure, &seen.id);
        let answer = answer(response, &seen.id, true);
        seen.answered(answer.status().as_u16());
        answer.into()
    }

    fn is_stopping(&self) -> bool {
        self.event_loop.service.drain().stage() != DrainStage::Serving
    }

    fn cut(&self, why: Cut) {
        self.event_loop.watch.cut(why);
    }
}
