//! The bounded pipe from a thread that writes a body to the event loop that sends it.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;

/// How far a client may be behind, in bytes.
const ROOM: usize = 256 << 10;
/// A client that reads is back within this: its thread is worth no substitute.
const PATIENCE: Duration = Duration::from_millis(2);
/// How often a thread that waits for its client looks whether it was told to stop.
const LOOK: Duration = Duration::from_millis(250);

/// A pipe with one writer and one reader.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    state: Mutex<State>,
    /// There is room again, or nobody reads any longer.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    parts: VecDeque<Bytes>,
    size: usize,
    reader: Option<Waker>,
    is_closed: bool,
}

impl Pipe {
    /// Puts a part in, as soon as there is room; `stalled` calls what may take long.
    ///
    /// # Errors
    /// Nobody reads any longer, or the writer was told to stop.
    pub(super) fn push(&self, part: Bytes, stalled: impl FnOnce(&dyn Fn())) -> io::Result<()> {
        let mut state = self.lock();
        if state.is_full() {
            state = self.wait(state, PATIENCE);
        }
        if state.is_full() {
            drop(state);
            stalled(&|| self.wait_for_room());
            state = self.lock();
        }
        if state.is_closed {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the client has left"));
        }
        if state.is_full() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "told to stop"));
        }
        state.size += part.len();
        state.parts.push_back(part);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(())
    }

    fn wait_for_room(&self) {
        let mut state = self.lock();
        while state.is_full() && !gopool_pool::cancelled() {
            state = self.wait(state, LOOK);
        }
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>, limit: Duration) -> MutexGuard<'a, State> {
        let waited = self
            .room
            .wait_timeout_while(state, limit, |state| state.is_full());
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// The next part; without one, the reader is woken when there is.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Poll<Bytes> {
        let mut state = self.lock();
        let Some(part) = state.parts.pop_front() else {
            let earlier = state.reader.replace(context.waker().clone());
            drop(state);
            drop(earlier);
            return Poll::Pending;
        };
        let before = state.size;
        state.size -= part.len();
        // For half of the room at once, so that the writer is not woken for each part.
        if before > ROOM / 2 && state.size <= ROOM / 2 {
            self.room.notify_all();
        }
        Poll::Ready(part)
    }

    /// Nobody reads any longer.
    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let unread = std::mem::take(&mut state.parts);
        drop(state);
        self.room.notify_all();
        drop(unread);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.size >= ROOM && !self.is_closed
    }
}

/// The reading end: closes the pipe when it is dropped.
pub(super) struct Tap(pub(super) Arc<Pipe>);

impl Drop for Tap {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    fn part(bytes: usize) -> Bytes {
        Bytes::from(vec![0; bytes])
    }

    fn read(pipe: &Pipe) -> Option<usize> {
        match pipe.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(part) => Some(part.len()),
            Poll::Pending => None,
        }
    }

    /// Never stalls.
    fn quick(pipe: &Pipe, bytes: usize) -> io::Result<()> {
        pipe.push(part(bytes), |_| unreachable!("there is room"))
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let pipe = Pipe::default();
        quick(&pipe, 1).unwrap();
        quick(&pipe, 2).unwrap();
        assert_eq!((read(&pipe), read(&pipe), read(&pipe)), (Some(1), Some(2), None));
    }

    #[test]
    fn a_full_pipe_stalls_its_writer_until_there_is_room_for_half() {
        let pipe = Arc::new(Pipe::default());
        (0..4).for_each(|_| quick(&pipe, ROOM / 4).unwrap());
        let (tells, told) = mpsc::channel();
        let writer = {
            let pipe = pipe.clone();
            thread::spawn(move || {
                pipe.push(part(1), |wait| {
                    tells.send(()).unwrap();
                    wait();
                })
            })
        };
        told.recv().unwrap();
        assert_eq!((read(&pipe), read(&pipe)), (Some(ROOM / 4), Some(ROOM / 4)));
        writer.join().unwrap().unwrap();
        assert_eq!((read(&pipe), read(&pipe)), (Some(ROOM / 4), Some(ROOM / 4)));
        assert_eq!(read(&pipe), Some(1));
    }

    #[test]
    fn a_part_larger_than_the_pipe_passes() {
        let pipe = Pipe::default();
        quick(&pipe, ROOM * 3).unwrap();
        assert_eq!(read(&pipe), Some(ROOM * 3));
        quick(&pipe, 1).unwrap();
    }

    #[test]
    fn a_reader_that_leaves_ends_a_wait_and_all_that_follows() {
        let pipe = Arc::new(Pipe::default());
        quick(&pipe, ROOM).unwrap();
        let tap = Tap(pipe.clone());
        let stalled = pipe.push(part(1), |wait| {
            drop(tap);
            wait();
        });
        assert_eq!(stalled.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(quick(&pipe, 1).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_writer_that_is_told_to_stop_waits_no_longer() {
        let pipe = Pipe::default();
        quick(&pipe, ROOM).unwrap();
        let token = gopool_pool::Cancel::new();
        let told = token.scope(|| {
            pipe.push(part(1), |wait| {
                token.cancel();
                wait();
            })
        });
        assert_eq!(told.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    }
}
