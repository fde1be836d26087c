//! One request, from actix's hands and back into them.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    dev::{Payload, ServiceRequest, ServiceResponse},
};
use tracing::Instrument as _;

use super::{
    answer::answer,
    drain::{Drain, Step},
    intake::{self, WantedHeaders},
    pulse::Pulse,
};
use crate::{
    call::Call,
    context::Contexts,
    error::{Error, Kind},
    exec::{Endpoint, Executor},
    message::{Request, RequestId, Response},
    pool::Mailbox,
    route::{HeaderGetter, Outcome},
    router::{MAX_TARGET, Match, Router, has_dot_segment},
};

/// All that the event loops share.
#[derive(Debug)]
pub(crate) struct Service {
    router: Router<Served>,
    executor: Executor,
    contexts: Arc<Contexts>,
    drain: Drain,
    pulse: Option<Pulse>,
}

/// A route as the server knows it.
#[derive(Debug)]
struct Served {
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
        let served = endpoints.into_iter().map(|endpoint| {
            let route = endpoint.route;
            let headers = WantedHeaders::of(route, getter);
            (
                route,
                Served {
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
        })
    }

    /// The same service, whose event loops tell the daemon that they are alive.
    pub(crate) fn with_pulse(self, pulse: Option<Pulse>) -> Self {
        Self { pulse, ..self }
    }

    pub(super) fn pulse(&self) -> Option<&Pulse> {
        self.pulse.as_ref()
    }

    pub(crate) fn drain(&self) -> &Drain {
        &self.drain
    }

    /// Answers one request. Dropping the future is how the pool learns that the client has left.
    pub(super) async fn serve(&self, request: ServiceRequest, mailbox: &Mailbox) -> ServiceResponse {
        let _serving = self.drain.enter();
        let (request, payload) = request.into_parts();
        let id = intake::request_id(&request);
        let span = tracing::info_span!(
            target: "gopool::request",
            "request",
            method = request.method().as_str(),
            path = request.path(),
            request_id = id.as_str(),
        );
        let outcome = self.outcome(&request, payload, &id, mailbox);
        // Without a subscriber the span is nothing, and must cost nothing.
        let outcome = if span.is_none() {
            outcome.await
        } else {
            outcome.instrument(span).await
        };
        if let (Err(error), Some(pulse)) = (&outcome, &self.pulse)
            && error.kind() == Kind::QueueFull
        {
            pulse.complain_if_stuck();
        }
        let response = outcome.unwrap_or_else(|error| refusal(&error, &request, &id));
        let close = self.drain.step() != Step::Serving;
        let answer = answer(response, &id, close);
        ServiceResponse::new(request, answer)
    }

    async fn outcome(
        &self,
        request: &HttpRequest,
        payload: Payload,
        id: &RequestId,
        mailbox: &Mailbox,
    ) -> Outcome {
        if self.drain.step() == Step::Refusing {
            return Err(Error::of(Kind::ShuttingDown).retry_after(std::time::Duration::from_secs(1)));
        }
        let method = intake::method(request);
        let target = intake::target(request);
        let served = match self.find(&method, target)? {
            Found::Route(served) => served,
            Found::Options(response) => return Ok(response),
        };
        let body = match served.reads_body {
            true => intake::body(request, payload, served.endpoint.max_body).await?,
            false => bytes::Bytes::new(),
        };
        let ours = Request::new(method, target, id.clone())
            .with_headers(served.headers.copy(request))
            .with_body(body);
        let call = Call::new(ours, served.endpoint.route.template, self.contexts.clone());
        self.executor.run(&served.endpoint, call, mailbox).await
    }

    fn find(&self, method: &http::Method, target: &str) -> Result<Found<'_>, Error> {
        if target.len() > MAX_TARGET {
            let detail = format!("path and query are longer than {MAX_TARGET} bytes");
            return Err(Error::of(Kind::UriTooLong).detail(detail));
        }
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if has_dot_segment(path) {
            return Err(Error::of(Kind::BadPath).detail("the path must not hold `.` or `..` segments"));
        }
        match self.router.find(method, path) {
            Match::Found(served) => Ok(Found::Route(served)),
            Match::Options { allow } => Ok(Found::Options(Response::status(204).header("allow", allow))),
            Match::WrongMethod { allow } => Err(Error::of(Kind::MethodNotAllowed).allow(allow.to_owned())),
            Match::NotFound => Err(Error::of(Kind::NotFound)),
        }
    }
}

enum Found<'a> {
    Route(&'a Served),
    Options(Response),
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
