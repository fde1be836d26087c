//! A route as the server knows it, and how its calls begin.

use std::{any::Any, future::poll_fn, sync::Arc};

use actix_http::RequestHead;
use actix_web::dev::Payload;
use futures_util::FutureExt as _;

use super::{
    arriving::Arriving,
    body_limits::BodyLimits,
    cancel::Cancellable,
    codings::WantedCodings,
    intake::{self, WantedHeaders},
    rates::Quota,
    spool::Arrived,
    standing::Callers,
    watch::Ticket,
};
use crate::{
    call::Standing,
    compress::Codings,
    exec::{Endpoint, Execution, Home},
    message::{self, Request, RequestId, TraceParent},
    template::Template,
};
use gopool_pool::Permit;

/// A route as the server knows it.
#[derive(Debug)]
pub(super) struct Served {
    /// Its place in the table.
    pub(super) index: usize,
    pub(super) endpoint: Endpoint,
    pub(super) headers: WantedHeaders,
    pub(super) callers: Option<Callers>,
    pub(super) quota: Option<Quota>,
    pub(super) codings: WantedCodings,
    /// `None` when it reads no body.
    pub(super) body: Option<BodyLimits>,
}

impl Served {
    /// Its path.
    pub(super) fn template(&self) -> Template {
        self.endpoint.route.template
    }
}

/// A request before its body.
pub(super) struct Head<'a> {
    pub(super) head: &'a RequestHead,
    pub(super) is_tls: bool,
    pub(super) id: RequestId,
    pub(super) standing: Standing,
    pub(super) trace: Option<TraceParent>,
    pub(super) ticket: Option<Ticket>,
    pub(super) codings: Codings,
}

/// What a body reserves, for as long as anybody may have it: the call, also when nobody waits for it any more, and whoever does.
pub(super) type Held = Arc<dyn Any + Send + Sync>;

/// Starts a call that has all that it needs of its body, and with it what holds the room for that.
pub(super) fn run(
    served: &Served,
    request: Head<'_>,
    (body, held): (Arrived, Option<Held>),
    permit: Option<Permit>,
    home: &Home,
) -> Execution<'static> {
    let Head {
        head,
        is_tls,
        id,
        standing,
        trace,
        ticket,
        codings,
    } = request;
    let ours = Request::new(intake::method(head), intake::target(head), id);
    let ours = ours.holding(held);
    let mut ours = match body {
        Arrived::InMemory(bytes) => ours.with_body(bytes),
        Arrived::InFile { file, length } => ours.with_spooled(file, length),
        Arrived::Live(live) => ours.with_live(live),
    };
    if let Some(headers) = served.headers.copy(head, is_tls) {
        ours = ours.with_headers(headers);
    }
    let endpoint = &served.endpoint;
    let origin = ticket.map(|ticket| ticket.origin);
    let mut envelope = endpoint.envelope(ours, standing, trace, origin);
    envelope.codings = codings;
    home.run(endpoint, envelope, permit)
}

/// Starts a call that takes its body as it comes.
pub(super) fn run_before_body<'a>(
    served: &'a Served,
    request: Head<'a>,
    payload: Payload,
    limits: &'a BodyLimits,
    home: &Home,
) -> Execution<'a> {
    let ticket = request.ticket.clone();
    let (inlet, live) = message::live();
    let mut handed_on = Box::pin(
        Arriving::new(request.head, payload, None, limits)
            .put_into(inlet)
            .fuse(),
    );
    let running = run(served, request, (Arrived::Live(live), None), None, home);
    let mut running = Box::pin(Cancellable::new(running, ticket));
    let both = poll_fn(move |context| {
        // What has come is there when the handler looks.
        let _ = handed_on.as_mut().poll(context);
        running.as_mut().poll(context)
    });
    Execution::Here(Box::pin(both))
}
