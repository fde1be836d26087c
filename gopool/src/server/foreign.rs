//! Answers of the application's own actix-web, made to keep what every answer promises.

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody as _},
    http::{
        ConnectionType, Method, StatusCode, Uri, Version,
        header::{
            ACCEPT, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue,
            TRANSFER_ENCODING, UPGRADE,
        },
    },
};

use super::{answer::answer, names::REQUEST_ID};
use crate::{
    error::{Error, Kind},
    message::{RequestId, Response},
    route::Failure,
};

/// What says how a connection goes on is the connection's own to write. A `close` is done, all else left out.
const OF_THE_CONNECTION: [HeaderName; 3] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// The longest text without a type that is put into a problem, in bytes.
const MOST_TEXT: u64 = 1 << 10;

/// Whether a request may be answered with another protocol.
pub(super) fn may_switch(head: &RequestHead) -> bool {
    let is_websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    head.method == Method::GET
        && head.version == Version::HTTP_11
        && head.upgrade()
        && head.headers.get(UPGRADE).is_some_and(is_websocket)
        && !head.headers.contains_key(TRANSFER_ENCODING)
        && head.headers.get(CONTENT_LENGTH).is_none_or(is_zero)
}

fn is_zero(length: &HeaderValue) -> bool {
    length.as_bytes().iter().all(|digit| *digit == b'0')
}

/// What is kept of a request on its way through actix, should its failure be told.
pub(super) struct Asked {
    method: Method,
    uri: Uri,
    accept: Option<HeaderValue>,
}

impl Asked {
    pub(super) fn of(head: &RequestHead) -> Self {
        Self {
            method: head.method.clone(),
            uri: head.uri.clone(),
            accept: head.headers().get(ACCEPT).cloned(),
        }
    }

    /// What the application is told of its failure.
    pub(super) fn failure(&self, error: Error) -> Failure {
        let method = http::Method::from_bytes(self.method.as_str().as_bytes()).unwrap_or_default();
        let accept = self.accept.as_ref().map(HeaderValue::as_bytes);
        Failure::of(error, method, self.uri.path(), accept)
    }
}

/// The answer with the request's id, without what is not its own to say; a failure that says nothing, and one that is ours, is answered as `refuse` says.
pub(super) fn fitted(
    answer: HttpResponse,
    id: &RequestId,
    may_switch: bool,
    refuse: impl FnOnce(&Error) -> Response,
) -> HttpResponse {
    let switches = may_switch && answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let mut answer = match switches {
        true => answer,
        false => spoken(answer, id, refuse),
    };
    if !switches {
        settle_connection(&mut answer);
    }
    let headers = answer.headers_mut();
    if let Ok(id) = HeaderValue::from_bytes(id.as_bytes()) {
        headers.insert(REQUEST_ID, id);
    }
    answer
}

