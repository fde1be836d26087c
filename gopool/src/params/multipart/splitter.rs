//! Finds the parts of a form in its body, in memory or in a file: RFC 2046, 5.1.1. Nothing is copied: a part is a range of the body.

use std::io;

use memchr::memmem::Finder;

use super::head::{self, PartHead};
use crate::message::Content;

/// How much of the body is looked at at once, in bytes.
const WINDOW: usize = 256 << 10;
/// The most spaces behind a boundary.
const MOST_PADDING: usize = 64;

/// Why a body is no form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not written as one; for the client.
    Malformed(String),
    /// Its file cannot be read; for the log.
    Unreadable(String),
    /// Nobody waits for it any more.
    Cancelled,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(format!("a spooled body cannot be read: {error}"))
    }
}

fn malformed<T>(reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Malformed(reason.into()))
}

/// A part as it stands in its body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) head: PartHead,
    pub(super) range: std::ops::Range<u64>,
}

/// Finds all parts, at most so many.
///
/// # Errors
/// It is not written as a form with this boundary, or has more parts.
pub(super) fn split(body: &Content, boundary: &str, most: usize) -> Result<Vec<Found>, Fault> {
    split_by(body, boundary, most, WINDOW.max(head::MOST))
}

fn split_by(body: &Content, boundary: &str, most: usize, window: usize) -> Result<Vec<Found>, Fault> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut splitter = Splitter {
        window: Window {
            content: body,
            bytes: Vec::new(),
            at: 0,
            size: window,
        },
        finder: Finder::new(&delimiter),
    };
    let mut parts = Vec::new();
    let mut behind = splitter.first()?;
    while let Some(at) = splitter.line_behind(behind)? {
        if parts.len() == most {
            return malformed(format!("it has more than {most} parts"));
        }
        let number = parts.len() + 1;
        let (head, start) = splitter.head(at, number)?;
        // The empty line may be the beginning of the next boundary's.
        let Some(end) = splitter.find(start - 2)? else {
            return malformed(format!("it breaks off in part {number}, `{}`", head.name));
        };
        behind = end + delimiter.len() as u64;
        let range = start..end.max(start);
        parts.push(Found { head, range });
    }
    Ok(parts)
}

struct Splitter<'a> {
    window: Window<'a>,
    /// Of the line before, and the boundary.
    finder: Finder<'a>,
}

impl Splitter<'_> {
    /// Where the first boundary ends. It begins the body, unless there is text that is no part.
    fn first(&mut self) -> Result<u64, Fault> {
        let line = &self.finder.needle()[2..];
        let length = line.len();
        if self.window.from(0, length)?.starts_with(line) {
            return Ok(length as u64);
        }
        match self.find(0)? {
            Some(at) => Ok(at + length as u64 + 2),
            None if self.window.content.len() == 0 => malformed("it is empty"),
            None => malformed("its boundary stands nowhere in it"),
        }
    }

    /// Where the line behind a boundary begins; `None` behind the last one.
    fn line_behind(&mut self, boundary: u64) -> Result<Option<u64>, Fault> {
        let bytes = self.window.from(boundary, MOST_PADDING + 2)?;
        if bytes.starts_with(b"--") {
            return Ok(None);
        }
        let padding = bytes
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        match &bytes[padding..] {
            [b'\r', b'\n', ..] => Ok(Some(boundary + padding as u64 + 2)),
            [] | [b'\r' | b'-'] => malformed("it breaks off behind a boundary"),
            _ => malformed("a line begins with the boundary and goes on"),
        }
    }

    /// The head of a part, and where its bytes begin.
    fn head(&mut self, at: u64, number: usize) -> Result<(PartHead, u64), Fault> {
        let bytes = self.window.from(at, head::MOST)?;
        let bytes = &bytes[..bytes.len().min(head::MOST)];
        match head::read(bytes) {
            Ok(Some((head, length))) => Ok((head, at + length as u64)),
            Ok(None) if bytes.len() < head::MOST => {
                malformed(format!("it breaks off in the head of part {number}"))
            }
            Ok(None) => malformed(format!(
                "the head of part {number} is longer than {} bytes",
                head::MOST
            )),
            Err(reason) => malformed(format!("the head of part {number}: {reason}")),
        }
    }

    /// Where the next boundary begins, with the end of the line before it.
    fn find(&mut self, from: u64) -> Result<Option<u64>, Fault> {
        let length = self.finder.needle().len();
        let mut at = from;
        loop {
            if gopool_pool::cancelled() {
                return Err(Fault::Cancelled);
            }
            let bytes = self.window.from(at, length)?;
            if bytes.len() < length {
                return Ok(None);
            }
            if let Some(found) = self.finder.find(bytes) {
                return Ok(Some(at + found as u64));
            }
            at += (bytes.len() - length + 1) as u64;
        }
    }
}

