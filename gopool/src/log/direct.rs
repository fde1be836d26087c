//! Lines that are written at once, by whoever has them.

use std::{
    io::{self, Stderr, Write},
    os::fd::AsFd,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{queue::Notice, sink::Sink};

/// Where lines go at once.
#[derive(Debug, Clone)]
pub(super) struct Direct(Arc<Mutex<Place>>);

#[derive(Debug)]
enum Place {
    Stderr(Pipe<Stderr>),
    File { sink: Sink, path: PathBuf },
}

/// Where a line goes only when whoever reads has room for it.
#[derive(Debug)]
struct Pipe<W> {
    to: W,
    notice: Notice,
    /// Lines that had no room, of which nobody has been told.
    lost: u64,
}

impl Direct {
    /// To standard error, where lines that had no room are told of by `notice`, or to the file at `path`.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: Option<&Path>, notice: Notice) -> io::Result<Self> {
        let place = match path {
            None => Place::Stderr(Pipe {
                to: io::stderr(),
                notice,
                lost: 0,
            }),
            Some(path) => Place::File {
                sink: Sink::open(Some(path))?,
                path: path.to_owned(),
            },
        };
        Ok(Self(Arc::new(Mutex::new(place))))
    }
}

impl Write for Direct {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        // Logging is best effort: what cannot be written is no matter of the handler's.
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Place::Stderr(pipe) => pipe.write(line),
            Place::File { sink, path } => {
                // Lines are few here, and nobody tells this process when the file was moved.
                if let Ok(new) = Sink::open(Some(path)) {
                    *sink = new;
                }
                let _ = sink.write_lines(line);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: AsFd> Pipe<W> {
    /// Writes the line at once or never. Of those that were never written is told as soon as there is room again.
    fn write(&mut self, line: &[u8]) {
        if self.lost > 0 && self.is_ready() {
            let notice = (self.notice)(self.lost, None);
            if rustix::io::write(&self.to, notice.as_bytes()).is_ok() {
                self.lost = 0;
            }
        }
        if !self.is_ready() || rustix::io::write(&self.to, line).is_err() {
            self.lost += 1;
        }
    }

    /// Whether whoever reads has room for a line.
    fn is_ready(&self) -> bool {
        let mut watched = [PollFd::new(&self.to, PollFlags::OUT)];
        matches!(poll(&mut watched, Some(&Timespec::default())), Ok(1..))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::{fs, io::Read as _};

    use super::*;

    fn notice(lost: u64, _: Option<&io::Error>) -> String {
        format!("lost {lost}\n")
    }

    #[test]
    fn lines_that_had_no_room_are_counted_and_told_of_when_there_is() {
        let (mut reader, to) = io::pipe().unwrap();
        let mut pipe = Pipe { to, notice, lost: 0 };
        let line = [b"x".repeat(4095), b"\n".to_vec()].concat();
        while pipe.is_ready() {
            pipe.write(&line);
        }
        assert_eq!(pipe.lost, 0);
        (0..3).for_each(|_| pipe.write(&line));
        let mut taken = vec![0; 1 << 20];
        let _ = reader.read(&mut taken).unwrap();
        pipe.write(b"after\n");
        drop(pipe);
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "lost 3\nafter\n");
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut direct = Direct::open(Some(&path), notice).unwrap();
        direct.write_all(b"one\n").unwrap();
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        direct.write_all(b"two\n").unwrap();
        assert_eq!(fs::read(folder.path().join("log.1")).unwrap(), b"one\n");
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }
}
