//! One request, from actix's hands and back into them.

use std::{cell::RefCell, sync::Arc, time::Duration};

use actix_http::RequestHead;
use actix_web::{HttpResponse, body::BoxBody, dev::Payload, http::Method};
use bytes::Bytes;
use tracing::Instrument as _;

use super::{
    answer::{answer, finished, log},
    arriving::Arriving,
    body_limits::BodyLimits,
    cancel::Cancellable,
    codings::WantedCodings,
    conditional,
    drain::{Drain, DrainStage},
    flowing::Flowing,
    intake::{self, AtHand, WantedHeaders},
    our_pages::OurPages,
    paced::Pace,
    pulse::Pulse,
    rates::{Quota, Rates},
    seen::Seen,
    served::{Head, Held, Served, run, run_before_body},
    spool::Arrived,
    standing::{Callers, Standings},
    watch::{Ticket, Watch},
};
use crate::{
    compress::Codings,
    context::Contexts,
    error::{Error, Kind, Problem as _},
    exec::{Endpoint, Execution, Executor, Home, Ran},
    message::{RequestId, Response},
    params::Delivery,
    route::{Failure, HeaderGetter, OnFailure, Outcome},
    router::{MAX_TARGET, Match, Router, all_methods, has_dot_segment},
};

/// All that the event loops share.
#[derive(Debug)]
pub(crate) struct Service {
    router: Router<Served>,
    /// What some route answers: the value of the `Allow` header for the server itself.
    allow: String,
    executor: Executor,
    contexts: Arc<Contexts>,
    drain: Drain,
    pulse: Option<Pulse>,
    watch: Watch,
    pages: OurPages,
    standings: Standings,
    rates: Rates,
    /// How long the bodies of plain routes may be waited for; those of ours have limits of their own.
    plain_pace: Option<Pace>,
    on_failure: Option<&'static OnFailure>,
}

/// A call that was started.
struct Started<'a> {
    running: Execution<'a>,
    held: Option<Held>,
}

impl<'a> From<Execution<'a>> for Started<'a> {
    fn from(running: Execution<'a>) -> Self {
        let held = None;
        Self { running, held }
    }
}

