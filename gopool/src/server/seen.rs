//! A request from its head to its answer, whoever gives that: our routes, a plain one, a middleware, the connection itself.

use std::{net::SocketAddr, rc::Rc};

use actix_http::RequestHead;
use tracing::Span;

use super::{
    drain::{Count, Serving},
    intake,
    watch::{Asked, LoopWatch, Watched, span},
};
use crate::{
    call::Caller,
    error::{Error, Kind},
    message::{RequestId, TraceParent},
};

/// What is known of a request while it is served.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) id: RequestId,
    pub(super) trace: Option<TraceParent>,
    pub(super) watched: Watched,
    /// Why our routes have failed.
    pub(super) failure: Option<Kind>,
    /// Its answer is made while it is sent.
    pub(super) flows: bool,
    _serving: Serving,
}

impl Seen {
    /// A request with this head has arrived.
    pub(super) fn of(head: &RequestHead, watch: &Rc<LoopWatch>, requests: &Count) -> Self {
        let trace = intake::trace_parent(head);
        let id = intake::request_id(head, trace.as_ref());
        Self {
            watched: watch.begin(Span::none(), || intake::asked(head, &id)),
            id,
            trace,
            failure: None,
            flows: false,
            _serving: requests.enter(),
        }
    }

    /// Something has arrived that is no request.
    pub(super) fn of_no_request(peer: Option<SocketAddr>, watch: &Rc<LoopWatch>, requests: &Count) -> Self {
        let id = RequestId::random();
        let asked = || Asked {
            id: id.clone(),
            method: "-".to_owned(),
            path: "-".to_owned(),
            peer,
        };
        Self {
            watched: watch.begin(Span::none(), asked),
            id,
            trace: None,
            failure: None,
            flows: false,
            _serving: requests.enter(),
        }
    }

    /// It has come to our routes. What stands before them may have said which trace it belongs to, so its span begins here.
    pub(super) fn arrive_at_ours(&mut self, head: &RequestHead) {
        self.watched.span = span(
            head.method.as_str(),
            head.uri.path(),
            &self.id,
            self.trace.as_ref(),
        );
    }

    /// One of our routes has it.
    pub(super) fn take_off(&mut self, head: &RequestHead, caller: Option<Caller>) {
        self.watched.take_off(&self.id, head.peer_addr, caller);
    }

    /// It has an answer of this status.
    pub(super) fn answered(&mut self, status: u16) {
        self.watched.answered(status, self.failure, self.flows);
    }
}

/// The log gets what the client must not see.
pub(super) fn log(error: &Error, head: &RequestHead, id: &RequestId) {
    // A panic has a line of its own already, with the place where it happened; the end of a process has one, too.
    let is_told = matches!(error.kind(), Kind::Panic | Kind::Crashed);
    if error.private_cause().is_some() && !is_told {
        tracing::error!(
            request_id = id.as_str(),
            method = head.method.as_str(),
            path = head.uri.path(),
            %error,
            "request failed"
        );
    }
}
