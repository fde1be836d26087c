//! Parameters that hand over a part of the request as it is.

use http::{HeaderMap, Method, Uri};

use super::{Param, Spec};
use crate::{
    call::Call,
    error::{Error, Kind},
    message::RequestId,
};

/// The headers that crossed to the handler: those that the app's `header_getter` picked, and those that the route's
/// other parameters name. Without a `header_getter` nothing is picked.
impl Param for HeaderMap {
    const SPEC: Spec = Spec {
        wants_picked_headers: true,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request.headers().clone())
    }
}

/// The method, which a route for all methods wants to know.
impl Param for Method {
    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request.method().clone())
    }
}

/// Path and query as they arrived.
impl Param for Uri {
    fn read(call: &Call) -> Result<Self, Error> {
        call.request
            .target()
            .parse()
            .map_err(|error: http::uri::InvalidUri| {
                Error::of(Kind::BadPath).detail(format!("path and query are not a valid URI: {error}"))
            })
    }
}

/// The id under which logs and the answer speak of this request.
impl Param for RequestId {
    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request.id().clone())
    }
}
