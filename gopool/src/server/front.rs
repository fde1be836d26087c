//! Who answers the requests of one event loop: the application's own actix-web with our routes behind it, or our routes alone.

use std::{
    cell::RefCell,
    future::{poll_fn, ready},
    net::SocketAddr,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};

use actix_http::{HttpMessage as _, Request, Response};
use actix_service::{IntoServiceFactory as _, Service as ActixService, boxed};
use actix_web::{
    App, Error as ActixError, HttpResponse,
    body::BoxBody,
    dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse, fn_factory, fn_service},
};

use super::{
    answer::answer, connection::Answerer, drain::DrainStage, event_loop::EventLoop, foreign, seen::Seen,
    service::Service,
};
use crate::{error::Error, master::Master, meter::Cut};

/// What one event loop serves.
pub(super) struct Front<A> {
    event_loop: Rc<EventLoop>,
    /// Absent when the application has registered nothing there: then our routes need not be asked by way of actix.
    app: Option<A>,
    /// Whether something stands between our routes and the answer.
    is_wrapped: bool,
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
    let app = match master.configure.is_empty() && master.wrap.is_empty() {
        true => None,
        false => Some(
            app(&event_loop, master)
                .into_factory()
                .new_service(config)
                .await?,
        ),
    };
    Ok(Front {
        event_loop,
        app,
        is_wrapped: !master.wrap.is_empty(),
    })
}

/// The application's plain routes, and ours behind them.
fn app(
    event_loop: &Rc<EventLoop>,
    master: &Master,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = ActixError,
        InitError = (),
    > + use<>,
> {
    let app = master.configure.iter().fold(App::new(), |app, configure| {
        app.configure(|config| configure(config))
    });
    let routes = routes(event_loop.clone());
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
    event_loop: Rc<EventLoop>,
) -> impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = ActixError, InitError = ()>
{
    fn_factory(move || {
        let event_loop = event_loop.clone();
        ready(Ok::<_, ()>(fn_service(move |request: ServiceRequest| {
            let event_loop = event_loop.clone();
            async move {
                let (request, payload) = request.into_parts();
                let seen = request.extensions().get::<SharedSeen>().cloned();
                let seen = seen.unwrap_or_else(|| Rc::new(RefCell::new(event_loop.see(request.head()))));
                let answer = event_loop
                    .service
                    .serve(request.head(), payload, &seen, &event_loop.mailbox);
                let answer = answer.await;
                Ok(ServiceResponse::new(request, answer))
            }
        })))
    })
}

/// Goes with a request through the application's plain part.
type SharedSeen = Rc<RefCell<Seen>>;

impl<A> Front<A>
where
    A: ActixService<Request, Response = ServiceResponse, Error = ActixError> + 'static,
{
    /// The plain part of the application, unless it is of no concern to this request: one of our routes has it, and nothing is
    /// wrapped around them.
    fn way_for(&self, request: &Request) -> Option<&A> {
        let may_be_alone = || !self.is_wrapped && self.event_loop.service.has_route_for(request.head());
        self.app.as_ref().filter(|_| !may_be_alone())
    }

    async fn answer_alone(&self, mut request: Request) -> HttpResponse {
        let payload = request.take_payload();
        let EventLoop { service, mailbox, .. } = &*self.event_loop;
        let seen = RefCell::new(self.event_loop.see(request.head()));
        let answer = service.serve(request.head(), payload, &seen, mailbox).await;
        seen.into_inner().answered(answer.status().as_u16());
        answer
    }

    async fn answer_through(&self, app: &A, request: Request) -> HttpResponse {
        let seen: SharedSeen = Rc::new(RefCell::new(self.event_loop.see(request.head())));
        let may_switch = foreign::may_switch(request.head());
        request.extensions_mut().insert(seen.clone());
        let answered = match poll_fn(|context| app.poll_ready(context)).await {
            Ok(()) => app.call(request).await,
            Err(error) => Err(error),
        };
        let answer = match answered {
            Ok(answered) => answered.into_parts().1,
            Err(error) => HttpResponse::from_error(error),
        };
        let seen = &mut *seen.borrow_mut();
        let answer = foreign::fitted(answer, &seen.id, may_switch);
        seen.answered(answer.status().as_u16());
        answer
    }
}

impl<A> Answerer for Front<A>
where
    A: ActixService<Request, Response = ServiceResponse, Error = ActixError> + 'static,
{
    async fn answer(&self, request: Request) -> Response<BoxBody> {
        let answer = match self.way_for(&request) {
            None => self.answer_alone(request).await,
            Some(app) => self.answer_through(app, request).await,
        };
        answer.into()
    }

    fn refuse(&self, refusal: &Error, peer: Option<SocketAddr>) -> Response<BoxBody> {
        let EventLoop { watch, requests, .. } = &*self.event_loop;
        let mut seen = Seen::of_no_request(peer, watch, requests);
        seen.failure = Some(refusal.kind());
        // The client's mistake, so it is no news for whoever operates the server.
        tracing::debug!(request_id = seen.id.as_str(), ?peer, %refusal, "refused what is no request");
        let response = self.event_loop.service.refusal(refusal, None, &seen.id);
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
