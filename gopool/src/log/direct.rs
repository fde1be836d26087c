//! Lines that are written at once, by whoever has them.

use std::{
    io::{self, Write},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::sink::Sink;

/// Where lines go at once.
#[derive(Debug, Clone)]
pub(super) struct Direct(Arc<Mutex<Place>>);

#[derive(Debug)]
enum Place {
    Stderr,
    File { sink: Sink, path: PathBuf },
}

impl Direct {
    /// To standard error, or to the file at `path`.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let place = match path {
            None => Place::Stderr,
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
            Place::Stderr if is_ready() => drop(rustix::io::write(io::stderr(), line)),
            Place::Stderr => {}
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

/// Whether whoever reads standard error has room for a line.
fn is_ready() -> bool {
    let stderr = io::stderr();
    let mut watched = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
    matches!(poll(&mut watched, Some(&Timespec::default())), Ok(1..))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_was_moved_away_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut direct = Direct::open(Some(&path)).unwrap();
        direct.write_all(b"one\n").unwrap();
        fs::rename(&path, folder.path().join("log.1")).unwrap();
        direct.write_all(b"two\n").unwrap();
        assert_eq!(fs::read(folder.path().join("log.1")).unwrap(), b"one\n");
        assert_eq!(fs::read(&path).unwrap(), b"two\n");
    }
}
