//! One request, from actix's hands and back into them.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest,
    dev::{Payload, ServiceRequest, ServiceResponse},
};
use bytes::Bytes;
use tracing::{Instrument as _, Span, field::Empty};

use super::{
    answer::answer,
    drain::{Drain, Step},
    intake::{self, WantedHeaders},
    monitor_path::MonitorPath,
    pulse::Pulse,
    trace_parent::TraceParent,
    watch::{Watch, Watched},
};
use crate::{
    call::Call,
    context::Contexts,
    error::{Error, Kind},
    exec::{Endpoint, Executor, Ran, Running},
    message::{Request, RequestId, Response},
    route::HeaderGetter,
    router::{MAX_TARGET, Match, Router, has_dot_segment},
};
use gopool_pool::Mailbox;

/// All that the event loops share.
#[derive(Debug)]
pub(crate) struct Service {
    router: Router<Served>,
    executor: Executor,
    contexts: Arc<Contexts>,
    drain: Drain,
    pulse: Option<Pulse>,
    watch: Watch,
    monitor: Option<MonitorPath>,
}

/// A route as the server knows it.
#[derive(Debug)]
struct Served {
    /// Its place in the table.
    index: usize,
    endpoint: Endpoint,
    headers: WantedHeaders,
    reads_body: bool,
}

impl Service {
    /// A service for `endpoints`, which come sorted by path.
    ///
    /// # Errors
    /// Paths that cannot be told apart, a sentence each.
    pub(crate) fn new(
        endpoints: Vec<Endpoint>,
        executor: Executor,
        contexts: Arc<Contexts>,
        getter: Option<&'static HeaderGetter>,
    ) -> Result<Self, Vec<String>> {
        let served = endpoints.into_iter().enumerate().map(|(index, endpoint)| {
            let route = endpoint.route;
            let headers = WantedHeaders::of(route, getter);
            (
                route,
                Served {
                    index,
                    reads_body: route.reads_body(),
                    headers,
                    endpoint,
                },
            )
        });
        Ok(Self {
            router: Router::new(served)?,
            executor,
            contexts,
            drain: Drain::default(),
            pulse: None,
            watch: Watch::default(),
            monitor: None,
        })
    }

    /// The same service, whose event loops tell the daemon that they are alive.
    pub(crate) fn with_pulse(self, pulse: Option<Pulse>) -> Self {
        Self { pulse, ..self }
    }

