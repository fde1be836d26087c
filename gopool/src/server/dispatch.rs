//! Whom a request is for: our routes, or the application's plain ones. What is wrapped around all of them is wrapped here.

use std::{cell::RefCell, rc::Rc};

use actix_http::HttpMessage as _;
use actix_service::{Service as ActixService, ServiceFactory as _, Transform, boxed, fn_service};
use actix_web::{
    Error as ActixError,
    dev::{ServiceRequest, ServiceResponse},
};

use super::{
    event_loop::EventLoop,
    narrower::is_narrower,
    seen::Seen,
    service::{Arrival, Found},
};
use crate::{
    error::{Error, Kind},
    master::{RoutesService, Wrap},
    route::LocalFuture,
};

/// Goes with a request through actix.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) seen: Rc<RefCell<Seen>>,
    pub(super) event_loop: Rc<EventLoop>,
}

/// Stands around the application's plain routes: asks ours first, and has all that is given to `Master::wrap` around both.
pub(super) struct Around {
    pub(super) event_loop: Rc<EventLoop>,
    pub(super) wraps: Vec<Wrap>,
}

impl<S> Transform<S, ServiceRequest> for Around
where
    S: ActixService<ServiceRequest, Response = ServiceResponse, Error = ActixError> + 'static,
{
    type Response = ServiceResponse;
    type Error = ActixError;
    type Transform = RoutesService;
    type InitError = ();
    type Future = LocalFuture<'static, Result<RoutesService, ()>>;

    fn new_transform(&self, plain: S) -> Self::Future {
        let (event_loop, plain) = (self.event_loop.clone(), Rc::new(plain));
        let all = boxed::factory(fn_service(move |request| {
            let (event_loop, plain) = (event_loop.clone(), plain.clone());
            async move {
                match is_ours(&event_loop, &request) {
                    true => answer(&event_loop, request).await,
                    false => plain.call(request).await,
                }
            }
        }));
        let wrapped = self.wraps.iter().fold(all, |all, wrap| wrap(all));
        wrapped.new_service(())
    }
}

/// Whether a request is for us before any plain route is asked. Whatever stands before may have changed its path.
fn is_ours(event_loop: &EventLoop, request: &ServiceRequest) -> bool {
    if event_loop.service.is_for_our_pages(request.head()) {
        return true;
    }
    let plain = || request.resource_map().match_pattern(request.path());
    match event_loop.service.find(request.head()) {
        Ok(Found::Route(served)) => {
            let template = served.template();
            !template.has_names()
                || !plain().is_some_and(|plain| is_narrower(&plain, template, request.path()))
        }
        // The path is ours, with other methods: unless it is a plain one's, too, nobody else can say which.
        Ok(Found::Options { .. }) => plain().is_none(),
        Err(error) => error.kind() == Kind::MethodNotAllowed && plain().is_none(),
    }
}

/// The answer of our routes, also if that is that there is none.
pub(super) async fn answer(
    event_loop: &EventLoop,
    request: ServiceRequest,
) -> Result<ServiceResponse, ActixError> {
    let (request, payload) = request.into_parts();
    let EventLoop { service, home, .. } = event_loop;
    let head = request.head();
    let shared = request.extensions().get::<Shared>().cloned();
    let seen = shared.map(|shared| shared.seen);
    let seen = seen.unwrap_or_else(|| Rc::new(RefCell::new(event_loop.see(head))));
    let found: Result<Found<'_>, Error> = service.find(head);
    let arrival = Arrival {
        head,
        payload,
        found,
        is_tls: request.app_config().secure(),
    };
    let answer = service.serve(arrival, &seen, home).await;
    Ok(ServiceResponse::new(request, answer))
}
