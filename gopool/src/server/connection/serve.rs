//! One request after another, to the end of the connection.

use std::{cell::RefCell, net::SocketAddr, pin::pin, rc::Rc};

use actix_http::{Request, ServiceConfig};

use super::{
    head::Next,
    limits::Limits,
    shared::{Answerer, Connection},
    stream::Stream,
    unsent::Unsent,
    wire::Wire,
};
#[cfg(feature = "tls")]
use crate::error::Error;

/// What a connection is served with.
pub(crate) struct Terms<'a, A> {
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) answerer: &'a A,
    pub(crate) limits: Limits,
    pub(crate) unsent: Unsent,
    pub(crate) http: ServiceConfig,
}

impl<'a, A: Answerer> Terms<'a, A> {
    fn on<Io: Stream>(self, io: Io) -> Connection<'a, Io, A> {
        Connection {
            wire: Rc::new(RefCell::new(Wire::new(io, self.http, self.limits, self.unsent))),
            peer: self.peer,
            answerer: self.answerer,
            limits: self.limits,
        }
    }
}

/// Answers a client that does not speak what is spoken here, and ends.
#[cfg(feature = "tls")]
pub(crate) async fn refuse<Io: Stream, A: Answerer>(io: Io, terms: Terms<'_, A>, refusal: &Error) {
    let connection = terms.on(io);
    if connection.refuse(refusal, None).await.is_ok() {
        connection.close().await;
    }
}

/// Serves a connection to its end. It ends while it is idle when `stopping` is ready, or else with its next answer.
pub(crate) async fn serve<Io: Stream, A: Answerer>(
    io: Io,
    terms: Terms<'_, A>,
    stopping: impl Future<Output = ()>,
) {
    let connection = terms.on(io);
    let mut stopping = pin!(stopping);
    // Whoever pipelines without end does not keep the event loop: tokio's sockets have it take turns.
    loop {
        let goes_on = match connection.next_head(stopping.as_mut()).await {
            Next::Request(request) => connection.answer(request).await,
            Next::Refused { why, request } => {
                let head = request.as_ref().map(Request::head);
                connection.refuse(&why, head).await
            }
            Next::Nothing => Ok(false),
        };
        match goes_on {
            Ok(true) => {}
            Ok(false) => return connection.close().await,
            // The client has left or takes nothing: there is nobody to be polite to.
            Err(_) => return,
        }
    }
}
