//! Which replies are compressed, and what their heads say then.

use http::{HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::{Encoder, coding::Coding};
use crate::message::Response;

/// Smaller bodies would hardly be smaller in packets, in bytes.
const LEAST: usize = 1024;

/// How the reply to a request is coded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReplyCoding {
    /// The route does not compress.
    #[default]
    Off,
    /// It does, but the client takes nothing that we have.
    Identity,
    As(Coding),
}

/// What is only true of the bytes as they are.
const OF_THE_BYTES: [HeaderName; 4] = [
    header::CONTENT_RANGE,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
];

impl ReplyCoding {
    /// Whether it is work to [`apply`](Self::apply) it to this response.
    pub(crate) fn is_work(self, response: &Response) -> bool {
        matches!(self, Self::As(_)) && response.body().len() >= LEAST && may_be_coded(response)
    }

    /// The response as it is to be sent: compressed, if that makes it smaller, and with a word for caches in any case.
    pub(crate) fn apply(self, response: Response) -> Response {
        let mut response = self.as_it_is(response);
        if !self.is_work(&response) {
            return response;
        }
        let Self::As(coding) = self else { return response };
        let coded = Encoder::whole(coding, response.body());
        match coded.filter(|coded| coded.len() < response.body().len()) {
            Some(coded) => {
                response.give_body(coded.into());
                named(response, coding)
            }
            None => response,
        }
    }

    /// The same uncompressed. Whoever makes a body flow begins it by itself.
    pub(crate) fn as_it_is(self, response: Response) -> Response {
        match response.flow() {
            Some(_) => response,
            None => self.told(response),
        }
    }

    /// Caches must know that others may get something else.
    fn told(self, response: Response) -> Response {
        let varies = self != Self::Off && (response.code() == 304 || may_be_coded(&response));
        match varies && !has_vary(&response) {
            true => response.append(header::VARY, HeaderValue::from_static("accept-encoding")),
            false => response,
        }
    }

    /// The head of a body that begins to flow, and what codes its parts. Never events, which would be collected on their way.
    pub(crate) fn begin(self, head: Response) -> (Response, Option<Encoder>) {
        let flow = head.flow();
        let is_plain = flow.is_none_or(|flow| flow.beat.is_some() || flow.length.is_some());
        if is_plain || !may_be_coded(&head) {
            return (head, None);
        }
        let head = self.told(head);
        match self {
            Self::As(coding) => match Encoder::new(coding, None) {
                Some(encoder) => (named(head, coding), Some(encoder)),
                None => (head, None),
            },
            Self::Off | Self::Identity => (head, None),
        }
    }
}

fn named(response: Response, coding: Coding) -> Response {
    let response = response.append(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    weak(response)
}

/// An `ETag` of the bytes as they are says less of the compressed ones: RFC 9110, section 8.8.1.
fn weak(response: Response) -> Response {
    let tag = response.headers().get(header::ETAG).map(HeaderValue::as_bytes);
    let weak = tag
        .filter(|tag| tag.starts_with(b"\""))
        .map(|tag| [b"W/", tag].concat());
    match weak.and_then(|weak| HeaderValue::from_bytes(&weak).ok()) {
        Some(weak) => response.replace(header::ETAG, weak),
        None => response,
    }
}

fn may_be_coded(response: &Response) -> bool {
    let headers = response.headers();
    let is_whole = !matches!(response.code(), 204 | 205 | 206 | 304);
    is_whole
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !OF_THE_BYTES.iter().any(|name| headers.contains_key(name))
        && !says(response, &header::CACHE_CONTROL, "no-transform")
        && response
            .media_type()
            .is_some_and(|kind| is_worth_it(kind.as_bytes()))
}

fn has_vary(response: &Response) -> bool {
    says(response, &header::VARY, "accept-encoding") || says(response, &header::VARY, "*")
}

/// Whether one of the elements of a header is this one.
fn says(response: &Response, name: &HeaderName, element: &str) -> bool {
    let values = response.headers().get_all(name).iter();
    let mut elements = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    elements.any(|said| said.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
}

/// Whether bodies of this media type shrink: text in all its forms. Pictures and archives have been compressed already.
fn is_worth_it(media_type: &[u8]) -> bool {
    let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default();
    let essence = String::from_utf8_lossy(essence.trim_ascii()).to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("text", "event-stream")) => false,
        Some(("text", _)) => true,
        Some((_, kind)) if kind.ends_with("+json") || kind.ends_with("+xml") => true,
        Some(("application", kind)) => matches!(
            kind,
            "json"
                | "jsonl"
                | "x-ndjson"
                | "javascript"
                | "x-javascript"
                | "ecmascript"
                | "xml"
                | "yaml"
                | "x-yaml"
                | "toml"
                | "sql"
                | "graphql"
                | "rtf"
                | "wasm"
                | "x-www-form-urlencoded"
        ),
        Some(("font", kind)) => matches!(kind, "ttf" | "otf"),
        Some(("image", kind)) => matches!(kind, "bmp" | "x-icon" | "vnd.microsoft.icon"),
        _ => false,
    }
}