    /// The same service, seen as `watch` says, with the monitor's pages beside its routes.
    pub(crate) fn with_monitoring(self, watch: Watch, monitor: Option<MonitorPath>) -> Self {
        Self {
            watch,
            monitor,
            ..self
        }
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    pub(super) fn pulse(&self) -> Option<&Pulse> {
        self.pulse.as_ref()
    }

    pub(crate) fn drain(&self) -> &Drain {
        &self.drain
    }

    /// Answers one request on the event loop of this index. Dropping the future is how the pool learns that the client has
    /// left.
    pub(super) async fn serve(
        &self,
        request: ServiceRequest,
        event_loop: usize,
        mailbox: &Mailbox,
    ) -> ServiceResponse {
        let _serving = self.drain.enter();
        let (request, mut payload) = request.into_parts();
        if let Some(answer) = self.monitor.as_ref().and_then(|monitor| monitor.answer(&request)) {
            return ServiceResponse::new(request, answer);
        }
        let trace = intake::trace_parent(&request);
        let id = intake::request_id(&request, trace);
        let span = span(&request, &id, trace);
        let watched = self.watch.begin(event_loop, &request, &id, span);
        // The only `await`, for this future keeps room for whatever it awaits, and actix allocates it for each request.
        let ran = self.start(&watched, &mut payload, mailbox).await;
        watched.ran(ran.times);
        let failure = ran.outcome.as_ref().err().map(Error::kind);
        let is_stuck =
            failure == Some(Kind::QueueFull) && self.pulse.as_ref().is_some_and(Pulse::complain_if_stuck);
        let response = ran.outcome.unwrap_or_else(|error| refusal(&error, &request, &id));
        watched.answered(response.code(), failure);
        drop(watched);
        // A client of a stuck pool that comes back on a new connection reaches the successor.
        let close = is_stuck || self.drain.step() != Step::Serving;
        let answer = answer(response, &id, close);
        ServiceResponse::new(request, answer)
    }

    /// Does at once what can be done at once: finds the route and, unless its body is still to come, starts the call.
    fn start<'a>(
        &'a self,
        watched: &'a Watched<'a>,
        payload: &'a mut Payload,
        mailbox: &'a Mailbox,
    ) -> Running<'a> {
        let found = self.find(watched.request);
        watched.routed(match &found {
            Ok(Found::Route(served)) => Some((served.index, served.endpoint.route)),
            _ => None,
        });
        // Not before the route is known: once entered, a span of OpenTelemetry keeps the name that it has.
        let _entered = watched.span.enter();
        if self.drain.step() == Step::Refusing {
            let refusal = Error::of(Kind::ShuttingDown).retry_after(Duration::from_secs(1));
            return Running::ended(Err(refusal));
        }
        match found {
            Ok(Found::Route(served)) if served.reads_body => {
                let ran = self.run_with_body(served, watched, payload, mailbox);
                // In a box, lest each request without a body pays for the room.
                Running::Here(Box::pin(ran.in_current_span()))
            }
            Ok(Found::Route(served)) => self.run(served, watched, Bytes::new(), mailbox),
            Ok(Found::Options { allow }) => Running::ended(Ok(Response::status(204).header("allow", allow))),
            Err(error) => Running::ended(Err(error)),
        }
    }

    fn find(&self, request: &HttpRequest) -> Result<Found<'_>, Error> {
        if intake::target(request).len() > MAX_TARGET {
            let detail = format!("path and query are longer than {MAX_TARGET} bytes");
            return Err(Error::of(Kind::UriTooLong).detail(detail));
        }
        let path = request.path();
        if has_dot_segment(path) {
            return Err(Error::of(Kind::BadPath).detail("the path must not hold `.` or `..` segments"));
        }
        match self.router.find(request.method().as_str(), path) {
            Match::Found(served) => Ok(Found::Route(served)),
            Match::Options { allow } => Ok(Found::Options { allow }),
            Match::WrongMethod { allow } => Err(Error::of(Kind::MethodNotAllowed).allow(allow.to_owned())),
            Match::NotFound => Err(Error::of(Kind::NotFound)),
        }
    }

    async fn run_with_body(
        &self,
        served: &Served,
        watched: &Watched<'_>,
        payload: &mut Payload,
        mailbox: &Mailbox,
    ) -> Ran {
        match intake::body(watched.request, payload, &served.endpoint).await {
            Ok(body) => self.run(served, watched, body, mailbox).await,
            Err(error) => Err(error).into(),
        }
    }

    fn run(
        &self,
        served: &Served,
        watched: &Watched<'_>,
        body: Bytes,
        mailbox: &Mailbox,
    ) -> Running<'static> {
        let request = watched.request;
        let mut ours = Request::new(
            intake::method(request),
            intake::target(request),
            watched.id.clone(),
        )
        .with_body(body);
        if let Some(headers) = served.headers.copy(request) {
            ours = ours.with_headers(headers);
        }
        let call = Call::new(ours, served.endpoint.route.template, self.contexts.clone());
        self.executor.run(&served.endpoint, call, mailbox)
    }
}

/// The request's span; what is not known yet is recorded later.
pub(super) fn span(request: &HttpRequest, id: &RequestId, trace: Option<TraceParent<'_>>) -> Span {
    tracing::info_span!(
        target: "gopool::request",
        "request",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        method = request.method().as_str(),
        route = Empty,
        path = request.path(),
        status = Empty,
        request_id = id.as_str(),
        trace_id = trace.map(|trace| trace.trace_id),
        parent_id = trace.map(|trace| trace.parent_id),
        wait_seconds = Empty,
        run_seconds = Empty,
    )
}

enum Found<'a> {
    Route(&'a Served),
    /// `OPTIONS` without a handler.
    Options {
        /// The value of the `Allow` header.
        allow: &'a str,
    },
}

/// The client gets the problem; the log gets what the client must not see.
fn refusal(error: &Error, request: &HttpRequest, id: &RequestId) -> Response {
    // A panic has a line of its own already, with the place where it happened.
    if error.private_cause().is_some() && error.kind() != Kind::Panic {
        tracing::error!(
            request_id = id.as_str(),
            method = request.method().as_str(),
            path = request.path(),
            %error,
            "request failed"
        );
    }
    error.to_response(id)
}
