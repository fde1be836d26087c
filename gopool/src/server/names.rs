//! The headers that the server itself reads and writes.

use actix_web::http::header::HeaderName;

// Made once: from text, actix would make each of them for each request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
