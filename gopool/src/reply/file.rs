//! `File`: a reply whose body is a file.

use std::{
    fs,
    io::{self, ErrorKind},
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use http::header::{ACCEPT_RANGES, ETAG, HeaderValue, LAST_MODIFIED};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::replies::Reply;
use crate::{
    error::{Error, Kind},
    message::{Content, HeldFile, Response},
    route::Outcome,
};

/// What stands for itself in a name by RFC 8187.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// A reply whose body is a file, as long as it was when it was opened.
///
/// ```
/// use gopool::{Error, File, Path};
///
/// #[gopool::get("/v1/reports/{id}/pdf")]
/// fn report(id: Path<u64>) -> Result<File, Error> {
///     let file = File::open(format!("/var/lib/app/reports/{}.pdf", *id))?; // a 404 if there is none
///     Ok(file.attachment(&format!("report {}.pdf", *id)).header("cache-control", "private"))
/// }
/// # assert_eq!(report(Path(7)).unwrap_err().code(), 404);
/// ```
///
/// It is read while it is sent, part by part, by threads that wait for disks, so that neither the pool nor an event loop does, and as fast as the client takes it. Clients may
/// ask for a part (`Range`, `If-Range`), and whether it has changed (`If-None-Match`, `If-Modified-Since`, `If-Match`, `If-Unmodified-Since`), by its `etag`, which is
/// made of its length and the time of its last change, and by `last-modified`. Several ranges at once are answered with the whole. It is never compressed.
///
/// Its content type follows from the name; a type of text is said to be UTF-8. To open it is a system call, which in an `async fn` is work for [`cpu`](crate::cpu).
#[derive(Debug)]
#[must_use = "nothing is sent unless this is returned"]
pub struct File {
    response: Response,
    length: u64,
}

impl File {
    /// The file of this path.
    ///
    /// A path that a client has a part in can lead out of the folder that it was meant for, through `..` and symbolic links; better have clients
    /// name files by an id.
    ///
    /// # Errors
    /// 404 if there is no file of this name; 500 if it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let file = open(path).map_err(|error| refused(path, &error))?;
        let media_type = mime_guess::from_path(path).first_raw();
        let this = Self::of(file).map_err(|error| refused(path, &error))?;
        Ok(match media_type {
            Some(text) if text.starts_with("text/") => this.content_type(&format!("{text}; charset=utf-8")),
            Some(other) => this.content_type(other),
            None => this,
        })
    }

    /// A file that is open, whatever its name, from its beginning on. Its content type is `application/octet-stream`.
    ///
    /// # Errors
    /// It is no file, or the system does not tell how long it is.
    pub fn of(file: fs::File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "it is no file"));
        }
        let length = metadata.len();
        let content = Content::of_file(HeldFile::new(file), length);
        let response = Response::ok()
            .content_type("application/octet-stream")
            .append(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
            .with_content(content);
        let this = Self { response, length };
        Ok(match metadata.modified() {
            Ok(modified) => this.changed(modified),
            Err(_) => this,
        })
    }

    /// The same, whose `etag` and `last-modified` are of this time.
    fn changed(mut self, modified: SystemTime) -> Self {
        let since = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        let date = httpdate::fmt_http_date(UNIX_EPOCH + since);
        let tag = format!("\"{:x}-{:x}\"", since.as_nanos(), self.length);
        for (name, value) in [(ETAG, tag), (LAST_MODIFIED, date)] {
            if let Ok(value) = value.parse() {
                self.response = self.response.replace(name, value);
            }
        }
        self
    }

    /// How many bytes it is.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it is no bytes.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The same of this media type.
    pub fn content_type(self, media_type: &str) -> Self {
        self.with(|response| response.content_type(media_type))
    }

    /// The same with this tag in place of the one of its length and time: any text without quotes that is another one whenever the content is.
    pub fn etag(self, tag: &str) -> Self {
        self.with(|response| {
            let quoted = format!("\"{tag}\"");
            match quoted.parse() {
                Ok(value) if !tag.contains('"') => response.replace(ETAG, value),
                // It says what is wrong with it.
                _ => response.header("etag", &format!("\"{tag}\"\0")),
            }
        })
    }

    /// The same to be stored by the client, under this name.
    pub fn attachment(self, name: &str) -> Self {
        let plain: String = name
            .chars()
            .map(|letter| match letter {
                '"' | '\\' | '/' => '_',
                letter if letter == ' ' || letter.is_ascii_graphic() => letter,
                _ => '_',
            })
            .collect();
        let extended = utf8_percent_encode(name, ATTRIBUTE);
        let value = match plain == name {
            true => format!("attachment; filename=\"{plain}\""),
            false => format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{extended}"),
        };
        self.header("content-disposition", &value)
    }

    /// The same with one more header; see [`Response::header`].
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|response| response.header(name, value))
    }

    fn with(self, change: impl FnOnce(Response) -> Response) -> Self {
        Self {
            response: change(self.response),
            ..self
        }
    }
}

