//! Lines on their way to whoever reads the log. Their number is bounded, and nobody who writes one waits for the reader: what
//! has no room is lost, counted, and said as soon as there is room again.

use std::{
    io::{self, Write},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::Builder,
    time::{Duration, Instant},
};

use super::sink::Sink;

/// So many bytes of lines may wait, some ten thousand lines.
const ROOM: usize = 1 << 20;

/// The lines that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    /// Something waits.
    filled: Condvar,
    /// Nothing waits, and nothing is being written.
    emptied: Condvar,
    /// Since the start.
    lost: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Whole lines.
    lines: Vec<u8>,
    /// How many were lost that nobody has been told of.
    lost: u64,
    wants_reopening: bool,
    is_writing: bool,
}

/// What the thread takes out at once.
struct Batch {
    lines: Vec<u8>,
    lost: u64,
    wants_reopening: bool,
}

/// Makes the line that says how many were lost, and why.
pub(super) type Notice = fn(u64, Option<&io::Error>) -> String;

impl Queue {
    /// Starts the thread that writes to `sink`. It lives as long as the process.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn start(self: &Arc<Self>, sink: Sink, notice: Notice) -> io::Result<()> {
        let queue = Arc::clone(self);
        let thread = Builder::new().name("gopool-log".to_owned());
        thread.spawn(move || queue.run(sink, notice)).map(drop)
    }

    /// Takes a line, or loses it.
    pub(super) fn push(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.lines.len() + line.len() > ROOM {
            waiting.lost += 1;
            self.lost.fetch_add(1, Relaxed);
            return;
        }
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        self.filled.notify_one();
    }

    /// Has the file opened anew, once all lines that wait now are in the old one.
    pub(super) fn reopen(&self) {
        self.lock().wants_reopening = true;
        self.filled.notify_one();
    }

    /// Waits until everything is written, at most for `limit`.
    pub(super) fn flush(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let mut waiting = self.lock();
        while !waiting.is_empty() || waiting.is_writing {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.emptied.wait_timeout(waiting, left);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many lines were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Relaxed)
    }

    fn run(&self, mut sink: Sink, notice: Notice) {
        let (mut unsaid, mut cause) = (0, None);
        loop {
            let batch = self.take();
            unsaid += batch.lost;
            if let Err(failed) = sink.write_lines(&batch.lines) {
                self.lost.fetch_add(failed.lines, Relaxed);
                unsaid += failed.lines;
                cause = Some(failed.cause);
            }
            if batch.wants_reopening {
                sink.reopen();
            }
            if unsaid > 0
                && sink
                    .write_lines(notice(unsaid, cause.as_ref()).as_bytes())
                    .is_ok()
            {
                (unsaid, cause) = (0, None);
            }
        }
    }

    fn take(&self) -> Batch {
        let mut waiting = self.lock();
        waiting.is_writing = false;
        while waiting.is_empty() {
            self.emptied.notify_all();
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.is_writing = true;
        Batch {
            lines: mem::take(&mut waiting.lines),
            lost: mem::take(&mut waiting.lost),
            wants_reopening: mem::take(&mut waiting.wants_reopening),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Lines are appended as a whole, so what a panic left behind is sound.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Lost lines alone are no reason to try: whoever did not take the lines would not take their number.
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.wants_reopening
    }
}

/// Where a subscriber writes its lines, each in one piece.
#[derive(Debug, Clone)]
pub(super) struct Lines(pub(super) Arc<Queue>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::fs;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);

    fn notice(lost: u64, _: Option<&io::Error>) -> String {
        format!("lost {lost}\n")
    }

    #[test]
    fn what_has_no_room_is_counted_and_said_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let queue = Arc::new(Queue::default());
        // Nobody writes yet.
        let line = [b"x".repeat(ROOM / 4 - 1), b"\n".to_vec()].concat();
        for _ in 0..7 {
            queue.push(&line);
        }
        assert_eq!(queue.lost(), 3);
        queue.start(Sink::open(Some(&path)).unwrap(), notice).unwrap();
        queue.flush(LIMIT);
        queue.push(b"more\n");
        queue.flush(LIMIT);
        let text = fs::read_to_string(&path).unwrap();
        let short: Vec<_> = text.lines().map(|line| &line[..line.len().min(6)]).collect();
        assert_eq!(short, ["xxxxxx", "xxxxxx", "xxxxxx", "xxxxxx", "lost 3", "more"]);
    }

    #[test]
    fn what_cannot_be_written_is_counted_and_flushing_ends() {
        let queue = Arc::new(Queue::default());
        queue
            .start(Sink::open(Some("/dev/full".as_ref())).unwrap(), notice)
            .unwrap();
        queue.push(b"one\ntwo\n");
        queue.flush(LIMIT);
        assert_eq!(queue.lost(), 2);
    }

    #[test]
    fn flushing_waits_for_a_reader_no_longer_than_its_limit() {
        let queue = Arc::new(Queue::default());
        queue.push(b"nobody writes this\n");
        queue.flush(Duration::from_millis(1));
        assert_eq!(queue.lock().lines.len(), 19);
    }
}
