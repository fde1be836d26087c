//! Bodies in files: what is too large for the memory is written there while it arrives.

use std::{
    fs::File,
    io::{self, ErrorKind, Write as _},
    time::Duration,
};

use bytes::{Bytes, BytesMut};

use super::{
    arriving::{Arriving, no_memory},
    body_limits::Spool,
    budget::Reserved,
};
use crate::{
    error::{Error, Kind},
    exec::on_disk,
    message::{HeldFile, Live},
};

/// How much is written at once, in bytes.
const PART: usize = 256 << 10;

/// A body that has arrived, or is to arrive while its handler runs.
pub(super) enum Arrived {
    InMemory(Bytes),
    InFile {
        file: HeldFile,
        length: u64,
    },
    /// It is still to come.
    Live(Live),
}

impl Spool {
    /// Room in files for the whole of a body that was announced to be so long; none for one that stays in memory.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn reserve(&self, announced: u64) -> Result<Reserved, Error> {
        let in_file = if announced > self.after { announced } else { 0 };
        self.budget.reserve(in_file).ok_or_else(no_room)
    }

    /// Reads a whole body. What of it is in memory is in `memory` reserved, as far as there is room; what is in a file, in `room`.
    ///
    /// # Errors
    /// Too large, too slow, broken off, or there is no room for it.
    pub(super) async fn take(
        &self,
        mut body: Arriving<'_>,
        memory: &mut Reserved,
        mut room: Reserved,
    ) -> Result<Arrived, Error> {
        let mut buffer = BytesMut::new();
        let mut file = None;
        memory.begin_to_wait();
        room.begin_to_wait();
        while let Some(part) = body.next().await? {
            if body.length > self.after {
                if !room.grow_to(body.length) {
                    return Err(no_room());
                }
            } else if !memory.grow_to(body.length) {
                return Err(no_memory());
            }
            buffer.extend_from_slice(&part);
            if body.length > self.after && buffer.len() >= PART {
                (file, buffer) = self.write(file, buffer).await?;
            }
        }
        if body.length <= self.after {
            return match memory.end_to_wait() {
                true => Ok(Arrived::InMemory(buffer.freeze())),
                false => Err(no_memory()),
            };
        }
        let (file, _) = self.write(file, buffer).await?;
        memory.shrink_to_nothing();
        if !room.end_to_wait() {
            return Err(no_room());
        }
        let file = file.ok_or_else(|| Error::internal("a body was spooled to no file"))?;
        Ok(Arrived::InFile {
            file: HeldFile::with(file, room),
            length: body.length,
        })
    }

    /// Appends what is in the buffer to the file, which is made with the first of it.
    async fn write(
        &self,
        file: Option<File>,
        mut buffer: BytesMut,
    ) -> Result<(Option<File>, BytesMut), Error> {
        let folder = self.folder.clone();
        let written = on_disk(move || {
            let mut file = match file {
                Some(file) => file,
                None => tempfile::tempfile_in(&*folder)?,
            };
            file.write_all(&buffer)?;
            buffer.clear();
            Ok((Some(file), buffer))
        });
        written.await.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> Error {
        let kind = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Kind::DiskFull,
            _ => Kind::NoSpool,
        };
        let cause = format!(
            "a body cannot be written to a file in `{}` (`spool-dir`): {error}",
            self.folder.display()
        );
        let error = Error::of(kind).cause(cause);
        match kind {
            Kind::NoSpool => error.retry_after(Duration::from_secs(1)),
            _ => error,
        }
    }
}

fn no_room() -> Error {
    let error = Error::of(Kind::SpoolFull)
        .detail("the bodies of other requests take all room that there is for files");
    error.retry_after(Duration::from_secs(1))
}
