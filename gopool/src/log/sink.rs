//! Where lines end up: standard error, or a file that can be opened anew.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
};

/// A pipe takes so many bytes in one piece (`PIPE_BUF`), so that no line of the daemon, which may write to the same one, gets between.
const PIECE: usize = 4096;

/// An open place for lines.
#[derive(Debug)]
pub(super) struct Sink {
    file: File,
    /// `None` for standard error.
    path: Option<PathBuf>,
    /// The last line was not written to its end.
    is_torn: bool,
}

/// What was not written.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) lines: u64,
    pub(super) cause: io::Error,
}

impl Sink {
    /// Standard error, or the file at `path`, which is made or continued.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = match path {
            Some(path) => open_file(path)?,
            // A descriptor of our own: whoever waits in a write to it must not hold the lock of `io::stderr`.
            None => io::stderr().as_fd().try_clone_to_owned()?.into(),
        };
        Ok(Self {
            file,
            path: path.map(Path::to_owned),
            is_torn: false,
        })
    }

    /// Opens the file at its path anew, which somebody has moved away. When that fails, the old one goes on and says so.
    pub(super) fn reopen(&mut self) {
        let Some(path) = &self.path else { return };
        match open_file(path) {
            Ok(file) => {
                self.file = file;
                self.is_torn = false;
            }
            Err(cause) => tracing::error!(
                %cause,
                path = %path.display(),
                "the log file cannot be opened anew, going on with the old one"
            ),
        }
    }

    /// Writes whole lines.
    ///
    /// # Errors
    /// How many of them were not written, and why.
    pub(super) fn write_lines(&mut self, mut lines: &[u8]) -> Result<(), Failed> {
        if self.is_torn && !lines.is_empty() && self.file.write_all(b"\n").is_ok() {
            self.is_torn = false;
        }
        while !lines.is_empty() {
            let (piece, rest) = lines.split_at(piece(lines));
            self.write_piece(piece).map_err(|cause| Failed {
                lines: lines.iter().filter(|byte| **byte == b'\n').count() as u64,
                cause,
            })?;
            lines = rest;
        }
        Ok(())
    }

    fn write_piece(&mut self, mut piece: &[u8]) -> io::Result<()> {
        let whole = piece.len();
        while !piece.is_empty() {
            match self.file.write(piece) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => piece = &piece[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_torn |= piece.len() < whole;
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

/// As many whole lines as a pipe takes at once, or one that is longer.
fn piece(lines: &[u8]) -> usize {
    let end = |at: usize| at + 1;
    let fitting = lines[..lines.len().min(PIECE)]
        .iter()
        .rposition(|byte| *byte == b'\n');
    let longer = || lines.iter().position(|byte| *byte == b'\n');
    fitting.or_else(longer).map_or(lines.len(), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_ends_with_a_line_and_is_no_longer_than_a_pipe_takes_at_once() {
        assert_eq!(piece(b"a\nbc\n"), 5);
        let long = [
            b"x".repeat(4000),
            b"\n".to_vec(),
            b"y".repeat(4000),
            b"\n".to_vec(),
        ]
        .concat();
        assert_eq!(piece(&long), 4001);
        let longer = [b"x".repeat(5000), b"\n".to_vec(), b"y\n".to_vec()].concat();
        assert_eq!(piece(&longer), 5001, "a line that fits into none stays whole");
    }
}
