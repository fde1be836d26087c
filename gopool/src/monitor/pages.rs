//! What the monitor answers to whom.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use subtle::{Choice, ConstantTimeEq as _};
use tokio::sync::watch;

use super::{
    Monitor,
    exposition::Format,
    profile::{self, Profile},
    questions::Question,
    replies::no_store,
};
use crate::{
    config::Secret,
    message::{RequestId, Response},
};

/// The page, with nothing to load from anywhere.
const PAGE: &str = include_str!("page.html");
/// What the page's `<script>` and `<style>` hash to: nothing else runs there. A test says what to write when the page changes.
const SCRIPT: &str = "sha256-eEFIwK946pchVS7jXr5YlZYKcw1qsaU4JTwoIZHhhEM=";
const STYLE: &str = "sha256-goaU4ZrhbaD8qgeX7BHN45i7TXIhUb4w4ODt3B7AqtQ=";
/// The longest token that an option can hold.
const LONGEST_TOKEN: usize = 256;

/// What a request must carry that changes something. No page from elsewhere can send it: its browser would ask first.
pub(crate) const MARK: &str = "x-gopool";

/// A request to the monitor, in nobody's vocabulary.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageRequest<'a> {
    pub(crate) method: &'a str,
    /// Below the monitor's address: empty or beginning with a slash.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// By which name it was asked.
    pub(crate) host: Option<&'a str>,
    pub(crate) accept: Option<&'a str>,
    pub(crate) authorization: Option<&'a str>,
    /// Whose page asks, if a page does.
    pub(crate) origin: Option<&'a str>,
    /// The header [`MARK`].
    pub(crate) mark: Option<&'a str>,
}

/// What it comes to.
#[derive(Debug)]
pub(crate) enum PageResponse {
    Whole(Response),
    /// [`Pages::reply`] has the answer.
    Asked(Question),
    /// Server-sent events: a snapshot whenever there is a new one.
    Events(watch::Receiver<Arc<str>>),
    /// A flame graph that is being taken.
    Profile(Profile),
}

/// The monitor's pages.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    pub(super) monitor: Arc<Monitor>,
}

/// Every page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Front,
    Live,
    Ready,
    Info,
    Metrics,
    Running,
    Events,
    Profile,
    Cancel,
}

impl Page {
    fn at(path: &str) -> Option<Self> {
        Some(match path {
            "" | "/" => Self::Front,
            "/live" => Self::Live,
            "/ready" => Self::Ready,
            "/info" => Self::Info,
            "/metrics" => Self::Metrics,
            "/running" => Self::Running,
            "/events" => Self::Events,
            "/profile" => Self::Profile,
            "/cancel" => Self::Cancel,
            _ => return None,
        })
    }

    /// The front page has no data, a probe cannot keep a secret, and what the two probes are told is none.
    fn is_for_everybody(self) -> bool {
        matches!(self, Self::Front | Self::Live | Self::Ready)
    }

    fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Cancel => &["POST"],
            _ => &["GET", "HEAD"],
        }
    }
}

impl Pages {
    pub(crate) fn of(monitor: Arc<Monitor>) -> Self {
        Self { monitor }
    }

    /// Whether the process drains, so that a stream of events should end.
    pub(crate) fn is_draining(&self) -> bool {
        self.monitor.meters.stage() == crate::meter::Stage::Draining
    }

