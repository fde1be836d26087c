//! HTTP/1.1 on one connection, one request at a time: its head, its answer, then the next one.
//!
//! actix-http's codec reads and writes messages; when to read, how long to wait and when to end is decided here. A request is decoded
//! when the one before it has its answer, so an answer can only be framed by its own request, and what is pipelined waits as bytes.
//!
//! ```text
//! head ──► answer ──► next            head.rs      reads and checks a head
//!   │        │ ▲                      body.rs      what the answer's maker reads the body from
//!   │        ▼ │                      answer.rs    waits for the answer and watches for the client's leaving; writes it
//!   └──► refuse, close                close.rs     the end, without a reset under what the client still reads
//!                                     wire.rs      the socket, its buffers and its one timer (timer.rs)
//! ```

use std::{cell::RefCell, net::SocketAddr, pin::pin, rc::Rc};

use actix_http::{Request, Response, ServiceConfig, body::BoxBody};
use tokio::io::{AsyncRead, AsyncWrite};

use self::{head::Next, wire::Wire};
use crate::{error::Error, meter::Cut};

mod answer;
mod body;
mod close;
mod head;
mod host;
mod limits;
mod timer;
mod upgrade;
mod wire;

pub(crate) use self::limits::Limits;
pub(super) use self::limits::time_for;

/// What HTTP is spoken on.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Whether the client has closed its sending side, though what it sent before has not been read yet.
    fn is_read_closed(&self) -> bool;

    /// Lets the system forget what is unsent, so that the client sees a reset and takes no part for the whole.
    fn abort(&self);
}

/// Who answers the requests of a connection.
pub(super) trait Answerer: 'static {
    /// Answers a request. Dropping the future says that its client has left.
    async fn answer(&self, request: Request) -> Response<BoxBody>;

    /// Answers what is no request.
    fn refuse(&self, refusal: &Error, peer: Option<SocketAddr>) -> Response<BoxBody>;

    /// Whether the server stops, so that each connection ends with its next answer.
    fn is_stopping(&self) -> bool;

    /// A connection was cut off.
    fn cut(&self, why: Cut);
}

/// One connection.
struct Connection<'a, Io, A> {
    wire: Rc<RefCell<Wire<Io>>>,
    peer: Option<SocketAddr>,
    answerer: &'a A,
    limits: Limits,
}

/// Serves a connection to its end. It ends while it is idle when `stopping` is ready, or else with its next answer.
pub(super) async fn serve<Io: Stream>(
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
            Next::Refused(refusal) => connection.refuse(&refusal).await,
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
