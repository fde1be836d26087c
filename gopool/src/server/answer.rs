//! From our response to actix's.

use actix_http::RequestHead;
use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        ConnectionType, StatusCode,
        header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    },
};

use super::names::REQUEST_ID;
use crate::{
    error::{Error, Kind},
    message::{JSON, RequestId, Response, is_of_the_server},
};

const ACTIX_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The response as actix sends it, with the request's id; `close` ends the connection after it.
pub(super) fn answer(mut response: Response, id: &RequestId, close: bool) -> HttpResponse {
    // Both vocabularies allow the same codes, so the fallback is never taken.
    let status = StatusCode::from_u16(response.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::with_body(status, BoxBody::new(response.take_body()));
    let headers = answer.headers_mut();
    match response.media_type() {
        // By far the most common one, so it is not copied.
        Some(media_type) if *media_type == JSON => headers.append(CONTENT_TYPE, ACTIX_JSON),
        Some(media_type) => append(headers, CONTENT_TYPE, media_type.as_bytes()),
        None => {}
    }
    append(headers, REQUEST_ID, id.as_bytes());
    for (name, value) in response.headers() {
        debug_assert!(!is_of_the_server(name), "`{name}` is refused where it is given");
        if let Ok(name) = HeaderName::from_bytes(name.as_str().as_bytes()) {
            append(headers, name, value.as_bytes());
        }
    }
    if close {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    answer
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.append(name, value);
    }
}

/// The response, unless its status says that another one follows.
pub(super) fn finished(response: Response) -> Result<Response, Error> {
    match response.code() {
        200.. => Ok(response),
        code => Err(Error::internal(format!(
            "the handler's status {code} is no final one"
        ))),
    }
}

/// The log gets what the client must not see.
pub(super) fn log(error: &Error, head: &RequestHead, id: &RequestId) {
    // A panic has a line of its own already, with the place where it happened; the end of a process has one, too.
    let is_told = matches!(error.kind(), Kind::Panic | Kind::Crashed);
    if error.private_cause().is_some() && !is_told {
        tracing::error!(
            request_id = id.as_str(),
            method = head.method.as_str(),
            path = head.uri.path(),
            %error,
            "request failed"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_headers_of_its_response_and_the_id_of_its_request() {
        let id = RequestId::random();
        let response = Response::ok().header("x-a", "1").header("x-a", "2");
        let answer = answer(response, &id, false);
        let values = |name| answer.headers().get_all(name).cloned().collect::<Vec<_>>();
        assert_eq!(values("x-a"), ["1", "2"]);
        assert_eq!(values("x-request-id"), [id.as_str()]);
    }
}
