//! Carries the monitor's pages: beside the routes for clients on this machine, or on an address of their own.

use std::{sync::Arc, time::Duration};

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
    http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName},
    rt::time::timeout,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::watch::Receiver;

use super::answer::answer;
use crate::{
    message::RequestId,
    monitor::{PageRequest, PageResponse, Pages},
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
    /// Answers a request for a page from a client on this machine. `None` for all others: for them the pages do not exist.
    pub(super) fn answer(&self, request: &RequestHead) -> Option<HttpResponse> {
        let below = request.uri.path().strip_prefix(&self.path)?;
        let is_page = below.is_empty() || below.starts_with('/');
        // The socket's peer: what a header says of it, anybody can write.
        let is_local = || {
            request
                .peer_addr
                .is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        };
        (is_page && is_local()).then(|| respond(&self.pages, request, below, Until::Drain))
    }
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
pub(super) fn respond(pages: &Pages, request: &RequestHead, path: &str, until: Until) -> HttpResponse {
    let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let ask = PageRequest {
        method: request.method.as_str(),
        path,
        accept: header(ACCEPT),
        authorization: header(AUTHORIZATION),
    };
    match pages.answer(ask) {
        PageResponse::Whole(response) => answer(response, &RequestId::random(), false),
        PageResponse::Events(snapshots) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/event-stream"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .streaming(events(pages.clone(), snapshots, until)),
    }
}

/// One event at once, then one for each new snapshot.
fn events(
    pages: Pages,
    mut snapshots: Receiver<Arc<str>>,
    until: Until,
) -> impl Stream<Item = Result<Bytes, actix_web::Error>> {
    snapshots.mark_unchanged();
    let first = event(&pages.snapshot());
    stream::unfold((Some(first), snapshots), move |(first, mut snapshots)| {
        let pages = pages.clone();
        async move {
            let event = match first {
                Some(first) => first,
                None => next_event(&pages, &mut snapshots, until).await?,
            };
            Some((Ok(event), (None, snapshots)))
        }
    })
}

async fn next_event(pages: &Pages, snapshots: &mut Receiver<Arc<str>>, until: Until) -> Option<Bytes> {
    while until == Until::End || !pages.is_draining() {
        // When the time is up it is time to look again.
        if let Ok(changed) = timeout(LOOK, snapshots.changed()).await {
            changed.ok()?;
            return Some(event(&snapshots.borrow_and_update()));
        }
    }
    None
}

fn event(snapshot: &str) -> Bytes {
    Bytes::from(format!("event: snapshot\ndata: {snapshot}\n\n"))
}
