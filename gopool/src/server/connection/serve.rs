//! One request after another, to the end of the connection.

use std::{cell::RefCell, net::SocketAddr, pin::pin, rc::Rc};

use actix_http::{Request, ServiceConfig};

use super::{
    head::Next,
    limits::Limits,
    shared::{Answerer, Connection},
    stream::Stream,
    wire::Wire,
};

/// Serves a connection to its end. It ends while it is idle when `stopping` is ready, or else with its next answer.
pub(crate) async fn serve<Io: Stream>(
    io: Io,
    peer: Option<SocketAddr>,
    answerer: &impl Answerer,
    limits: Limits,
    http: ServiceConfig,
    stopping: impl Future<Output = ()>,
) {
    let connection = Connection {
        wire: Rc::new(RefCell::new(Wire::new(io, http, limits))),
        peer,
        answerer,
        limits,
    };
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
