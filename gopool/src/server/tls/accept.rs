//! From a connection as it was accepted to one on which TLS is spoken.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use super::{Tls, stream::Counted};

/// What a client that speaks TLS sends first.
const HANDSHAKE: u8 = 22;

/// The first byte of a connection, which stays there to be read.
///
/// # Errors
/// The client left.
pub(crate) async fn first_byte(stream: &TcpStream) -> io::Result<u8> {
    let mut first = [0];
    match stream.peek(&mut first).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(first[0]),
    }
}

/// A connection, once it is known what is spoken on it.
pub(crate) enum Opened {
    Tls(Box<TlsStream<Counted<TcpStream>>>),
    /// The client began with something else, most likely with plain HTTP.
    Plain(TcpStream),
}

impl Tls {
    /// Speaks with a client that begins with this byte, until both know whom they speak with. How long that takes is for whoever calls it to
    /// limit. How many do so at once is limited by the connections there may be: waiting for each other, they could keep others out.
    ///
    /// # Errors
    /// The client left, or wants what we do not.
    pub(crate) async fn accept(&self, first: u8, stream: TcpStream) -> io::Result<Opened> {
        if first != HANDSHAKE {
            return Ok(Opened::Plain(stream));
        }
        self.certificates.refresh().await;
        let acceptor = TlsAcceptor::from(self.config.clone());
        let stream = acceptor.accept(Counted::new(stream)).await?;
        Ok(Opened::Tls(Box::new(stream)))
    }
}