    /// Answers a request, or says what is to be asked. Takes no time.
    pub(crate) fn answer(&self, ask: PageRequest<'_>) -> PageResponse {
        let Some(page) = Page::at(ask.path) else {
            return PageResponse::Whole(
                Response::status(404)
                    .text("no such page; see / /info /metrics /running /events /profile /live /ready\n"),
            );
        };
        if !page.methods().contains(&ask.method) {
            let allow = page.methods().join(", ");
            let refusal = Response::status(405).header("allow", &allow);
            return PageResponse::Whole(refusal.text(format!("only {allow}\n")));
        }
        if !page.is_for_everybody()
            && let Some(refusal) = self.refuse(&ask)
        {
            return PageResponse::Whole(refusal);
        }
        match page {
            Page::Front => PageResponse::Whole(front()),
            Page::Live => PageResponse::Whole(no_store(Response::ok()).text("live\n")),
            Page::Ready => PageResponse::Whole(self.ready()),
            Page::Info => PageResponse::Asked(Question::Info),
            Page::Metrics => PageResponse::Asked(Question::Metrics(Format::of(ask.accept))),
            Page::Running => PageResponse::Asked(Question::Running),
            // Whoever asks for the head alone would wait for the end of a body that has none.
            Page::Events if ask.method == "HEAD" => PageResponse::Whole(
                no_store(Response::ok())
                    .content_type("text/event-stream")
                    .text(""),
            ),
            Page::Events => PageResponse::Events(self.monitor.snapshots.subscribe()),
            Page::Profile if ask.method == "HEAD" => PageResponse::Whole(no_store(Response::ok()).text("")),
            Page::Profile => begin_profile(ask.query),
            Page::Cancel => cancel(&ask).map_or_else(PageResponse::Whole, PageResponse::Asked),
        }
    }

    /// Asks the monitor's thread.
    pub(crate) async fn reply(&self, question: Question) -> Response {
        let reply = self.monitor.questions.ask(question).await;
        reply.unwrap_or_else(|| {
            let busy = Response::status(503).header("retry-after", "1");
            no_store(busy).text("the monitor is asked too much at once; try again\n")
        })
    }

    /// The newest snapshot, for a stream that has just begun; `None` when the monitor is asked too much at once.
    pub(crate) async fn snapshot(&self) -> Option<Response> {
        self.monitor.questions.ask(Question::Info).await
    }

    /// Data is for those who have the token; where there is none, for those who ask by a name of ours.
    fn refuse(&self, ask: &PageRequest<'_>) -> Option<Response> {
        let subject = &self.monitor.subject;
        match &subject.token {
            Some(token) if is_right(token, ask.authorization) => None,
            Some(_) => {
                let challenge =
                    Response::status(401).header("www-authenticate", "Bearer realm=\"gopool monitor\"");
                Some(no_store(challenge).text("a bearer token is needed\n"))
            }
            None if subject.hosts.allow(ask.host) => None,
            None => Some(no_store(Response::status(403)).text(
                "this is no name of the monitor: ask by its address, by the host of `--info-url`, or set `--info-token`\n",
            )),
        }
    }

    fn ready(&self) -> Response {
        let health = self.monitor.health();
        let status = if health.is_ready() { 200 } else { 503 };
        no_store(Response::status(status)).text(format!("{}\n", health.name()))
    }
}

fn begin_profile(query: &str) -> PageResponse {
    let length = profile::length(query).map_err(|wrong| Response::status(400).text(wrong));
    match length.and_then(Profile::begin) {
        Ok(profile) => PageResponse::Profile(profile),
        Err(refusal) => PageResponse::Whole(no_store(refusal)),
    }
}

/// Which requests are to be cancelled, or why none are.
fn cancel(ask: &PageRequest<'_>) -> Result<Question, Response> {
    let refuse = |status, text: &str| Err(no_store(Response::status(status)).text(text));
    if ask.mark.is_none() || !ask.origin.is_none_or(|origin| is_own(origin, ask.host)) {
        return refuse(
            403,
            "to cancel takes the header `x-gopool`, which pages from elsewhere cannot send\n",
        );
    }
    let given = ask.query.split('&').find_map(|pair| pair.strip_prefix("id="));
    let id = percent_decode_str(given.unwrap_or_default()).decode_utf8_lossy();
    if RequestId::from_client(id.as_bytes()).is_none() {
        return refuse(
            400,
            "`id` is the id of a request, as `/running` and the log have it\n",
        );
    }
    Ok(Question::Cancel(id.into_owned()))
}

/// Whether a page of this origin is one of the monitor's, which was asked by this name.
fn is_own(origin: &str, host: Option<&str>) -> bool {
    origin.split_once("://").map(|(_, name)| name) == host
}

fn front() -> Response {
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
