//! What the head of a request says of content codings.

use actix_http::RequestHead;
use actix_web::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderName};

use crate::{
    compress::{self, CodedBody, Codings, ReplyCoding},
    error::Error,
    exec::Endpoint,
    route::{Handler, Route},
};

/// What of it one route wants to know.
#[derive(Debug)]
pub(super) struct WantedCodings {
    of_replies: bool,
    of_bodies: bool,
    /// Whether a decoded body may be there for longer than a thread has work with it: as many as there are requests.
    pub(super) keep_decoded: bool,
}

impl WantedCodings {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self {
            of_replies: compress::IS_AVAILABLE && endpoint.compresses,
            of_bodies: compress::IS_AVAILABLE && !decodes_itself(endpoint.route),
            keep_decoded: matches!(endpoint.route.handler, Handler::Async(_)),
        }
    }

    /// That of one request; its body may be so large when it is decoded.
    ///
    /// # Errors
    /// 415, before the body is asked for.
    pub(super) fn read(&self, head: &RequestHead, most: Option<u64>) -> Result<Codings, Error> {
        let mut codings = Codings::default();
        if self.of_replies {
            codings.reply = ReplyCoding::accepted(values(head, &ACCEPT_ENCODING));
        }
        if let Some(most) = most.filter(|_| self.of_bodies) {
            let coding = compress::body_coding(values(head, &CONTENT_ENCODING))?;
            codings.body = coding.map(|coding| CodedBody { coding, most });
        }
        Ok(codings)
    }
}

/// Whether a parameter asks for the coding that is not a reader of the body: then the handler gets both as they are.
fn decodes_itself(route: &Route) -> bool {
    let mut others = route.specs().filter(|spec| !spec.reads_body);
    others.any(|spec| spec.headers.contains(&CONTENT_ENCODING.as_str()))
}

fn values<'a>(head: &'a RequestHead, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    head.headers().get_all(name).map(|value| value.as_bytes())
}
