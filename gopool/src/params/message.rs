//! Parameters that hand over a part of the request as it is.

use http::{HeaderMap, Method, Uri};

use super::{param::Param, spec::Spec};
use crate::{
    call::Call,
    error::{Error, Kind},
    message::RequestId,
};
use gopool_pool::{Cancel, current_cancel};

/// The headers that crossed to the handler: those that the app's `header_getter` picked, and those that the route's
/// other parameters name. Without a `header_getter` nothing is picked; a launch is refused where that leaves
/// nothing to read.
impl Param for HeaderMap {
    const SPEC: &'static Spec = &Spec {
        wants_picked_headers: true,
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request().headers().clone())
    }
}

/// The method, which a route for all methods wants to know.
impl Param for Method {
    fn read(call: &Call) -> Result<Self, Error> {
        Ok(call.request().method().clone())
    }
}

/// Path and query as they arrived.
impl Param for Uri {
    fn read(call: &Call) -> Result<Self, Error> {
        call.request()
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
        Ok(call.request().id().clone())
    }
}

/// The token of this call, set when its time is up, its client has left, or the server ends. It may be cloned and moved to
/// other threads, such as into the closures of a rayon iterator.
impl Param for Cancel {
    fn read(_call: &Call) -> Result<Self, Error> {
        // An inline `fn` has none: nothing could set it while the event loop is busy with the handler.
        Ok(current_cancel().unwrap_or_default())
    }
}
