//! Answers of the application's own actix-web, made to keep what every answer promises.

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
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

/// Whether a request may be answered with another protocol.
pub(super) fn may_switch(head: &RequestHead) -> bool {
    let is_websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    head.method == Method::GET
        && head.version == Version::HTTP_11
        && head.upgrade()
        && head.headers.get(UPGRADE).is_some_and(is_websocket)
        && ![CONTENT_LENGTH, TRANSFER_ENCODING]
            .iter()
            .any(|name| head.headers.contains_key(name))
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
    let mut problem = problem(&error, id);
    for (name, value) in answer.headers() {
        if *name != CONTENT_TYPE {
            problem.headers_mut().append(name.clone(), value.clone());
        }
    }
    problem
}

/// Whether it is a failure without a document: what actix itself makes of an error, in plain text, or of a missing route.
fn is_silent(answer: &HttpResponse) -> bool {
    let is_failure = answer.status().is_client_error() || answer.status().is_server_error();
    is_failure
        && match answer.headers().get(CONTENT_TYPE) {
            None => true,
            Some(kind) => answer.error().is_some() && kind.as_bytes().starts_with(b"text/plain"),
        }
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
    use actix_web::{
        body::{BoxBody, MessageBody as _},
        error,
    };
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
