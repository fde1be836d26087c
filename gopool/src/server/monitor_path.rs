//! Carries the monitor's pages: beside the routes for clients on this machine, or on an address of their own.

use std::{sync::Arc, time::Duration};

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
    error::ErrorInternalServerError,
    http::{
        header::{
            ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName,
            ORIGIN,
        },
        uri::Authority,
    },
    rt::time::timeout,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::watch::Receiver;

use super::answer::answer;
use crate::{
    message::{RequestId, Response},
    monitor::{MARK, PageRequest, PageResponse, Pages, Profile},
    route::LocalFuture,
};

/// How often a stream of events looks whether it should end.
const LOOK: Duration = Duration::from_millis(250);

/// The pages below a path of the main listeners.
#[derive(Debug, Clone)]
pub(crate) struct MonitorPath {
    pub(crate) pages: Pages,
    /// Begins with a slash and does not end in one.
    pub(crate) path: String,
}

impl MonitorPath {
    /// Answers a request for a page.
    pub(super) fn answer(&self, request: &RequestHead) -> Option<LocalFuture<'static, HttpResponse>> {
        let page = self.page(request)?;
        Some(respond(&self.pages, request, page, Until::Drain))
    }

    /// The page that a client on this machine asks for. `None` for all others: for them the pages do not exist. Nor for
    /// those that a proxy on this machine passes on, from whomever they come.
    pub(super) fn page<'a>(&self, request: &'a RequestHead) -> Option<&'a str> {
        let below = request.uri.path().strip_prefix(&self.path)?;
        let is_page = below.is_empty() || below.starts_with('/');
        // The socket's peer: what a header says of it, anybody can write.
        let is_local = || {
            request
                .peer_addr
                .is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        };
        (is_page && is_local() && !is_passed_on(request)).then_some(below)
    }
}

/// Whether a header says that somebody between asks for another. It can be written by anybody, and keeps out only.
fn is_passed_on(request: &RequestHead) -> bool {
    let names = request.headers().keys().map(HeaderName::as_str);
    let says_so =
        |name: &str| ["forwarded", "via", "x-real-ip"].contains(&name) || name.starts_with("x-forwarded-");
    names.into_iter().any(says_so)
}

/// When a stream of events ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// With the drain, which would wait for it.
    Drain,
    /// With the server.
    End,
}

/// Answers a request for the page at `path`.
pub(super) fn respond(
    pages: &Pages,
    request: &RequestHead,
    path: &str,
    until: Until,
) -> LocalFuture<'static, HttpResponse> {
    let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let ask = PageRequest {
        method: request.method.as_str(),
        path,
        query: request.uri.query().unwrap_or_default(),
        // The line of the request comes before the header (RFC 9112, 3.2.2).
        host: request
            .uri
            .authority()
            .map(Authority::as_str)
            .or_else(|| header(HOST)),
        accept: header(ACCEPT),
        authorization: header(AUTHORIZATION),
        origin: header(ORIGIN),
        mark: header(HeaderName::from_static(MARK)),
    };
    let (pages, response) = (pages.clone(), pages.answer(ask));
    Box::pin(async move {
        match response {
            PageResponse::Whole(response) => whole(response),
            PageResponse::Asked(question) => whole(pages.reply(question).await),
            PageResponse::Events(snapshots) => HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, "text/event-stream"))
                .insert_header((CACHE_CONTROL, "no-store"))
                .streaming(events(pages, snapshots, until)),
            PageResponse::Profile(profile) => HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, "image/svg+xml"))
                .insert_header((CACHE_CONTROL, "no-store"))
                // It brings a script of its own, which must not read what else is here.
                .insert_header((CONTENT_SECURITY_POLICY, "sandbox allow-scripts"))
                .streaming(stream::once(flame_graph(profile))),
        }
    })
}

fn whole(response: Response) -> HttpResponse {
    answer(response, &RequestId::random(), false)
}

async fn flame_graph(profile: Profile) -> Result<Bytes, actix_web::Error> {
    let graph = profile.flame_graph().await;
    graph.map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "the profile cannot be written");
        ErrorInternalServerError("the profile cannot be written")
    })
}

/// One event at once, then one for each new snapshot.
fn events(
    pages: Pages,
    mut snapshots: Receiver<Arc<str>>,
    until: Until,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    snapshots.mark_unchanged();
    stream::unfold((true, snapshots), move |(is_first, mut snapshots)| {
        let pages = pages.clone();
        async move {
            let first = match is_first {
                true => pages.snapshot().await,
                false => None,
            };
            let event = match first {
                Some(first) => event(first.body()),
                None => next_event(&pages, &mut snapshots, until).await?,
            };
            Some((Ok(event), (false, snapshots)))
        }
    })
}

async fn next_event(pages: &Pages, snapshots: &mut Receiver<Arc<str>>, until: Until) -> Option<Bytes> {
    while until == Until::End || !pages.is_draining() {
        // When the time is up it is time to look again.
        if let Ok(changed) = timeout(LOOK, snapshots.changed()).await {
            changed.ok()?;
            return Some(event(snapshots.borrow_and_update().as_bytes()));
        }
    }
    None
}

fn event(snapshot: &[u8]) -> Bytes {
    [b"event: snapshot\ndata: ", snapshot, b"\n\n"].concat().into()
}
