//! Requests for what the client does not have yet: conditions on an answer, and parts of it. RFC 9110, sections 13 and 14.

use std::{ops::Range, time::SystemTime};

use actix_http::RequestHead;
use actix_web::http::{
    Method,
    header::{HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE},
};
use http::{StatusCode, header};

use crate::{error::Error, message::Response, route::Outcome};

/// The answer to this request: the whole, a part of it, or that the client has it already.
///
/// # Errors
/// 412 when it is not what the client says that it is; 416 when it has no such part.
pub(super) fn answer(request: &RequestHead, response: Response) -> Outcome {
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    // Of nearly every answer nothing is said that could be asked for.
    if response.headers().is_empty() || !reads || response.code() != 200 {
        return Ok(response);
    }
    let state = State::of(&response);
    if state.tag.is_none() && state.modified.is_none() {
        return Ok(response);
    }
    match state.judge(request) {
        Verdict::Send => {}
        Verdict::Unchanged => return Ok(response.without_body().and_status(StatusCode::NOT_MODIFIED)),
        Verdict::Failed => {
            return Err(Error::status(412).detail("it is not, or not any longer, what the request says"));
        }
    }
    let Some(length) = response.flow().and_then(|flow| flow.content_length()) else {
        return Ok(response);
    };
    // RFC 9110, 14.2: of `GET` only.
    let wanted =
        (request.method == Method::GET && state.is_in_range(request)).then(|| wanted(request, length));
    match wanted.flatten() {
        None => Ok(response),
        Some(Some(range)) => Ok(part(response, range, length)),
        Some(None) => Err(Error::status(416)
            .detail(format!("it has {length} bytes, and none there"))
            .header("content-range", &format!("bytes */{length}"))),
    }
}

fn part(response: Response, range: Range<u64>, length: u64) -> Response {
    let told = format!("bytes {}-{}/{length}", range.start, range.end - 1);
    response
        .narrowed(range)
        .and_status(StatusCode::PARTIAL_CONTENT)
        .header("content-range", &told)
}

enum Verdict {
    Send,
    /// The client has it.
    Unchanged,
    /// It is not what the client wants to have a part of.
    Failed,
}

/// By what an answer can be known again.
struct State {
    /// As its header has it.
    tag: Option<String>,
    modified: Option<SystemTime>,
}

impl State {
    fn of(response: &Response) -> Self {
        let text = |name| response.headers().get(name)?.to_str().ok();
        Self {
            tag: text(header::ETAG).map(str::to_owned),
            modified: text(header::LAST_MODIFIED).and_then(date),
        }
    }

    /// In the order of RFC 9110, 13.2.2. What cannot be read, or has nothing to be compared with, says nothing.
    fn judge(&self, request: &RequestHead) -> Verdict {
        if let Some(holds) = self.is_one_of(request, &IF_MATCH, is_same) {
            if !holds {
                return Verdict::Failed;
            }
        } else if self.changed_since(request, &IF_UNMODIFIED_SINCE) == Some(true) {
            return Verdict::Failed;
        }
        match self.is_one_of(request, &IF_NONE_MATCH, is_alike) {
            Some(true) => Verdict::Unchanged,
            Some(false) => Verdict::Send,
            None if self.changed_since(request, &IF_MODIFIED_SINCE) == Some(false) => Verdict::Unchanged,
            None => Verdict::Send,
        }
    }

    /// Whether a part of it is a part of what the client has the rest of.
    fn is_in_range(&self, request: &RequestHead) -> bool {
        let Some(condition) = request.headers.get(IF_RANGE) else {
            return true;
        };
        let Ok(condition) = condition.to_str() else {
            return false;
        };
        match date(condition) {
            Some(date) => self.modified == Some(date),
            None => self
                .tag
                .as_deref()
                .is_some_and(|tag| is_same(tag, condition.trim())),
        }
    }

    /// `None` without such a header.
    fn is_one_of(
        &self,
        request: &RequestHead,
        name: &HeaderName,
        compare: fn(&str, &str) -> bool,
    ) -> Option<bool> {
        let mut values = request.headers.get_all(name).peekable();
        values.peek()?;
        let matches = |other| self.tag.as_deref().is_some_and(|tag| compare(tag, other));
        let mut values = values.filter_map(|value| value.to_str().ok());
        Some(values.any(|value| value.trim() == "*" || tags(value).any(matches)))
    }

    /// To the second, as dates are sent.
    fn changed_since(&self, request: &RequestHead, name: &HeaderName) -> Option<bool> {
        let since = date(request.headers.get(name)?.to_str().ok()?)?;
        Some(self.modified? > since)
    }
}

fn date(text: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(text.trim()).ok()
}

/// The tags of a list; what stands in quotes may hold commas.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let opening = if rest.starts_with("W/") { 2 } else { 0 };
        let quoted = rest.get(opening..)?.strip_prefix('"')?;
        let end = opening + quoted.find('"')? + 2;
        let (tag, after) = rest.split_at(end);
        rest = after;
        Some(tag)
    })
}

/// Byte by byte: RFC 9110, 8.8.3.2.
fn is_same(one: &str, other: &str) -> bool {
    one == other && !one.starts_with("W/")
}

/// As far as it matters to whoever reads it.
fn is_alike(one: &str, other: &str) -> bool {
    one.trim_start_matches("W/") == other.trim_start_matches("W/")
}

/// The one range that is wanted, `Some(None)` if there is nothing there. Several, or what cannot be read, are answered with the whole.
#[allow(clippy::option_option, reason = "not asked for, there, or not there")]
fn wanted(request: &RequestHead, length: u64) -> Option<Option<Range<u64>>> {
    let mut values = request.headers.get_all(RANGE);
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (unit, range) = value.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let range = match (first.trim(), last.trim()) {
        ("", last) => length.saturating_sub(number(last)?)..length,
        (first, "") => number(first)?..length,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(length)
        }
    };
    Some((range.start < range.end).then_some(range))
}

/// Digits and nothing else; one that is too large to be is beyond every end.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}
