//! A connection on which TLS is spoken, as the loop of requests knows it.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use crate::server::connection::Stream;

/// Counts what the system takes: what is encrypted and waits has left us, but not for the client.
#[derive(Debug)]
pub(crate) struct Counted<Io> {
    io: Io,
    taken: u64,
}

impl<Io> Counted<Io> {
    pub(super) fn new(io: Io) -> Self {
        Self { io, taken: 0 }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Counted<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Counted<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.io).poll_write(context, bytes);
        if let Poll::Ready(Ok(bytes)) = &taken {
            self.taken += *bytes as u64;
        }
        taken
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        if let Poll::Ready(Ok(bytes)) = &taken {
            self.taken += *bytes as u64;
        }
        taken
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

impl Stream for Box<TlsStream<Counted<TcpStream>>> {
    fn is_read_closed(&self) -> bool {
        self.get_ref().0.io.is_read_closed()
    }

    fn abort(&self) {
        self.get_ref().0.io.abort();
    }

    fn taken(&self) -> Option<u64> {
        Some(self.get_ref().0.taken)
    }
}