impl Reply for File {
    fn reply(self) -> Outcome {
        self.response.reply()
    }
}

/// Never waits for whoever writes to a pipe of that name.
fn open(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    fs::File::options()
        .read(true)
        .custom_flags(i32::try_from(flags).unwrap_or(0))
        .open(path)
}

fn refused(path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::IsADirectory
        | ErrorKind::InvalidFilename => Error::status(404),
        _ => Error::of(Kind::Internal).cause(format!("`{}` cannot be sent: {error}", path.display())),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn header<'a>(file: &'a File, name: &str) -> Option<&'a str> {
        file.response.headers().get(name)?.to_str().ok()
    }

    #[test]
    fn a_file_is_called_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for (name, media_type) in [
            ("a.html", "text/html; charset=utf-8"),
            ("a.PNG", "image/png"),
            ("a.json", "application/json"),
            ("a.nonsense", "application/octet-stream"),
            ("a", "application/octet-stream"),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, "12345").unwrap();
            let file = File::open(&path).unwrap();
            assert_eq!(file.response.media_type().unwrap(), media_type, "{name}");
            assert_eq!(file.len(), 5);
        }
    }

    #[test]
    fn what_is_no_file_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "").unwrap();
        for none in [
            folder.path().join("b"),
            folder.path().to_owned(),
            path.join("b"),
            "a\0b".into(),
            "x".repeat(300).into(),
        ] {
            let error = File::open(&none).unwrap_err();
            assert!([404, 500].contains(&error.code()), "{}: {error}", none.display());
            assert_eq!(
                error.code(),
                if none.to_str() == Some("a\0b") { 500 } else { 404 }
            );
        }
    }

    #[test]
    fn another_content_is_another_tag_and_one_of_ones_own_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let tag = || header(&File::open(&path).unwrap(), "etag").unwrap().to_owned();
        fs::write(&path, "12").unwrap();
        let first = tag();
        assert_eq!(first, tag());
        fs::write(&path, "123").unwrap();
        assert_ne!(first, tag());
        let longer = tag();
        let later = SystemTime::now() + std::time::Duration::from_nanos(1_000_000_007);
        fs::File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_ne!(longer, tag());
        let own = File::open(&path).unwrap().etag("v7");
        assert_eq!(header(&own, "etag"), Some("\"v7\""));
        for wrong in ["a\"b", "a\nb"] {
            assert_eq!(
                File::open(&path).unwrap().etag(wrong).reply().unwrap_err().code(),
                500
            );
        }
    }

    #[test]
    fn a_name_for_storing_is_told_in_both_ways_if_need_be() {
        let of = |name: &str| {
            let file = File::of(tempfile::tempfile().unwrap()).unwrap().attachment(name);
            header(&file, "content-disposition").unwrap().to_owned()
        };
        assert_eq!(of("a b.txt"), "attachment; filename=\"a b.txt\"");
        assert_eq!(
            of("ü\".txt"),
            "attachment; filename=\"__.txt\"; filename*=UTF-8''%C3%BC%22.txt"
        );
        assert_eq!(
            of("a\r\nx: y"),
            "attachment; filename=\"a__x: y\"; filename*=UTF-8''a%0D%0Ax%3A%20y"
        );
    }
}
