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
use actix_service::{IntoServiceFactory as _, Service as ActixService, boxed, fn_service};
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
    drain::DrainStage,
    event_loop::EventLoop,
    followed::Followed,
    foreign, paced,
    seen::Seen,
    service::{Arrival, Found, Service},
};
use crate::{
    error::Error,
    master::{Master, RoutesService},
    meter::Cut,
};
use gopool_pool::panics;

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
        false => {
            let ours = Rc::new(ours(&event_loop, master).await?);
            Some(app(master, ours).into_factory().new_service(config).await?)
        }
    };
    Ok(Front {
        event_loop,
        app,
        is_wrapped: !master.wrap.is_empty(),
    })
}

/// The application's plain routes, with ours before them: what one of ours has is asked of no plain one, and of no scope. Behind them are
/// ours again, to say that nobody has it.
fn app(
    master: &Master,
    ours: Rc<RoutesService>,
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
        app.configure(|config| (configure.run)(config))
    });
    let last = ours.clone();
    app.default_service(fn_service(move |request| last.call(request)))
        .wrap_fn(move |request, plain| match is_ours(&request) {
            true => ours.call(request),
            false => plain.call(request),
        })
}

/// Our routes, with what is wrapped around them.
async fn ours(event_loop: &Rc<EventLoop>, master: &Master) -> Result<RoutesService, ()> {
    let event_loop = event_loop.clone();
    let routes = boxed::factory(fn_service(move |request: ServiceRequest| {
        let event_loop = event_loop.clone();
        async move {
            let (request, payload) = request.into_parts();
            let EventLoop { service, mailbox, .. } = &*event_loop;
            let head = request.head();
            let shared = request.extensions().get::<Shared>().cloned();
            let seen = shared.map(|shared| shared.seen);
            let seen = seen.unwrap_or_else(|| Rc::new(RefCell::new(event_loop.see(head))));
            // Whatever stands before them may have changed the path.
            let found = service.find(head);
            let answer = service
                .serve(Arrival { head, payload, found }, &seen, mailbox)
                .await;
            Ok(ServiceResponse::new(request, answer))
        }
    }));
    master
        .wrap
        .iter()
        .fold(routes, |routes, wrap| wrap(routes))
        .new_service(())
        .await
}

/// Goes with a request through the application's plain part.
#[derive(Clone)]
struct Shared {
    seen: Rc<RefCell<Seen>>,
    /// Whether one of our routes has it.
    is_ours: bool,
}

fn is_ours(request: &ServiceRequest) -> bool {
    request
        .extensions()
        .get::<Shared>()
        .is_some_and(|shared| shared.is_ours)
}

impl<A> Front<A>
where
    A: ActixService<Request, Response = ServiceResponse, Error = ActixError> + 'static,
{
    async fn answer_alone(&self, mut request: Request, found: Result<Found<'_>, Error>) -> HttpResponse {
        let payload = request.take_payload();
        let EventLoop { service, mailbox, .. } = &*self.event_loop;
        let head = request.head();
        let seen = RefCell::new(self.event_loop.see(head));
        let answer = service
            .serve(Arrival { head, payload, found }, &seen, mailbox)
            .await;
        let mut seen = seen.into_inner();
        seen.answered(answer.status().as_u16());
        match seen.flows {
            true => answer.map_body(|_, body| Followed::follow(body, Rc::new(RefCell::new(seen)))),
            false => answer,
        }
    }

    async fn answer_through(&self, app: &A, mut request: Request, is_ours: bool) -> HttpResponse {
        let seen = Rc::new(RefCell::new(self.event_loop.see(request.head())));
        let may_switch = foreign::may_switch(request.head());
        let shared = Shared {
            seen: seen.clone(),
            is_ours,
        };
        request.extensions_mut().insert(shared);
        if !may_switch {
            // Who sees the wish grants it, and asks less of it than we do.
            request.head_mut().headers_mut().remove(UPGRADE);
        }
        if let Some(pace) = self
            .event_loop
            .service
            .plain_pace()
            .filter(|_| !is_ours && !may_switch)
        {
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
                foreign::panicked(&panic, &seen.borrow().id)
            }
        };
        let answer = foreign::fitted(answer, &seen.borrow().id, may_switch);
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
        let found = self.event_loop.service.find(request.head());
        let is_ours = matches!(found, Ok(Found::Route(_)));
        // The plain part of the application is of no concern to what one of our routes has, unless something is wrapped around these, and
        // never to the monitor's pages.
        let is_plain = || (self.is_wrapped || !is_ours) && !self.event_loop.service.has_page(request.head());
        let answer = match self.app.as_ref().filter(|_| is_plain()) {
            None => self.answer_alone(request, found).await,
            Some(app) => self.answer_through(app, request, is_ours).await,
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
        let response = self.event_loop.service.refusal(refusal, head, &seen.id);
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
