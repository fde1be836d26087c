//! From our response to actix's.

use actix_web::{
    HttpResponse,
    http::{
        ConnectionType, StatusCode,
        header::{CONTENT_TYPE, HeaderName, HeaderValue},
    },
};

use super::REQUEST_ID;
use crate::message::{JSON, RequestId, Response};

const ACTIX_JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The response as actix sends it, with the request's id; `close` ends the connection after it.
pub(super) fn answer(response: Response, id: &RequestId, close: bool) -> HttpResponse {
    // Both vocabularies allow the same codes, so the fallback is never taken.
    let status = StatusCode::from_u16(response.code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::new(status);
    let headers = answer.headers_mut();
    match response.media_type() {
        // By far the most common one, so it is not copied.
        Some(media_type) if *media_type == JSON => {
            headers.insert(CONTENT_TYPE, ACTIX_JSON);
        }
        Some(media_type) => insert(headers, CONTENT_TYPE, media_type.as_bytes()),
        None => {}
    }
    for (name, value) in response.headers() {
        if let Ok(name) = HeaderName::from_bytes(name.as_str().as_bytes()) {
            insert(headers, name, value.as_bytes());
        }
    }
    if let Ok(id) = HeaderValue::from_bytes(id.as_bytes()) {
        headers.insert(REQUEST_ID, id);
    }
    if close {
        answer.head_mut().set_connection_type(ConnectionType::Close);
    }
    let body = response.into_body();
    if body.is_empty() {
        answer
    } else {
        answer.set_body(body).map_into_boxed_body()
    }
}

fn insert(headers: &mut actix_web::http::header::HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.append(name, value);
    }
}
