//! `Redirect`: the client finds what it asked for elsewhere.

use super::replies::Reply;
use crate::{message::Response, route::Outcome};

/// Sends the client elsewhere: to a path of this server, or to an address.
///
/// ```
/// use gopool::Redirect;
///
/// #[gopool::post("/v1/sign-in")]
/// fn sign_in() -> Redirect {
///     Redirect::to("/v1/me")
/// }
/// ```
///
/// Where to must be percent-encoded; what no header can hold is a 500 that the log explains. Never send clients to what they asked for
/// themselves without a look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    status: u16,
    location: String,
}

impl Redirect {
    /// 303: the client gets what is there with `GET`, as after a form.
    pub fn to(location: impl Into<String>) -> Self {
        Self::with(303, location)
    }

    /// 307: for now, the client asks there, with the same method and body.
    pub fn temporary(location: impl Into<String>) -> Self {
        Self::with(307, location)
    }

    /// 308: from now on, the client asks there, with the same method and body. Clients remember it.
    pub fn permanent(location: impl Into<String>) -> Self {
        Self::with(308, location)
    }

    fn with(status: u16, location: impl Into<String>) -> Self {
        Self {
            status,
            location: location.into(),
        }
    }
}

impl Reply for Redirect {
    fn reply(self) -> Outcome {
        Response::status(self.status)
            .header("location", &self.location)
            .reply()
    }
}
