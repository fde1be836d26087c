//! `(Status, headers, T)`: a reply with headers of its own.

use http::{HeaderMap, HeaderValue};

use super::{replies::Reply, status::Status};
use crate::{
    message::{Cookie, Response},
    route::Outcome,
};

/// Headers that a reply brings along: a `HeaderMap`, pairs of names and values, or a [`Cookie`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no headers of a reply",
    note = "write `[(\"name\", \"value\")]`, a `Vec` of such pairs, a `gopool::HeaderMap`, or a `gopool::Cookie`"
)]
pub trait ReplyHeaders {
    /// Adds them. What cannot be sent makes the answer a 500 that the log explains.
    fn add_to(self, response: Response) -> Response;
}

impl<N: AsRef<str>, V: AsRef<str>, const COUNT: usize> ReplyHeaders for [(N, V); COUNT] {
    fn add_to(self, response: Response) -> Response {
        self.into_iter().fold(response, add)
    }
}

impl<N: AsRef<str>, V: AsRef<str>> ReplyHeaders for Vec<(N, V)> {
    fn add_to(self, response: Response) -> Response {
        self.into_iter().fold(response, add)
    }
}

fn add(response: Response, (name, value): (impl AsRef<str>, impl AsRef<str>)) -> Response {
    response.header(name.as_ref(), value.as_ref())
}

impl ReplyHeaders for HeaderMap {
    fn add_to(self, response: Response) -> Response {
        self.iter()
            .fold(response, |response, (name, value): (_, &HeaderValue)| {
                response.header(name.as_str(), &String::from_utf8_lossy(value.as_bytes()))
            })
    }
}

impl ReplyHeaders for Cookie {
    fn add_to(self, response: Response) -> Response {
        response.cookie(self)
    }
}

/// The reply with another status than 200, and with headers; `T` may also be what is written as JSON.
impl<const CODE: u16, H: ReplyHeaders, T: Reply> Reply for (Status<CODE>, H, T) {
    fn reply(self) -> Outcome {
        let (_, headers, value) = self;
        let response = Status::<CODE, T>(value).reply()?;
        headers.add_to(response).reply()
    }
}