/// The bytes of the body that are looked at.
struct Window<'a> {
    content: &'a Content,
    bytes: Vec<u8>,
    /// Where they stand in it.
    at: u64,
    /// How many to read at once.
    size: usize,
}

impl Window<'_> {
    /// What stands there: so many bytes or more, fewer at the end.
    fn from(&mut self, at: u64, least: usize) -> io::Result<&[u8]> {
        let end = self.at + self.bytes.len() as u64;
        let wanted_end = self.content.len().min(at.saturating_add(least as u64));
        if at < self.at || wanted_end > end {
            self.read(at, least)?;
        }
        let skipped = usize::try_from(at.saturating_sub(self.at)).unwrap_or(usize::MAX);
        Ok(self.bytes.get(skipped..).unwrap_or_default())
    }

    fn read(&mut self, at: u64, least: usize) -> io::Result<()> {
        let left = usize::try_from(self.content.len().saturating_sub(at)).unwrap_or(usize::MAX);
        self.bytes.resize(self.size.max(least).min(left), 0);
        self.at = at;
        let read = self.content.read_at(&mut self.bytes, at)?;
        self.bytes.truncate(read);
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use std::convert::Infallible;

    use bytes::Bytes;
    use futures_util::{FutureExt as _, stream};

    use super::*;

    fn of(body: impl Into<Bytes>) -> Content {
        Content::Memory(body.into())
    }

    fn part(name: &str, bytes: &str) -> String {
        format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{bytes}\r\n")
    }

    /// Names and bytes, as far as they are found with a window of this size.
    fn parts(body: &Content, window: usize) -> Result<Vec<(String, Bytes)>, Fault> {
        let found = split_by(body, "b", 100, window)?;
        let read = |part: Found| (part.head.name, body.slice(part.range).bytes().unwrap());
        Ok(found.into_iter().map(read).collect())
    }

    fn fault(body: &str) -> String {
        match parts(&of(body.to_owned()), WINDOW).unwrap_err() {
            Fault::Malformed(reason) => reason,
            other => format!("{other:?}"),
        }
    }

    /// What a well-known parser makes of it.
    fn judged(body: &Bytes) -> Option<Vec<(String, Bytes)>> {
        let whole = stream::iter([Ok::<_, Infallible>(body.clone())]);
        let mut form = multer::Multipart::new(whole, "b");
        let read = async {
            let mut parts = Vec::new();
            while let Some(field) = form.next_field().await.ok()? {
                let name = field.name()?.to_owned();
                parts.push((name, field.bytes().await.ok()?));
            }
            Some(parts)
        };
        read.now_or_never()?
    }

    #[test]
    fn parts_are_the_same_through_any_window_in_memory_and_in_a_file() {
        let body = [
            "a preamble\r\n",
            &part("a", "one\r\n--\r\n-b\r\n--a\r\n"),
            &part("", ""),
            &part("c", "\r\n\r\n"),
            "--b--\r\nan epilogue --b\r\n--b\r\n",
        ];
        let body = body.concat();
        let expected = [("a", "one\r\n--\r\n-b\r\n--a\r\n"), ("", ""), ("c", "\r\n\r\n")]
            .map(|(name, bytes)| (name.to_owned(), Bytes::from(bytes)));
        for window in 1..body.len() + 1 {
            assert_eq!(parts(&of(body.clone()), window).unwrap(), expected, "{window}");
        }
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, body.as_bytes()).unwrap();
        let content = Content::of_file(crate::message::HeldFile::new(file), body.len() as u64);
        for window in 1..body.len() + 1 {
            assert_eq!(parts(&content, window).unwrap(), expected, "{window}");
        }
    }

    #[test]
    fn a_boundary_may_follow_a_head_and_have_spaces_behind_it() {
        let body = "--b \t\r\ncontent-disposition: form-data; name=a\r\n\r\n--b-- \r\n";
        let found = parts(&of(body), WINDOW).unwrap();
        assert_eq!(found, [("a".to_owned(), Bytes::new())]);
    }

    #[test]
    fn a_wrong_form_says_what_is_wrong_and_where() {
        let first = part("a", "1");
        for (body, reason) in [
            (String::new(), "is empty"),
            ("--c--".to_owned(), "stands nowhere"),
            (first.clone(), "breaks off in part 1, `a`"),
            (format!("{first}--b"), "breaks off behind a boundary"),
            (format!("{first}--b\r"), "breaks off behind a boundary"),
            (
                format!("{first}--b\r\ncontent-dis"),
                "breaks off in the head of part 2",
            ),
            (format!("{first}--bc\r\n"), "begins with the boundary and goes on"),
            (
                format!("--b\r\n\r\n1\r\n{first}"),
                "the head of part 1: it has no `content-disposition`",
            ),
            (
                format!("{first}--b\r\na: {}", "x".repeat(9000)),
                "part 2 is longer than 8192 bytes",
            ),
            (format!("{}--b--", first.repeat(101)), "more than 100 parts"),
        ] {
            let said = fault(&body);
            assert!(said.contains(reason), "{body}: {said}");
        }
    }

    #[test]
    fn whoever_is_told_to_stop_stops() {
        let cancel = gopool_pool::Cancel::new();
        cancel.cancel();
        let body = of(format!("{}--b--", part("a", "1")));
        assert_eq!(cancel.scope(|| parts(&body, WINDOW)), Err(Fault::Cancelled));
    }

    #[test]
    fn it_finds_what_a_well_known_parser_finds() {
        let pieces = [
            "\r\n",
            "--b",
            "--",
            "b",
            "\r",
            "\n",
            "x",
            " ",
            "--b\r\n",
            "--b--",
            "content-disposition: form-data; name=\"n\"\r\n\r\n",
            "\r\n--b\r\ncontent-disposition: form-data; name=m; filename=f\r\n\r\n",
        ];
        let mut random = fastrand::Rng::with_seed(7);
        let mut sound = 0;
        for _ in 0..20_000 {
            let mut body = part("first", "");
            for _ in 0..random.usize(0..8) {
                body.push_str(pieces[random.usize(..pieces.len())]);
            }
            if random.bool() {
                body.push_str("\r\n--b--\r\n");
            }
            // The empty line may be the boundary's: it takes that for bytes.
            if ["n\"\r\n\r\n--b", "=f\r\n\r\n--b"]
                .iter()
                .any(|head| body.contains(head))
            {
                continue;
            }
            let body = Bytes::from(body);
            // What we refuse that it takes is in the tests above.
            if let (Ok(ours), Some(theirs)) = (parts(&of(body.clone()), WINDOW), judged(&body)) {
                assert_eq!(ours, theirs, "{}", body.escape_ascii());
                sound += 1;
            }
        }
        assert!(sound > 1000, "{sound}");
    }
}
