//! From a connection as it was accepted to one on which TLS is spoken.

use std::{io, rc::Rc};

use tokio::{net::TcpStream, sync::Semaphore};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Tls, stream::Counted};

/// Handshakes at once on one event loop; others wait.
const MOST_HANDSHAKES: usize = 256;
/// What a client that speaks TLS sends first.
const HANDSHAKE: u8 = 22;

/// A connection, once it is known what is spoken on it.
pub(crate) enum Opened {
    Secret(Box<TlsStream<Counted<TcpStream>>>),
    /// The client began with something else, most likely with plain HTTP.
    Plain(TcpStream),
}

/// The handshakes of one event loop.
#[derive(Clone)]
pub(crate) struct Handshakes {
    tls: Tls,
    room: Rc<Semaphore>,
}

impl Handshakes {
    pub(crate) fn new(tls: Tls) -> Self {
        Self {
            tls,
            room: Rc::new(Semaphore::new(MOST_HANDSHAKES)),
        }
    }

    /// Speaks with the client until both know whom they speak with. Nothing here limits how long that takes.
    ///
    /// # Errors
    /// The client left, or wants what we do not.
    pub(crate) async fn open(&self, stream: TcpStream) -> io::Result<Opened> {
        let mut first = [0];
        // A connection that waits for its first byte takes no room.
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first != [HANDSHAKE] {
            return Ok(Opened::Plain(stream));
        }
        let _room = self.room.acquire().await.map_err(io::Error::other)?;
        self.tls.certificates.refresh().await;
        let acceptor = TlsAcceptor::from(self.tls.config.clone());
        let stream = acceptor.accept(Counted::new(stream)).await?;
        Ok(Opened::Secret(Box::new(stream)))
    }
}