#[cfg(all(test, feature = "compress"))]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::message::{Beat, Flow, Source};

    const GZIP: ReplyCoding = ReplyCoding::As(Coding::Gzip);

    fn long() -> String {
        "long ".repeat(LEAST)
    }

    fn coding(response: &Response) -> Option<&str> {
        response.headers().get("content-encoding")?.to_str().ok()
    }

    fn varies(response: &Response) -> bool {
        response.headers().contains_key("vary")
    }

    #[test]
    fn a_long_text_is_sent_smaller_and_its_head_says_how() {
        let response = GZIP.apply(Response::ok().header("etag", "\"7\"").text(long()));
        assert_eq!(coding(&response), Some("gzip"));
        assert_eq!(response.headers()["vary"], "accept-encoding");
        assert_eq!(response.headers()["etag"], "W/\"7\"");
        assert!(response.body().len() < 200, "{}", response.body().len());
        let again = GZIP.apply(response.clone());
        assert_eq!(
            (again.body(), again.headers()),
            (response.body(), response.headers())
        );
    }

    #[test]
    fn a_client_that_takes_nothing_gets_it_as_it_is_and_caches_are_told() {
        let response = ReplyCoding::Identity.apply(Response::ok().header("etag", "\"7\"").text(long()));
        assert_eq!((coding(&response), response.body().len()), (None, long().len()));
        assert_eq!(
            (&response.headers()["vary"], &response.headers()["etag"]),
            (&"accept-encoding".parse().unwrap(), &"\"7\"".parse().unwrap())
        );
        let untouched = ReplyCoding::Off.apply(Response::ok().text(long()));
        assert!(untouched.headers().is_empty());
        assert!(varies(&GZIP.apply(Response::status(304))));
    }

    #[test]
    fn what_is_short_or_would_not_shrink_stays_as_it_is() {
        let noise: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
            .take(LEAST * 4)
            .collect();
        let responses = [
            Response::ok().text("x".repeat(LEAST - 1)),
            Response::ok().content_type("text/plain").bytes(noise),
        ];
        for response in responses {
            let length = response.body().len();
            let sent = GZIP.apply(response);
            assert_eq!(
                (coding(&sent), sent.body().len(), varies(&sent)),
                (None, length, true)
            );
        }
    }

    #[test]
    fn what_must_not_be_touched_is_not() {
        let with = |name, value| Response::ok().header(name, value);
        for response in [
            with("content-encoding", "br"),
            with("content-range", "bytes 0-9/10"),
            with("content-digest", "sha-256=:x:"),
            with("repr-digest", "sha-256=:x:"),
            with("cache-control", "public, No-Transform"),
            with("content-type", "text/event-stream"),
            with("content-type", "image/png"),
            with("content-type", "application/zip"),
            with("content-type", "application/octet-stream"),
            Response::status(206),
        ] {
            let before = format!("{:?}", response.headers());
            let sent = GZIP.apply(response.text(long()));
            assert_eq!(
                (sent.body().len(), format!("{:?}", sent.headers())),
                (long().len(), before)
            );
        }
    }

    #[test]
    fn text_in_all_its_forms_is_worth_it() {
        for kind in [
            "text/html; charset=utf-8",
            "Application/JSON",
            "application/problem+json",
            "image/svg+xml",
            "application/jsonl",
            "text/csv",
            "application/javascript",
            "font/ttf",
        ] {
            let sent = GZIP.apply(Response::ok().content_type(kind).text(long()));
            assert_eq!(coding(&sent), Some("gzip"), "{kind}");
        }
    }

    #[test]
    fn what_varies_already_is_not_told_twice() {
        for vary in ["Accept-Encoding", "origin, accept-encoding", "*"] {
            let sent = GZIP.apply(Response::ok().header("vary", vary).text(long()));
            let values: Vec<_> = sent.headers().get_all("vary").iter().collect();
            assert_eq!(values, [vary]);
        }
        let sent = GZIP.apply(Response::ok().header("vary", "origin").text(long()));
        assert_eq!(sent.headers().get_all("vary").iter().count(), 2);
    }

    #[test]
    fn of_what_flows_only_a_body_of_unknown_length_that_is_no_events_is_coded() {
        let flowing = || {
            let source = Source::Written(Box::new(|_| Ok(())));
            Response::ok().content_type("text/csv").flowing(Flow::new(source))
        };
        let (head, encoder) = GZIP.begin(flowing());
        assert_eq!(
            (coding(&head), encoder.is_some(), varies(&head)),
            (Some("gzip"), true, true)
        );
        let (head, encoder) = ReplyCoding::Identity.begin(flowing());
        assert_eq!(
            (coding(&head), encoder.is_some(), varies(&head)),
            (None, false, true)
        );
        let beat = Beat {
            keep_alive: None,
            retry: None,
        };
        for head in [flowing().of_length(7), flowing().beating(beat)] {
            let (head, encoder) = GZIP.begin(head);
            assert!(encoder.is_none() && head.headers().is_empty());
        }
    }
}
