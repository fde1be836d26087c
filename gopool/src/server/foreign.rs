//! Answers of the application's own actix-web, made to keep what every answer promises.

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody as _},
    http::{
        ConnectionType, Method, StatusCode, Version,
        header::{
            CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING, UPGRADE,
        },
    },
};

use super::{answer::answer, names::REQUEST_ID};
use crate::{
    error::Error,
    message::{RequestId, Response},
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

/// The answer with the request's id, without what is not its own to say; a failure that says nothing becomes a problem.
pub(super) fn fitted(answer: HttpResponse, id: &RequestId, may_switch: bool) -> HttpResponse {
    let switches = may_switch && answer.status() == StatusCode::SWITCHING_PROTOCOLS;
    let mut answer = match switches {
        true => answer,
        false => spoken(answer, id),
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

fn spoken(answer: HttpResponse, id: &RequestId) -> HttpResponse {
    if answer.status().is_informational() {
        let why = format!("{} is no final status", answer.status());
        return problem(&Error::internal(why), id);
    }
    if !is_silent(&answer) {
        return answer;
    }
    let mut error = Error::status(answer.status().as_u16());
    if let Some(cause) = answer.error() {
        error = match answer.status().is_client_error() {
            true => error.detail(cause.to_string()),
            false => error.cause(cause.to_string()),
        };
    }
    let (answer, body) = answer.into_parts();
    if let (None, Some(text)) = (answer.error(), text(body)) {
        error = error.detail(text);
    }
    let mut problem = problem(&error, id);
    let own = || answer.headers().iter().filter(|(name, _)| *name != CONTENT_TYPE);
    // What it says itself is said instead of ours, such as how to sign in.
    own().for_each(|(name, _)| drop(problem.headers_mut().remove(name)));
    for (name, value) in own() {
        problem.headers_mut().append(name.clone(), value.clone());
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

/// The answer when a plain route or a middleware has panicked, which has a line of its own already.
pub(super) fn panicked(panic: &Error, id: &RequestId) -> HttpResponse {
    answer(panic.to_response(id), id, false)
}

fn problem(error: &Error, id: &RequestId) -> HttpResponse {
    if error.private_cause().is_some() {
        tracing::error!(request_id = id.as_str(), %error, "request failed");
    }
    let response: Response = error.to_response(id);
    answer(response, id, false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use actix_web::error;
    use bytes::Bytes;

    use super::*;

    fn body(answer: HttpResponse<BoxBody>) -> Bytes {
        answer.into_body().try_into_bytes().unwrap()
    }

    #[test]
    fn an_error_of_actix_becomes_a_problem_and_a_document_stays() {
        let id = RequestId::random();
        let refused = fitted(
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
        assert_eq!(&body(fitted(document, &id, false))[..], b"<p>not you</p>");
    }

    #[test]
    fn a_private_error_of_actix_stays_private() {
        let id = RequestId::random();
        let failed = fitted(
            HttpResponse::from_error(error::ErrorInternalServerError("secret")),
            &id,
            false,
        );
        assert!(!String::from_utf8_lossy(&body(failed)).contains("secret"));
    }

    #[test]
    fn a_text_without_a_type_is_what_the_problem_says_unless_it_is_long() {
        let id = RequestId::random();
        let answer = |text: String| fitted(HttpResponse::NotFound().body(text), &id, false);
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
    fn what_it_says_of_how_to_sign_in_is_all_that_is_said_of_it() {
        let id = RequestId::random();
        let denied = || {
            let mut denied = HttpResponse::Unauthorized();
            denied
                .append_header(("www-authenticate", "Basic realm=\"a\""))
                .take()
        };
        let mut twice = denied();
        twice.append_header(("www-authenticate", "Bearer"));
        for (mut denied, expected) in [(denied(), 1), (twice, 2)] {
            let answer = fitted(denied.finish(), &id, false);
            let challenges: Vec<_> = answer.headers().get_all("www-authenticate").collect();
            assert_eq!(
                (challenges.len(), challenges[0].as_bytes()),
                (expected, &b"Basic realm=\"a\""[..])
            );
        }
        let silent = fitted(HttpResponse::Unauthorized().finish(), &id, false);
        assert_eq!(silent.headers().get_all("www-authenticate").count(), 1, "ours");
    }

    #[test]
    fn an_informational_status_is_no_answer_unless_the_protocol_may_change() {
        let id = RequestId::random();
        let switching = || HttpResponse::build(StatusCode::SWITCHING_PROTOCOLS).finish();
        assert_eq!(
            fitted(switching(), &id, false).status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
        assert_eq!(
            fitted(switching(), &id, true).status(),
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
            let answer = fitted(answer, &id, false);
            for name in OF_THE_CONNECTION {
                assert!(!answer.headers().contains_key(name));
            }
            let closes = answer.head().connection_type() == ConnectionType::Close;
            assert_eq!(closes, expected, "{value}");
        }
    }
}
