//! What is large enough that it need not be in memory: a part of a file, or bytes after all.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write as _},
    os::unix::fs::FileExt as _,
    path::Path,
};

use bytes::Bytes;

use super::held::HeldFile;

/// How much is copied at once, in bytes.
const PART: usize = 256 << 10;

/// Bytes in memory, or a part of a file that is held open. Clones are the same bytes.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Memory(Bytes),
    File { held: HeldFile, range: (u64, u64) },
}

impl Content {
    /// The first so many bytes of a file.
    pub(crate) fn of_file(held: HeldFile, length: u64) -> Self {
        let range = (0, length);
        Self::File { held, range }
    }

    /// In bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { range, .. } => range.1 - range.0,
        }
    }

    /// A part of it; what is beyond its end is left out.
    #[must_use]
    pub(crate) fn slice(&self, part: std::ops::Range<u64>) -> Self {
        let end = part.end.min(self.len());
        let start = part.start.min(end);
        match self {
            // Both fit, for they are within the length of what is in memory.
            Self::Memory(bytes) => Self::Memory(bytes.slice(start as usize..end as usize)),
            Self::File { held, range } => Self::File {
                held: held.clone(),
                range: (range.0 + start, range.0 + end),
            },
        }
    }

    /// Fills the buffer with what begins there, unless the content ends before. Zero is its end.
    ///
    /// # Errors
    /// The file cannot be read, or has become shorter.
    pub(crate) fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        let left = self.len().saturating_sub(at);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let buffer = &mut buffer[..wanted];
        match self {
            Self::Memory(bytes) => {
                let at = bytes.len() - left as usize;
                buffer.copy_from_slice(&bytes[at..at + wanted]);
            }
            Self::File { held, range } => held.file().read_exact_at(buffer, range.0 + at)?,
        }
        Ok(wanted)
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn bytes(&self) -> io::Result<Bytes> {
        if let Self::Memory(bytes) = self {
            return Ok(bytes.clone());
        }
        let length = usize::try_from(self.len()).map_err(io::Error::other)?;
        let mut whole = vec![0; length];
        self.read_at(&mut whole, 0)?;
        Ok(whole.into())
    }

    /// A reader that begins at the beginning, beside all others.
    pub(crate) fn reader(&self) -> ContentReader {
        ContentReader {
            content: self.clone(),
            at: 0,
        }
    }

    /// Makes it a file at this path, whole or not at all, in place of any other that is there.
    ///
    /// # Errors
    /// There can be no file of this name, or no room for it.
    pub(crate) fn persist(&self, path: &Path) -> io::Result<()> {
        let beside = beside(path)?;
        let made = self.make(&beside).and_then(|()| fs::rename(&beside, path));
        if made.is_err() {
            // What could not be made is not to be left.
            let _ = fs::remove_file(&beside);
        }
        made
    }

    /// The file itself if it can have a name there, which costs nothing; else a copy.
    fn make(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::File { held, range } if held.can_be_named(*range) && held.name(path).is_ok() => Ok(()),
            _ => self.copy_to(path),
        }
    }

    fn copy_to(&self, path: &Path) -> io::Result<()> {
        let mut file = new_file(path)?;
        let mut buffer = vec![0; PART.min(usize::try_from(self.len()).unwrap_or(PART))];
        let mut at = 0;
        loop {
            match self.read_at(&mut buffer, at)? {
                0 => return Ok(()),
                read => {
                    file.write_all(&buffer[..read])?;
                    at += read as u64;
                }
            }
        }
    }
}

/// One that only its owner may read, as what is spooled.
fn new_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// A name beside `path` that nobody else has.
fn beside(path: &Path) -> io::Result<std::path::PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    // Of a long name only the number, lest it becomes too long.
    if name.len() < 200 {
        hidden.push(name);
    }
    hidden.push(format!(".{:016x}", fastrand::u64(..)));
    Ok(path.with_file_name(hidden))
}

/// Reads what a request brought, from memory or from its file: `Read` and `Seek`. Several of one content do not disturb each other.
#[derive(Debug, Clone)]
pub struct ContentReader {
    content: Content,
    at: u64,
}

impl Read for ContentReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ContentReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.content.len(), by),
            SeekFrom::Current(by) => (self.at, by),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "that is before the beginning");
        self.at = from.checked_add_signed(by).ok_or_else(before)?;
        Ok(self.at)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn in_file(bytes: &[u8]) -> Content {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Content::of_file(HeldFile::new(file), bytes.len() as u64)
    }

    fn both(bytes: &'static [u8]) -> [Content; 2] {
        [Content::Memory(Bytes::from_static(bytes)), in_file(bytes)]
    }

    #[test]
    fn a_part_of_a_part_is_read_from_where_it_is() {
        for content in both(b"0123456789") {
            let part = content.slice(2..8).slice(1..99);
            assert_eq!((part.len(), &part.bytes().unwrap()[..]), (5, &b"34567"[..]));
            assert_eq!(content.slice(11..12).len(), 0);
            let mut buffer = [0; 4];
            assert_eq!(part.read_at(&mut buffer, 3).unwrap(), 2);
            assert_eq!(&buffer[..2], b"67");
            assert_eq!(part.read_at(&mut buffer, u64::MAX).unwrap(), 0);
        }
    }

    #[test]
    fn a_reader_seeks_as_a_file_does() {
        for content in both(b"0123456789") {
            let mut reader = content.reader();
            let mut text = String::new();
            assert_eq!(reader.seek(SeekFrom::End(-3)).unwrap(), 7);
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "789");
            assert_eq!(reader.seek(SeekFrom::Current(-9)).unwrap(), 1);
            assert!(reader.seek(SeekFrom::Current(-2)).is_err());
            assert_eq!(reader.seek(SeekFrom::Start(20)).unwrap(), 20);
            assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
        }
    }

    #[test]
    fn a_file_that_has_become_shorter_is_an_error_and_no_end() {
        let content = in_file(b"0123456789");
        let Content::File { held, .. } = &content else {
            unreachable!()
        };
        held.file().set_len(4).unwrap();
        assert!(content.bytes().is_err());
    }

    #[test]
    fn what_persists_is_whole_and_replaces_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        for range in [0..10, 3..5] {
            for content in both(b"0123456789") {
                // Not written to: it may be what was kept before.
                let _ = fs::remove_file(&path);
                fs::write(&path, b"an older one").unwrap();
                let part = content.slice(range.clone());
                part.persist(&path).unwrap();
                assert_eq!(fs::read(&path).unwrap(), part.bytes().unwrap());
                // A second time it is a copy, for the file has a name by now.
                part.persist(&folder.path().join("again")).unwrap();
                fs::write(folder.path().join("again"), b"other").unwrap();
                assert_eq!(fs::read(&path).unwrap(), part.bytes().unwrap());
                let names = fs::read_dir(folder.path()).unwrap().count();
                assert_eq!(names, 2, "nothing is left beside them");
            }
        }
        let content = Content::Memory(Bytes::new());
        assert!(content.persist(&folder.path().join("none/kept")).is_err());
        assert!(content.persist(Path::new("/")).is_err());
    }
}
