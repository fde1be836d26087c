//! Which failures an operation can have, and what is said of them.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    describe::{COMPONENTS, Failed},
    error::Kind,
    route::{Handler, Placement, Route},
};

/// What gopool itself may answer to a request for this route.
fn of_gopool(route: &Route) -> Vec<Kind> {
    let mut kinds = vec![Kind::Internal, Kind::ShuttingDown];
    match (route.handler, route.placement) {
        (Handler::Async(_), _) => kinds.push(Kind::Timeout),
        (Handler::Plain(_), Placement::Inline) => {}
        (Handler::Plain(_), _) => kinds.extend([Kind::QueueFull, Kind::Timeout]),
    }
    if route.limits.rate.is_some() {
        kinds.push(Kind::RateLimited);
    }
    if route.reads_body() {
        kinds.extend([Kind::SlowBody, Kind::TooLarge, Kind::MemoryFull]);
    }
    if route.specs().any(|spec| spec.reads_path) {
        kinds.push(Kind::BadPath);
    }
    kinds
}

/// Each status of a failure, with what the application says of it.
pub(super) fn by_status(route: &Route, said: &[Failed]) -> BTreeMap<u16, Vec<String>> {
    let mut failures = BTreeMap::<u16, Vec<String>>::new();
    for kind in of_gopool(route) {
        failures.entry(kind.code()).or_default();
    }
    for failed in said {
        match failed {
            Failed::Ours(kind) => drop(failures.entry(kind.code()).or_default()),
            Failed::Theirs(status, text) => {
                let texts = failures.entry(*status).or_default();
                if !text.is_empty() && !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
        }
    }
    failures
}

/// What stands among the responses of an operation.
pub(super) fn response(status: u16, texts: &[String], shared: &mut BTreeSet<u16>) -> Value {
    if texts.is_empty() {
        shared.insert(status);
        return json!({ "$ref": format!("#/components/responses/{}", component(status)) });
    }
    described(status, &texts.join("; "))
}

/// Any other failure.
pub(super) fn any_other() -> Value {
    json!({ "$ref": "#/components/responses/Problem" })
}

/// The responses that several operations have.
pub(super) fn components(shared: &BTreeSet<u16>) -> Map<String, Value> {
    let of_status = shared
        .iter()
        .map(|status| (component(*status), described(*status, &meaning(*status))));
    let any = described(0, "Any other failure.");
    of_status.chain([("Problem".to_owned(), any)]).collect()
}

fn described(status: u16, text: &str) -> Value {
    let schema = json!({ "$ref": format!("{COMPONENTS}Problem") });
    let mut response = json!({
        "description": text,
        "content": { "application/problem+json": { "schema": schema } },
    });
    let header = match status {
        401 => Some(("www-authenticate", "string", "How to say who one is.")),
        429 | 503 => Some(("retry-after", "integer", "After how many seconds to try again.")),
        _ => None,
    };
    if let Some((name, of_type, text)) = header {
        response["headers"] = json!({ name: { "description": text, "schema": { "type": of_type } } });
    }
    response
}

fn reason(status: u16) -> &'static str {
    let code = StatusCode::from_u16(status).ok();
    code.and_then(|code| code.canonical_reason()).unwrap_or("Failure")
}

/// `BadRequest`
fn component(status: u16) -> String {
    let words = reason(status).split(|letter: char| !letter.is_ascii_alphanumeric());
    match words.collect::<String>() {
        name if name == "Failure" => format!("Failure{status}"),
        name => name,
    }
}

fn meaning(status: u16) -> String {
    let meaning = match status {
        400 => "The request cannot be read: its path, query, headers or body.",
        401 => "The client must say who it is.",
        404 => "There is no such thing.",
        408 => "The body did not arrive in time.",
        413 => "The body is larger than the route allows.",
        415 => "The body has a type, or is compressed in a way, that the route does not read.",
        422 => "The body has the wrong shape.",
        429 => "The caller has made more requests than its rate allows.",
        500 => "The server failed.",
        503 => "The server cannot take the request now; it was not run.",
        504 => "It took too long and was told to stop.",
        other => return format!("{}.", reason(other)),
    };
    meaning.to_owned()
}
