//! `Upload`: a body that may be too large for the memory.

use std::{fmt, io, path::Path};

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::{
    param::{OptionalParam, Param},
    spec::{Delivery, Spec},
};
use crate::{
    call::Call,
    error::Error,
    message::{Content, ContentReader},
};

/// A body that may be too large for the memory, whatever its type: up to `--spool-after` bytes are kept in memory, more are written to a file without
/// a name in `--spool-dir`.
///
/// All of it has arrived when the handler is queued, so no thread of the pool ever waits for a client that sends; the file is gone when the
/// last `Upload` of it is dropped. The route's `max_body` says how large it may be, for which `--max-body` is the default, `--spool-limit`
/// how much all bodies in files may take.
///
/// ```
/// use std::io::{BufRead as _, BufReader};
/// use gopool::{Error, Upload};
///
/// #[gopool::post("/v1/lines", max_body = "4GB")]
/// fn lines(upload: Upload) -> Result<String, Error> {
///     let mut lines = 0;
///     for line in BufReader::new(upload.reader()).lines() {
///         gopool::checkpoint()?;
///         lines += usize::from(!line?.is_empty());
///     }
///     Ok(lines.to_string())
/// }
///
/// assert_eq!(lines(Upload::new("a\nb\n")).unwrap(), "2");
/// ```
///
/// In an `Option` it is `None` when the body is empty.
#[derive(Clone)]
pub struct Upload {
    content: Content,
    content_type: Option<String>,
}

impl Upload {
    /// One of these bytes, for the test of a handler.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Memory(bytes.into()),
            content_type: None,
        }
    }

    /// The same of this type.
    #[must_use]
    pub fn with_content_type(mut self, media_type: impl Into<String>) -> Self {
        self.content_type = Some(media_type.into());
        self
    }

    /// How many bytes it is.
    pub fn len(&self) -> u64 {
        self.content.len()
    }

    /// Whether it is no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the client says that it is.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// Reads it from its beginning on. Several readers do not disturb each other, and a reader keeps what it reads.
    pub fn reader(&self) -> ContentReader {
        self.content.reader()
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn bytes(&self) -> io::Result<Bytes> {
        self.content.bytes()
    }

    /// Makes it a file at `path`, in place of any other that is there, and whole before it has that name. Within the file system of `--spool-dir`
    /// nothing is copied. Only its owner may read it.
    ///
    /// # Errors
    /// There can be no file of this name, or no room for it.
    pub fn persist(self, path: impl AsRef<Path>) -> io::Result<()> {
        self.content.persist(path.as_ref())
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("len", &self.len())
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

impl Param for Upload {
    const SPEC: &'static Spec = &Spec {
        reads_body: true,
        delivery: Delivery::Spooled,
        headers: &["content-type"],
        ..Spec::NONE
    };

    fn read(call: &Call) -> Result<Self, Error> {
        let media_type = call.request().headers().get(CONTENT_TYPE);
        Ok(Self {
            content: call.request().content(),
            content_type: media_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
        })
    }
}

/// Absent when the body is empty.
impl OptionalParam for Upload {
    fn is_absent(call: &Call) -> bool {
        call.request().is_bodiless()
    }
}
