//! What the steps of a connection share.

use std::{cell::RefCell, net::SocketAddr, rc::Rc};

use actix_http::{Request, RequestHead, Response, body::BoxBody};

use super::{limits::Limits, wire::Wire};
use crate::{error::Error, meter::Cut};

/// Who answers the requests of a connection.
pub(crate) trait Answerer: 'static {
    /// Answers a request. Dropping the future says that its client has left.
    async fn answer(&self, request: Request) -> Response<BoxBody>;

    /// Answers what is not served. There is no `head` if it could not be read.
    fn refuse(
        &self,
        refusal: &Error,
        head: Option<&RequestHead>,
        peer: Option<SocketAddr>,
    ) -> Response<BoxBody>;

    /// Whether the server stops, so that each connection ends with its next answer.
    fn is_stopping(&self) -> bool;

    /// A connection was cut off.
    fn cut(&self, why: Cut);
}

/// One connection.
pub(super) struct Connection<'a, Io, A> {
    pub(super) wire: Rc<RefCell<Wire<Io>>>,
    pub(super) peer: Option<SocketAddr>,
    pub(super) answerer: &'a A,
    pub(super) limits: Limits,
}