fn settle_connection(answer: &mut HttpResponse) {
    let closes = |value: &HeaderValue| {
        let options = value.as_bytes().split(|byte| *byte == b',');
        options
            .map(<[u8]>::trim_ascii)
            .any(|option| option.eq_ignore_ascii_case(b"close"))
    };
    if answer.headers().get_all(CONNECTION).any(closes) {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    for name in OF_THE_CONNECTION {
        answer.headers_mut().remove(name);
    }
}

fn spoken(answer: HttpResponse, id: &RequestId, refuse: impl FnOnce(&Error) -> Response) -> HttpResponse {
    if answer.status().is_informational() {
        let why = format!("{} is no final status", answer.status());
        return told(&Error::internal(why), id, refuse);
    }
    let problem = match answer.error().and_then(|error| error.as_error::<Error>()) {
        Some(error) => told(error, id, refuse),
        None if is_silent(&answer) => {
            let (answer, body) = answer.into_parts();
            let answer = answer.map_body(|_, ()| BoxBody::new(()));
            let error = match (answer.error(), text(body)) {
                (None, Some(text)) => silent(&answer).detail(text),
                _ => silent(&answer),
            };
            return with_headers_of(told(&error, id, refuse), &answer);
        }
        None => return answer,
    };
    with_headers_of(problem, &answer)
}

/// What a failure that says nothing is.
fn silent(answer: &HttpResponse) -> Error {
    let code = answer.status().as_u16();
    let error = match Kind::of_status(code) {
        Kind::Other => Error::status(code),
        kind => Error::of(kind),
    };
    match answer.error() {
        Some(cause) if answer.status().is_client_error() => error.detail(cause.to_string()),
        Some(cause) => error.cause(cause.to_string()),
        None => error,
    }
}

/// With those headers that are not about the body that it replaces.
fn with_headers_of(mut problem: HttpResponse, answer: &HttpResponse) -> HttpResponse {
    let own = problem.headers().clone();
    for (name, value) in answer.headers() {
        if !own.contains_key(name) && *name != CONTENT_TYPE && *name != CONTENT_ENCODING {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    problem
}

/// What a body says that does not say what it is.
fn text(body: BoxBody) -> Option<String> {
    let bytes = body.try_into_bytes().ok()?;
    let text = String::from_utf8(bytes.into()).ok()?;
    (!text.is_empty()).then_some(text)
}

/// Whether it is a failure without a document: what actix itself makes of an error, in plain text, or of a missing route.
fn is_silent(answer: &HttpResponse) -> bool {
    let is_failure = answer.status().is_client_error() || answer.status().is_server_error();
    is_failure
        && match answer.headers().get(CONTENT_TYPE) {
            None => match answer.body().size() {
                BodySize::None => true,
                BodySize::Sized(size) => size <= MOST_TEXT,
                BodySize::Stream => false,
            },
            Some(kind) => answer.error().is_some() && kind.as_bytes().starts_with(b"text/plain"),
        }
}

fn told(error: &Error, id: &RequestId, refuse: impl FnOnce(&Error) -> Response) -> HttpResponse {
    if error.private_cause().is_some() {
        tracing::error!(request_id = id.as_str(), %error, "request failed");
    }
    answer(refuse(error), id, false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use actix_web::error;
    use bytes::Bytes;

    use super::*;

    fn fit(answer: HttpResponse, id: &RequestId, may_switch: bool) -> HttpResponse {
        fitted(answer, id, may_switch, |error| error.to_response(id))
    }

    fn body(answer: HttpResponse<BoxBody>) -> Bytes {
        answer.into_body().try_into_bytes().unwrap()
    }

    #[test]
    fn an_error_of_actix_becomes_a_problem_and_a_document_stays() {
        let id = RequestId::random();
        let refused = fit(
            HttpResponse::from_error(error::ErrorForbidden("not you")),
            &id,
            false,
        );
        assert_eq!(
            refused.headers().get(CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
        assert_eq!(
            refused.headers().get(REQUEST_ID).unwrap().as_bytes(),
            id.as_bytes()
        );
        assert!(body(refused).starts_with(b"{"));
        let document = HttpResponse::Forbidden()
            .content_type("text/html")
            .body("<p>not you</p>");
        assert_eq!(&body(fit(document, &id, false))[..], b"<p>not you</p>");
    }

    #[test]
    fn an_error_of_ours_is_the_problem_of_this_request_with_what_middleware_added() {
        let id = RequestId::random();
        let mut failed = HttpResponse::from_error(Error::unauthorized("sign in"));
        let added = HeaderValue::from_static("1");
        for name in ["x-added", "content-encoding"] {
            failed
                .headers_mut()
                .insert(HeaderName::from_static(name), added.clone());
        }
        let failed = fit(failed, &id, false);
        let values = |name| failed.headers().get_all(name).cloned().collect::<Vec<_>>();
        assert_eq!(values("www-authenticate"), ["Bearer"]);
        assert_eq!(values("x-request-id"), [id.as_str()]);
        assert_eq!(values("x-added"), ["1"]);
        assert!(values("content-encoding").is_empty(), "the body is another one");
        let text = String::from_utf8_lossy(&body(failed)).into_owned();
        assert!(text.contains(id.as_str()) && text.contains("sign in"), "{text}");
    }

    #[test]
    fn a_private_error_of_actix_stays_private() {
        let id = RequestId::random();
        let failed = fit(
            HttpResponse::from_error(error::ErrorInternalServerError("secret")),
            &id,
            false,
        );
        assert!(!String::from_utf8_lossy(&body(failed)).contains("secret"));
    }

    #[test]
    fn a_text_without_a_type_is_what_the_problem_says_unless_it_is_long() {
        let id = RequestId::random();
        let answer = |text: String| fit(HttpResponse::NotFound().body(text), &id, false);
        let missing = answer("no item 7".to_owned());
        assert_eq!(
            missing.headers().get(CONTENT_TYPE).unwrap(),
            "application/problem+json"
        );
        assert!(String::from_utf8_lossy(&body(missing)).contains("\"no item 7\""));
        let long = "x".repeat(2000);
        assert_eq!(body(answer(long.clone())), long);
    }

    #[test]
    fn an_informational_status_is_no_answer_unless_the_protocol_may_change() {
        let id = RequestId::random();
        let switching = || HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS).finish();
        assert_eq!(
            fit(switching(), &id, false).status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
        assert_eq!(
            fit(switching(), &id, true).status(),
            StatusCode::SWITCHING_PROTOCOLS
        );
    }

    #[test]
    fn what_it_says_of_the_connection_is_left_out_but_a_close_is_done() {
        let id = RequestId::random();
        for (value, expected) in [
            ("Keep-Alive, Close", true),
            ("keep-alive", false),
            ("closed", false),
        ] {
            let answer = HttpResponse::Ok()
                .append_header((CONNECTION, "x-option"))
                .append_header((CONNECTION, value))
                .append_header(("keep-alive", "timeout=5"))
                .finish();
            let answer = fit(answer, &id, false);
            for name in OF_THE_CONNECTION {
                assert!(!answer.headers().contains_key(name));
            }
            let closes = answer.head().connection_type() == ConnectionType::Close;
            assert_eq!(closes, expected, "{value}");
        }
    }
}
