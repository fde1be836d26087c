//! A file of lines that can be opened anew, after somebody has moved it away.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, fchown},
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use crate::user::Identity;

/// An open file of lines.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    /// Whose a new file is: masters write to it as well.
    owner: Option<Identity>,
    file: File,
    /// The last line was not written to its end.
    is_torn: bool,
}

impl LogFile {
    /// Continues the file, or makes it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(path: &Path, owner: Option<Identity>) -> io::Result<LogFile> {
        Ok(LogFile {
            path: path.to_owned(),
            owner,
            file: open(path, owner)?,
            is_torn: false,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens what lies at the path now. When that fails, the old file goes on.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.file = open(&self.path, self.owner)?;
        self.is_torn = false;
        Ok(())
    }

    /// Writes a line in one piece, behind what others have written meanwhile.
    pub(super) fn write(&mut self, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.file.write_all(b"\n")?;
            self.is_torn = false;
        }
        let written = self.file.write(line)?;
        self.is_torn = written < line.len();
        match self.is_torn {
            true => Err(io::ErrorKind::WriteZero.into()),
            false => Ok(()),
        }
    }
}

fn open(path: &Path, owner: Option<Identity>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A pipe of this name must not keep the daemon waiting for its reader.
    options
        .append(true)
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            if let Some(Identity { user, group }) = owner {
                fchown(&file, Some(user), Some(group))?;
            }
            Ok(file)
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(cause) => Err(cause),
    }
}
