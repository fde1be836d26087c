//! What HTTP is spoken on.

use tokio::io::{AsyncRead, AsyncWrite};

/// What HTTP is spoken on.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Whether the client has closed its sending side, though what it sent before has not been read yet.
    fn is_read_closed(&self) -> bool;

    /// Lets the system forget what is unsent, so that the client sees a reset and takes no part for the whole.
    fn abort(&self);

    /// How many bytes the system has taken from it so far, if that is not what was written to it.
    fn taken(&self) -> Option<u64> {
        None
    }
}
