//! A file that is held open, and may have no name.

use std::{
    any::Any,
    fmt,
    fs::File,
    io,
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::fs::{AtFlags, CWD, linkat};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A file that stays as long as anybody holds it. Written by serde it is the place where another process of this user finds it, so it must be
/// held here until that process has it.
#[derive(Clone)]
pub(crate) struct HeldFile(Arc<Held>);

struct Held {
    file: File,
    /// Let go of together with the file.
    _with: Option<Box<dyn Any + Send + Sync>>,
}

impl HeldFile {
    pub(crate) fn new(file: File) -> Self {
        Self(Arc::new(Held { file, _with: None }))
    }

    /// The same with something that lives as long.
    pub(crate) fn with(file: File, with: impl Any + Send + Sync) -> Self {
        let with: Option<Box<dyn Any + Send + Sync>> = Some(Box::new(with));
        Self(Arc::new(Held { file, _with: with }))
    }

    pub(crate) fn file(&self) -> &File {
        &self.0.file
    }

    /// Whether this is all of a file that nobody else has a name for.
    pub(crate) fn can_be_named(&self, (start, end): (u64, u64)) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = self.file().metadata();
        metadata.is_ok_and(|file| file.nlink() == 0 && start == 0 && end == file.len())
    }

    /// Gives it this name.
    ///
    /// # Errors
    /// The name is on another file system, or taken.
    pub(crate) fn name(&self, path: &Path) -> io::Result<()> {
        let own = format!("/proc/self/fd/{}", self.file().as_raw_fd());
        Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

impl fmt::Debug for HeldFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.file.fmt(f)
    }
}

/// The descriptor of a process.
#[derive(Serialize, Deserialize)]
struct Place {
    process: u32,
    descriptor: u32,
}

impl Serialize for HeldFile {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let place = Place {
            process: std::process::id(),
            descriptor: self.file().as_raw_fd().unsigned_abs(),
        };
        place.serialize(to)
    }
}

impl<'de> Deserialize<'de> for HeldFile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Place { process, descriptor } = Place::deserialize(from)?;
        let path = PathBuf::from(format!("/proc/{process}/fd/{descriptor}"));
        let file = File::open(&path)
            .and_then(|file| match file.metadata()?.is_file() {
                true => Ok(file),
                false => Err(io::Error::other("it is no file")),
            })
            .map_err(|error| D::Error::custom(format!("`{}` cannot be read: {error}", path.display())))?;
        Ok(Self::new(file))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    #[test]
    fn a_file_without_a_name_is_found_by_its_place_and_read_from_its_beginning() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"spooled").unwrap();
        let held = HeldFile::new(file);
        let place = serde_json::to_string(&held).unwrap();
        let back: HeldFile = serde_json::from_str(&place).unwrap();
        let mut text = String::new();
        back.file().read_to_string(&mut text).unwrap();
        assert_eq!(text, "spooled");
        drop(held);
        let gone = r#"{"process":1,"descriptor":4000000}"#;
        assert!(serde_json::from_str::<HeldFile>(gone).is_err());
    }

    #[test]
    fn what_goes_with_it_goes_when_nobody_holds_it() {
        let with = Arc::new(());
        let held = HeldFile::with(tempfile::tempfile().unwrap(), with.clone());
        let other = held.clone();
        drop(held);
        assert_eq!(Arc::strong_count(&with), 2);
        drop(other);
        assert_eq!(Arc::strong_count(&with), 1);
    }
}
