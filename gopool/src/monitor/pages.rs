//! What the monitor answers to whom.

use std::{sync::Arc, time::Instant};

use subtle::{Choice, ConstantTimeEq as _};
use tokio::sync::watch;

use super::{Monitor, exposition::Format, families};
use crate::{config::Secret, message::Response};

/// The page, with nothing to load from anywhere.
const PAGE: &str = include_str!("page.html");
/// What the page's `<script>` and `<style>` hash to: nothing else runs there. A test says what to write when the page changes.
const SCRIPT: &str = "sha256-LHz1LbGPj8anPmv+4ODaPsow/OEEooHcEBafae7JzHI=";
const STYLE: &str = "sha256-VhGZNDsAoJl+2DAeQ5FiL0VC+HQzpC9xDg8MyfqVdgg=";
/// The longest token that an option can hold.
const LONGEST_TOKEN: usize = 256;

/// A question to the monitor, in nobody's vocabulary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRequest<'a> {
    pub(crate) method: &'a str,
    /// Below the monitor's address: empty or beginning with a slash.
    pub(crate) path: &'a str,
    pub(crate) accept: Option<&'a str>,
    pub(crate) authorization: Option<&'a str>,
}

/// What it comes to.
#[derive(Debug)]
pub(crate) enum PageResponse {
    Whole(Response),
    /// Server-sent events: a snapshot whenever there is a new one.
    Events(watch::Receiver<Arc<str>>),
}

/// The monitor's pages.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    monitor: Arc<Monitor>,
}

/// The pages that show data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Info,
    Metrics,
    Events,
}

impl Pages {
    pub(crate) fn of(monitor: Arc<Monitor>) -> Self {
        Self { monitor }
    }

    /// Whether the process drains, so that a stream of events should end.
    pub(crate) fn is_draining(&self) -> bool {
        self.monitor.meters.stage() == crate::meter::Stage::Draining
    }

    /// Answers one question.
    pub(crate) fn answer(&self, ask: PageRequest<'_>) -> PageResponse {
        if !matches!(ask.method, "GET" | "HEAD") {
            return PageResponse::Whole(
                Response::status(405)
                    .header("allow", "GET, HEAD")
                    .text("only GET\n"),
            );
        }
        let page = match ask.path {
            "" | "/" => return PageResponse::Whole(page()),
            // A probe cannot keep a secret, and these two tell none.
            "/live" => return PageResponse::Whole(no_store(Response::ok()).text("live\n")),
            "/ready" => return PageResponse::Whole(self.ready()),
            "/info" => Page::Info,
            "/metrics" => Page::Metrics,
            "/events" => Page::Events,
            _ => {
                return PageResponse::Whole(
                    Response::status(404).text("no such page; see / /info /metrics /events /live /ready\n"),
                );
            }
        };
        let token = self.monitor.subject.token.as_ref();
        if !token.is_none_or(|token| is_right(token, ask.authorization)) {
            let challenge =
                Response::status(401).header("www-authenticate", "Bearer realm=\"gopool monitor\"");
            return PageResponse::Whole(no_store(challenge).text("a bearer token is needed\n"));
        }
        match page {
            Page::Info => PageResponse::Whole(self.info()),
            Page::Metrics => PageResponse::Whole(self.metrics(ask.accept)),
            Page::Events => PageResponse::Events(self.monitor.snapshots.subscribe()),
        }
    }

    /// The newest snapshot, for a stream that has just begun.
    pub(crate) fn snapshot(&self) -> String {
        self.monitor.snapshot(Instant::now()).to_json()
    }

    fn info(&self) -> Response {
        no_store(Response::ok())
            .content_type("application/json")
            .text(self.snapshot())
    }

    fn metrics(&self, accept: Option<&str>) -> Response {
        let format = Format::of(accept);
        let reading = self.monitor.reading(Instant::now());
        let families = families::of(&self.monitor.subject, &reading, self.monitor.health());
        no_store(Response::ok())
            .content_type(format.media_type())
            .text(format.text(&families))
    }

    fn ready(&self) -> Response {
        let health = self.monitor.health();
        let status = if health.is_ready() { 200 } else { 503 };
        no_store(Response::status(status)).text(format!("{}\n", health.name()))
    }
}

fn page() -> Response {
    let policy = format!(
        "default-src 'none'; script-src '{SCRIPT}'; style-src '{STYLE}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    no_store(Response::ok())
        .header("content-security-policy", &policy)
        .header("x-frame-options", "DENY")
        .content_type("text/html; charset=utf-8")
        .text(PAGE)
}

fn no_store(response: Response) -> Response {
    response
        .header("cache-control", "no-store")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}

/// Whether the header carries this token. Takes as long for a wrong one as for the right one, wherever and in whatever length
/// it differs.
fn is_right(token: &Secret, authorization: Option<&str>) -> bool {
    let given = authorization.unwrap_or_default();
    let scheme = given
        .get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "));
    let given = given.get(7..).unwrap_or_default().trim();
    let (given, wanted) = (padded(given), padded(token.expose()));
    bool::from(given.0.ct_eq(&wanted.0) & given.1.ct_eq(&wanted.1) & Choice::from(u8::from(scheme)))
}

/// The text's bytes in a field of fixed length, and its length.
fn padded(text: &str) -> ([u8; LONGEST_TOKEN], u64) {
    let mut field = [0; LONGEST_TOKEN];
    let length = text.len().min(LONGEST_TOKEN);
    field[..length].copy_from_slice(&text.as_bytes()[..length]);
    (field, text.len() as u64)
}
