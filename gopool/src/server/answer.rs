//! From our response to actix's.

use actix_web::{
    HttpResponse,
    body::BoxBody,
    http::{
        ConnectionType, StatusCode,
        header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    },
};

use super::names::REQUEST_ID;
use crate::message::{JSON, RequestId, Response};

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
        // The request has one id, whatever the handler says.
        if let Ok(name) = HeaderName::from_bytes(name.as_str().as_bytes())
            && name != REQUEST_ID
        {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_answer_is_the_requests_whatever_the_handler_says() {
        let id = RequestId::random();
        let response = Response::ok().header("x-request-id", "mine").header("x-a", "1");
        let answer = answer(response, &id, false);
        let ids: Vec<_> = answer.headers().get_all(REQUEST_ID).collect();
        assert_eq!(ids, [id.as_str()]);
        assert!(answer.headers().contains_key("x-a"));
    }
}
