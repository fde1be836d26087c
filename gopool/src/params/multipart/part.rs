//! One part of a form: text, or a file.

use std::{fmt, io, path::Path};

use bytes::Bytes;

use super::head::PartHead;
use crate::message::{Content, ContentReader};

/// The most bytes of a part that is read into memory, unless its field says otherwise.
pub(super) const TEXT: u64 = 64 << 10;

/// One part of a form, most often a file. It is a range of the form's body, in memory or in the one file that the body was spooled to, so nothing
/// was copied for it; it keeps that file as long as it lives.
///
/// ```
/// use gopool::{Error, Multipart, Part};
///
/// #[derive(gopool::Multipart)]
/// struct Picture {
///     #[part(max = "5MB", types("image/*"))]
///     file: Part,
/// }
///
/// #[gopool::post("/v1/pictures")]
/// fn picture(form: Multipart<Picture>) -> Result<String, Error> {
///     let name = form.file.file_name().unwrap_or("unnamed");
///     Ok(format!("{name}: {} bytes", form.file.len()))
/// }
///
/// let file = Part::new(&b"\x89PNG"[..]).with_file_name("../me.png").with_content_type("image/png");
/// assert_eq!(picture(Multipart(Picture { file })).unwrap(), "me.png: 4 bytes");
/// ```
#[derive(Clone)]
pub struct Part {
    pub(super) content: Content,
    pub(super) name: String,
    file_name: Option<String>,
    content_type: Option<String>,
}

impl Part {
    /// One of these bytes, for the test of a handler.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self::of(Content::Memory(bytes.into()), PartHead::default())
    }

    pub(super) fn of(content: Content, head: PartHead) -> Self {
        Self {
            content,
            name: head.name,
            file_name: head.file_name,
            content_type: head.content_type,
        }
    }

    /// The same of this name on the client's disk.
    #[must_use]
    pub fn with_file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
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

    /// How the client calls the file, without the folders before it; never `..`, and never empty. It may be any other text: to store the file, better make a name.
    pub fn file_name(&self) -> Option<&str> {
        let name = self.file_name.as_deref()?.rsplit(['/', '\\']).next()?;
        let is_sound = !matches!(name, "" | "." | "..") && !name.contains('\0');
        is_sound.then_some(name)
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

    /// Makes it a file at `path`, in place of any other that is there, and whole before it has that name. Only its owner may read it.
    ///
    /// # Errors
    /// There can be no file of this name, or no room for it.
    pub fn persist(self, path: impl AsRef<Path>) -> io::Result<()> {
        self.content.persist(path.as_ref())
    }

    /// Whether it is what a browser sends for a field of files in which none was chosen.
    pub(super) fn is_no_file(&self) -> bool {
        self.is_empty() && self.file_name.as_deref() == Some("")
    }

    /// The same with what is no file in memory, if it is short: whoever reads it then waits for no disk.
    pub(super) fn with_text_in_memory(mut self) -> io::Result<Self> {
        if self.file_name.is_none() && self.len() <= TEXT {
            self.content = Content::Memory(self.content.bytes()?);
        }
        Ok(self)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_leads_nowhere() {
        for (given, name) in [
            ("a.txt", Some("a.txt")),
            ("../../etc/passwd", Some("passwd")),
            (r"C:\Users\me\a b.txt", Some("a b.txt")),
            ("..", None),
            ("a/..", None),
            ("a/.", None),
            ("a/", None),
            ("", None),
            ("a\0.txt", None),
        ] {
            assert_eq!(Part::new("").with_file_name(given).file_name(), name, "{given}");
        }
        assert_eq!(Part::new("").file_name(), None);
    }
}