impl Started<'_> {
    /// One whose outcome is known.
    fn ended(outcome: Outcome) -> Self {
        Execution::ended(outcome).into()
    }
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
        let allow = all_methods(endpoints.iter().map(|(endpoint, _)| endpoint.route));
        let served = endpoints.into_iter().enumerate();
        let served = served.map(|(index, (endpoint, body))| {
            let route = endpoint.route;
            let served = Served {
                index,
                headers: WantedHeaders::of(route, getter),
                callers: route.limits.fair_by.and_then(Callers::of),
                quota: route.limits.rate.and_then(|rate| Quota::of(rate, index)),
                codings: WantedCodings::of(&endpoint),
                body: route.reads_body().then_some(body),
                endpoint,
            };
            (route, served)
        });
        Ok(Self {
            allow,
            router: Router::new(served)?,
            executor,
            contexts,
            drain: Drain::default(),
            pulse: None,
            watch: Watch::default(),
            pages: OurPages::default(),
            standings: Standings::default(),
            rates: Rates::default(),
            plain_pace: None,
            on_failure: None,
        })
    }

    /// The same service, whose event loops tell the daemon that they are alive.
    pub(crate) fn with_pulse(self, pulse: Option<Pulse>) -> Self {
        Self { pulse, ..self }
    }

    /// The same service, seen as `watch` says, with pages of ours beside its routes.
    pub(crate) fn with_monitoring(self, watch: Watch, pages: OurPages) -> Self {
        Self { watch, pages, ..self }
    }

    /// The same service, which reads in heads what `standings` says.
    pub(crate) fn with_standings(self, standings: Standings) -> Self {
        Self { standings, ..self }
    }

    /// The same service, which waits for the bodies of plain routes at this pace.
    pub(crate) fn with_plain_pace(self, pace: Pace) -> Self {
        let plain_pace = Some(pace);
        Self { plain_pace, ..self }
    }

    pub(super) fn plain_pace(&self) -> Option<Pace> {
        self.plain_pace
    }

    /// The same service, whose failures this function answers.
    pub(crate) fn with_on_failure(self, on_failure: Option<&'static OnFailure>) -> Self {
        Self { on_failure, ..self }
    }

    /// What the client gets of a failure: the application's answer, or the problem.
    pub(super) fn refusal(
        &self,
        error: &Error,
        failure: impl FnOnce(Error) -> Failure,
        id: &RequestId,
    ) -> Response {
        let answer = self
            .on_failure
            .and_then(|hook| hook.answer(failure(error.problem()), id));
        answer.unwrap_or_else(|| error.to_response(id))
    }

    /// Whether a page of ours is asked for, whoever else has the path.
    pub(super) fn is_for_our_pages(&self, head: &RequestHead) -> bool {
        self.pages.have(head)
    }

    /// The application's shared values.
    pub(super) fn contexts(&self) -> &Arc<Contexts> {
        &self.contexts
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

    /// Answers one request. Dropping the future is how the pool learns that the client has left.
    pub(super) async fn serve(
        &self,
        arrival: Arrival<'_>,
        seen: &RefCell<Seen>,
        home: &Home,
    ) -> HttpResponse {
        let head = arrival.head;
        if let Some(page) = self.pages.answer(head) {
            seen.borrow_mut().watched.overlook();
            return page.await;
        }
        let Started { running, held } = self.start(arrival, seen, home);
        let ticket = seen.borrow().watched.ticket();
        // In a small future, for this one keeps room for whatever it awaits, and it is part of each connection's.
        let ran = Cancellable::new(running, ticket).await;
        drop(held);
        let seen = &mut *seen.borrow_mut();
        seen.watched.ran(ran.times);
        let outcome = ran.outcome.and_then(finished);
        let outcome = outcome.and_then(|response| conditional::answer(head, response));
        seen.failure = outcome.as_ref().err().map(Error::kind);
        let is_stuck = seen.failure == Some(Kind::QueueFull)
            && self.pulse.as_ref().is_some_and(Pulse::complain_if_stuck);
        let mut response = outcome.unwrap_or_else(|error| {
            log(&error, head, &seen.id);
            self.refusal(&error, |error| intake::failure(head, error), &seen.id)
        });
        let flow = response.take_flow();
        // A client of a stuck pool that comes back on a new connection reaches the successor.
        let answer = answer(response, &seen.id, is_stuck);
        let Some(flow) = flow else { return answer };
        seen.flows = head.method != Method::HEAD;
        answer.set_body(BoxBody::new(Flowing::new(&flow, &seen.id, &self.drain)))
    }

    /// Does at once what can be done at once: starts the call, unless its body is still to come.
    fn start<'a>(&'a self, arrival: Arrival<'a>, seen: &RefCell<Seen>, home: &'a Home) -> Started<'a> {
        let Arrival {
            head,
            payload,
            found,
            is_tls,
        } = arrival;
        let seen = &mut *seen.borrow_mut();
        seen.arrive_at_ours(head);
        seen.watched.routed(match &found {
            Ok(Found::Route(served)) => Some((served.index, served.endpoint.route)),
            _ => None,
        });
        let callers = match &found {
            Ok(Found::Route(served)) => served.callers.as_ref(),
            _ => None,
        };
        seen.take_off(head, self.standings.named(head, callers));
        // Not before the route is known: once entered, a span of OpenTelemetry keeps the name that it has.
        let _entered = seen.watched.span.enter();
        if self.drain.stage() == DrainStage::Refusing {
            let refusal = Error::of(Kind::ShuttingDown).retry_after(Duration::from_secs(1));
            return Started::ended(Err(refusal));
        }
        if let Err(refusal) = self.count(&found, head) {
            return Started::ended(Err(refusal));
        }
        let codings = match &found {
            Ok(Found::Route(served)) => {
                // What is not in memory comes as it was sent.
                let in_memory = served
                    .body
                    .as_ref()
                    .filter(|limits| limits.delivery == Delivery::Memory);
                let most = in_memory.map(|limits| limits.size);
                served.codings.read(head, most)
            }
            _ => Ok(Codings::default()),
        };
        let codings = match codings {
            Ok(codings) => codings,
            Err(refusal) => return Started::ended(Err(refusal)),
        };
        let request = Head {
            head,
            is_tls,
            codings,
            id: seen.id.clone(),
            standing: self.standings.read(head, callers),
            trace: seen.trace,
            ticket: seen.watched.ticket(),
        };
        match found {
            Ok(Found::Route(served)) => match &served.body {
                Some(limits) => self.start_with_body(served, request, payload, limits, home),
                None => {
                    // Who sends a body that nobody reads is not waited for.
                    drop(payload);
                    run(
                        served,
                        request,
                        (Arrived::InMemory(Bytes::new()), None),
                        None,
                        home,
                    )
                    .into()
                }
            },
            Ok(Found::Options { allow }) => Started::ended(Ok(Response::status(204).header("allow", &allow))),
            Err(error) => Started::ended(Err(error)),
        }
    }

    /// One more request of its caller for the route, unless it has made too many.
    fn count(&self, found: &Result<Found<'_>, Error>, head: &RequestHead) -> Result<(), Error> {
        match found {
            Ok(Found::Route(Served {
                quota: Some(quota), ..
            })) => {
                let caller = self.standings.caller(head, &quota.callers);
                self.rates.count(quota, caller)
            }
            _ => Ok(()),
        }
    }

    /// Refuses what is refused whatever the body is, and waits for it only then. A body that is here already is not judged before its call.
    fn start_with_body<'a>(
        &'a self,
        served: &'a Served,
        request: Head<'a>,
        mut payload: Payload,
        limits: &'a BodyLimits,
        home: &'a Home,
    ) -> Started<'a> {
        let grows = request.codings.body.is_some() && served.codings.keep_decoded;
        let mut reserved = match intake::reserve(request.head, limits, grows) {
            Ok(reserved) => reserved,
            Err(refusal) => return Started::ended(Err(refusal)),
        };
        if limits.delivery == Delivery::Live {
            return run_before_body(served, request, payload, limits, home).into();
        }
        let at_hand = match intake::body_at_hand(request.head, &mut payload) {
            AtHand::Whole(body) => {
                if let Some(ticket) = request.ticket.as_ref().filter(|_| !body.is_empty()) {
                    ticket.received(Duration::ZERO);
                }
                let held: Option<Held> = (!body.is_empty()).then(|| Arc::new(reserved) as Held);
                return Started {
                    running: run(
                        served,
                        request,
                        (Arrived::InMemory(body), held.clone()),
                        None,
                        home,
                    ),
                    held,
                };
            }
            AtHand::Part(part) => part,
        };
        let permit = match home.executor.admits(&served.endpoint, request.standing) {
            Ok(permit) => permit,
            Err(refusal) => return Started::ended(Err(refusal)),
        };
        let room = match intake::room(request.head, limits) {
            Ok(room) => room,
            Err(refusal) => return Started::ended(Err(refusal)),
        };
        let ticket = request.ticket.clone();
        let arriving = Arriving::new(request.head, payload, at_hand, limits);
        let ran = async move {
            let begun = ticket.as_ref().map(Ticket::receive);
            let arrived = match room {
                Some(room) => limits.spool.take(arriving, &mut reserved, room).await,
                None => intake::body(arriving, &mut reserved).await.map(Arrived::InMemory),
            };
            let body = match arrived {
                Ok(body) => body,
                Err(error) => return Ran::from(Err(error)),
            };
            if let (Some(ticket), Some(begun)) = (&ticket, begun) {
                ticket.received(begun.elapsed());
            }
            // Here too, because only the call itself can be ended as a whole: to leave it lets a `detached` one go on.
            let held: Held = Arc::new(reserved);
            let body = (body, Some(held.clone()));
            let ran = Cancellable::new(run(served, request, body, permit, home), ticket).await;
            drop(held);
            ran
        };
        // In a box, lest each request without a body pays for the room.
        Execution::Here(Box::pin(ran.in_current_span())).into()
    }

    /// What this request asks for, or why it will not get it.
    pub(super) fn find(&self, head: &RequestHead) -> Result<Found<'_>, Error> {
        if intake::target(head).len() > MAX_TARGET {
            let detail = format!("path and query are longer than {MAX_TARGET} bytes");
            return Err(Error::of(Kind::UriTooLong).detail(detail));
        }
        let path = head.uri.path();
        if path == "*" {
            return self.find_server(head);
        }
        if has_dot_segment(path) {
            return Err(Error::of(Kind::BadPath).detail("the path must not hold `.` or `..` segments"));
        }
        match self.router.find(head.method.as_str(), path) {
            Match::Found(served) => Ok(Found::Route(served)),
            Match::Options { allow } => Ok(Found::Options { allow }),
            Match::WrongMethod { allow } => Err(Error::of(Kind::MethodNotAllowed).header("allow", &allow)),
            Match::NotFound => Err(Error::of(Kind::NotFound)),
        }
    }

    /// The server itself, which only `OPTIONS` may ask for.
    fn find_server(&self, head: &RequestHead) -> Result<Found<'_>, Error> {
        if head.method == Method::OPTIONS {
            let allow = self.allow.clone();
            return Ok(Found::Options { allow });
        }
        Err(Error::of(Kind::BadPath).detail("`*` is for `OPTIONS` only"))
    }

    /// What an event loop starts calls with.
    pub(super) fn home(&self) -> Home {
        Home::new(&self.executor, &self.contexts)
    }
}

/// A request for our routes.
pub(super) struct Arrival<'a> {
    pub(super) head: &'a RequestHead,
    pub(super) payload: Payload,
    pub(super) found: Result<Found<'a>, Error>,
    /// Whether it came by TLS.
    pub(super) is_tls: bool,
}

pub(super) enum Found<'a> {
    Route(&'a Served),
    /// `OPTIONS` without a handler.
    Options {
        /// The value of the `Allow` header.
        allow: String,
    },
}
