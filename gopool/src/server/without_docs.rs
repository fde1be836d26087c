//! What is there without the feature `docs`: no page.

use actix_http::RequestHead;

use crate::message::Response;

/// There is none.
#[derive(Debug, Clone)]
pub(crate) enum DocsPath {}

impl DocsPath {
    pub(super) fn has(&self, _: &RequestHead) -> bool {
        match *self {}
    }

    pub(super) fn answer(&self, _: &RequestHead) -> Option<Response> {
        match *self {}
    }
}
