//! One request, from actix's hands and back into them.

use std::{rc::Rc, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest,
    dev::{Payload, ServiceRequest, ServiceResponse},
};
use bytes::Bytes;
use tracing::Instrument as _;

use super::{
    answer::answer,
    drain::{Drain, DrainStage},
    intake::{self, BodyLimits, WantedHeaders},
    monitor_path::MonitorPath,
    pulse::Pulse,
    watch::{LoopWatch, Watch, Watched, span},
};
use crate::{
    context::Contexts,
    error::{Error, Kind},
    exec::{Endpoint, Execution, Executor, Ran},
    message::{Request, RequestId, Response, TraceParent},
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
    /// `None` when it reads no body.
    body: Option<BodyLimits>,
}

/// A request before its body.
#[derive(Clone, Copy)]
struct Head<'a> {
    request: &'a HttpRequest,
    id: &'a RequestId,
    trace: Option<TraceParent>,
}

impl Service {
    /// A service for `endpoints`, which come sorted by path, each with the limits of its body.
    ///
    /// # Errors
    /// Paths that cannot be told apart, a sentence each.
    pub(crate) fn new(
        endpoints: Vec<(Endpoint, BodyLimits)>,
        executor: Executor,
        contexts: Arc<Contexts>,
        getter: Option<&'static HeaderGetter>,
    ) -> Result<Self, Vec<String>> {
        let served = endpoints.into_iter().enumerate();
        let served = served.map(|(index, (endpoint, body))| {
            let route = endpoint.route;
            let served = Served {
                index,
                headers: WantedHeaders::of(route, getter),
                body: route.reads_body().then_some(body),
                endpoint,
            };
            (route, served)
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

    /// Answers one request on the event loop that `watch` belongs to. Dropping the future is how the pool learns that the client
    /// has left.
    pub(super) async fn serve(
        &self,
        request: ServiceRequest,
        watch: &Rc<LoopWatch>,
        mailbox: &Mailbox,
    ) -> ServiceResponse {
        let _serving = self.drain.enter();
        let (request, mut payload) = request.into_parts();
        if let Some(answer) = self.monitor.as_ref().and_then(|monitor| monitor.answer(&request)) {
            return ServiceResponse::new(request, answer);
        }
        let trace = intake::trace_parent(&request);
        let id = intake::request_id(&request, trace.as_ref());
        let span = span(request.method().as_str(), request.path(), &id, trace.as_ref());
        let mut watched = watch.begin(span, || intake::asked(&request, &id));
        let head = Head {
            request: &request,
            id: &id,
            trace,
        };
        // The only `await`, for this future keeps room for whatever it awaits, and actix allocates it for each request.
        let ran = self.start(head, &mut watched, &mut payload, mailbox).await;
        watched.ran(ran.times);
        let failure = ran.outcome.as_ref().err().map(Error::kind);
        let is_stuck =
            failure == Some(Kind::QueueFull) && self.pulse.as_ref().is_some_and(Pulse::complain_if_stuck);
        let response = ran.outcome.unwrap_or_else(|error| refusal(&error, &request, &id));
        watched.answered(response.code(), failure);
        drop(watched);
        // A client of a stuck pool that comes back on a new connection reaches the successor.
        let close = is_stuck || self.drain.stage() != DrainStage::Serving;
        let answer = answer(response, &id, close);
        ServiceResponse::new(request, answer)
    }

    /// Does at once what can be done at once: finds the route and, unless its body is still to come, starts the call.
    fn start<'a>(
        &'a self,
        head: Head<'a>,
        watched: &mut Watched,
        payload: &'a mut Payload,
        mailbox: &'a Mailbox,
    ) -> Execution<'a> {
        let found = self.find(head.request);
        watched.routed(match &found {
            Ok(Found::Route(served)) => Some((served.index, served.endpoint.route)),
            _ => None,
        });
        // Not before the route is known: once entered, a span of OpenTelemetry keeps the name that it has.
        let _entered = watched.span.enter();
        if self.drain.stage() == DrainStage::Refusing {
            let refusal = Error::of(Kind::ShuttingDown).retry_after(Duration::from_secs(1));
            return Execution::ended(Err(refusal));
        }
        match found {
            Ok(Found::Route(served)) => match served.body {
                Some(limits) => {
                    let ran = self.run_with_body(served, head, payload, limits, mailbox);
                    // In a box, lest each request without a body pays for the room.
                    Execution::Here(Box::pin(ran.in_current_span()))
                }
                None => self.run(served, head, Bytes::new(), mailbox),
            },
            Ok(Found::Options { allow }) => {
                Execution::ended(Ok(Response::status(204).header("allow", allow)))
            }
            Err(error) => Execution::ended(Err(error)),
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
            Match::WrongMethod { allow } => Err(Error::of(Kind::MethodNotAllowed).header("allow", allow)),
            Match::NotFound => Err(Error::of(Kind::NotFound)),
        }
    }

    async fn run_with_body(
        &self,
        served: &Served,
        head: Head<'_>,
        payload: &mut Payload,
        limits: BodyLimits,
        mailbox: &Mailbox,
    ) -> Ran {
        match intake::body(head.request, payload, limits).await {
            Ok(body) => self.run(served, head, body, mailbox).await,
            Err(error) => Err(error).into(),
        }
    }

    fn run(&self, served: &Served, head: Head<'_>, body: Bytes, mailbox: &Mailbox) -> Execution<'static> {
        let Head { request, id, trace } = head;
        let mut ours =
            Request::new(intake::method(request), intake::target(request), id.clone()).with_body(body);
        if let Some(headers) = served.headers.copy(request) {
            ours = ours.with_headers(headers);
        }
        let endpoint = &served.endpoint;
        let envelope = endpoint.envelope(ours, trace);
        self.executor.run(endpoint, envelope, &self.contexts, mailbox)
    }
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
