//! The file of options as a master read it, kept for the day on which what lies on the disk is no good.

use std::{
    fs::File,
    io::{self, Write as _},
    os::{fd::OwnedFd, unix::fs::FileExt as _},
    path::Path,
};

use rustix::fs::{MemfdFlags, memfd_create};
use serde::{Deserialize, Serialize};

/// A longer one is not kept.
const LONGEST: usize = 4 << 20;

/// What a master read: a file of options, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionsFile {
    /// Where it lay, as it was named; nothing when there was none.
    pub path: Option<String>,
    /// All that stood in it.
    pub text: String,
}

impl OptionsFile {
    /// What stood at this path.
    ///
    /// # Errors
    /// When nothing was read there.
    pub fn text_at(&self, path: &Path) -> io::Result<String> {
        match &self.path {
            Some(own) if Path::new(own) == path => Ok(self.text.clone()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Puts it into memory that can be passed on.
    pub(crate) fn to_memory(&self) -> io::Result<OwnedFd> {
        let text = serde_json::to_vec(self)?;
        if text.len() > LONGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut file = File::from(memfd_create("gopool-options", MemfdFlags::CLOEXEC)?);
        file.write_all(&text)?;
        Ok(file.into())
    }

    pub(crate) fn from_memory(memory: OwnedFd) -> io::Result<OptionsFile> {
        let file = File::from(memory);
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let mut text = vec![0; length.min(LONGEST)];
        // Its place is shared with everybody who has it open.
        file.read_exact_at(&mut text, 0)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_read_again_as_often_as_one_likes() {
        let file = OptionsFile {
            path: Some("gopool.toml".to_owned()),
            text: "port = 1\n".to_owned(),
        };
        let memory = file.to_memory().unwrap();
        for _ in 0..2 {
            assert_eq!(
                OptionsFile::from_memory(memory.try_clone().unwrap()).unwrap(),
                file
            );
        }
        assert_eq!(file.text_at(Path::new("gopool.toml")).unwrap(), "port = 1\n");
        let kind = file.text_at(Path::new("other.toml")).unwrap_err().kind();
        assert_eq!(kind, io::ErrorKind::NotFound);
        assert!(OptionsFile::default().text_at(Path::new("gopool.toml")).is_err());
    }

    #[test]
    fn a_file_without_measure_is_not_kept() {
        let file = OptionsFile {
            path: None,
            text: "x".repeat(LONGEST),
        };
        assert!(file.to_memory().is_err());
    }
}
