//! What a body is written to while it is sent.

use std::{fmt, io};

use bytes::{Bytes, BytesMut};

/// How much is written before it is sent, in bytes.
const PART: usize = 32 << 10;
/// What a buffer has at first.
const FIRST: usize = 1 << 10;

/// Takes the parts of a body.
pub(crate) trait Sink: Send {
    /// Takes the next one; blocks while the client is too far behind.
    ///
    /// # Errors
    /// Nobody takes any more.
    fn send(&mut self, part: Bytes) -> io::Result<()>;

    /// There are no more.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a body is written to while it is sent: an [`io::Write`] that sends 32 KiB at once, or what there is with a [`flush`](io::Write::flush).
///
/// A write waits while the client is more than 256 KiB behind, and fails with [`BrokenPipe`](io::ErrorKind::BrokenPipe) once it has left.
pub struct Writer {
    buffer: BytesMut,
    sink: Box<dyn Sink>,
}

impl Writer {
    pub(crate) fn new(sink: impl Sink + 'static) -> Self {
        Self {
            buffer: BytesMut::new(),
            sink: Box::new(sink),
        }
    }

    /// Sends this as one part.
    pub(crate) fn send(&mut self, part: Bytes) -> io::Result<()> {
        io::Write::flush(self)?;
        self.sink.send(part)
    }

    /// Sends what has not been sent, as the last of all.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        io::Write::flush(self)?;
        self.sink.end()
    }

    /// What has not been sent.
    pub(crate) fn into_rest(self) -> Bytes {
        self.buffer.freeze()
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // No more than a part, so that whoever gives gigabytes at once hears when nobody takes them.
        let room = PART - self.buffer.len();
        let taken = &bytes[..bytes.len().min(room)];
        if self.buffer.capacity() == self.buffer.len() {
            self.buffer.reserve(taken.len().max(FIRST));
        }
        self.buffer.extend_from_slice(taken);
        if self.buffer.len() >= PART {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        // Of the usual size from now on, so that it grows only once.
        let part = std::mem::replace(&mut self.buffer, BytesMut::new());
        let is_whole = part.len() >= PART;
        self.sink.send(part.freeze())?;
        if is_whole {
            self.buffer.reserve(PART);
        }
        Ok(())
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("unsent", &self.buffer.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{
        io::Write as _,
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Sizes(Arc<Mutex<Vec<usize>>>);

    impl Sink for Sizes {
        fn send(&mut self, part: Bytes) -> io::Result<()> {
            self.0.lock().unwrap().push(part.len());
            Ok(())
        }
    }

    #[test]
    fn what_is_written_is_sent_in_whole_parts_and_at_each_flush() {
        let sizes = Sizes::default();
        let mut out = Writer::new(sizes.clone());
        out.write_all(&vec![0; PART * 2 + 7]).unwrap();
        out.write_all(b"abc").unwrap();
        out.flush().unwrap();
        out.flush().unwrap();
        for _ in 0..PART {
            out.write_all(b"x").unwrap();
        }
        out.send(Bytes::from_static(b"event")).unwrap();
        out.write_all(b"rest").unwrap();
        assert_eq!(*sizes.0.lock().unwrap(), [PART, PART, 10, PART, 5]);
        assert_eq!(&out.into_rest()[..], b"rest");
    }
}
