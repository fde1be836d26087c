//! The lines of a head, looked at as they come: what the parser is too lenient with, and when it is worth asking.

use memchr::memchr;

use crate::error::{Error, Kind};

/// The longest head, in bytes.
const MOST_HEAD: usize = 32 << 10;

/// How far the lines of a head have been looked at.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Where the line begins whose end has not come.
    begin: usize,
    /// Where the first one ends.
    first: Option<usize>,
    looked_at: usize,
}

impl Lines {
    /// Whether there was anything to look at.
    pub(super) fn have_begun(&self) -> bool {
        self.looked_at > 0
    }

    /// Looks at what has come since the last time. The value is whether the parser is to be asked: about the first bytes, which tell who
    /// speaks no HTTP at all, and when a line has come. Between these it would read all from the beginning for nothing.
    ///
    /// # Errors
    /// It is too long, or not written as the standard has it.
    pub(super) fn look(&mut self, input: &[u8]) -> Result<bool, Error> {
        let mut is_worth_it = !self.have_begun();
        while let Some(end) = memchr(b'\n', &input[self.looked_at..]) {
            let end = self.looked_at + end;
            let line = line(&input[self.begin..end])?;
            if self.first.is_none() && memchr(b'#', line).is_some() {
                return Err(Error::of(Kind::BadHead).detail("a target has no fragment"));
            }
            self.first.get_or_insert(end);
            self.begin = end + 1;
            self.looked_at = self.begin;
            is_worth_it = true;
            // Behind its end are other bytes.
            if line.is_empty() || self.begin > MOST_HEAD {
                return self.within_the_limit(self.begin).map(|()| true);
            }
        }
        self.looked_at = input.len();
        self.within_the_limit(input.len()).map(|()| is_worth_it)
    }

    fn within_the_limit(&self, length: usize) -> Result<(), Error> {
        match length {
            ..=MOST_HEAD => Ok(()),
            _ if self.first.is_none_or(|end| end > MOST_HEAD) => {
                let detail = format!("the first line is longer than {MOST_HEAD} bytes");
                Err(Error::of(Kind::UriTooLong).detail(detail))
            }
            _ => {
                let detail = format!("the head is longer than {MOST_HEAD} bytes");
                Err(Error::of(Kind::HeadTooLarge).detail(detail))
            }
        }
    }
}

/// A line without its end. Some take a line feed alone for one, and others do not: whoever stands before us may see other headers then.
fn line(line: &[u8]) -> Result<&[u8], Error> {
    match line.split_last() {
        Some((b'\r', line)) => Ok(line),
        _ => Err(Error::of(Kind::BadHead).detail("a line ends with a line feed alone")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    /// What is said of each byte of a head that comes one by one.
    fn look_at_each(head: &[u8]) -> Result<Vec<bool>, Error> {
        let mut lines = Lines::default();
        (1..=head.len())
            .map(|length| lines.look(&head[..length]))
            .collect()
    }

    #[test]
    fn the_parser_is_asked_about_the_first_bytes_and_about_lines() {
        let asked = look_at_each(b"GET /\r\na: b\r\n\r\n").unwrap();
        let when: Vec<usize> = (0..asked.len()).filter(|at| asked[*at]).collect();
        assert_eq!(when, [0, 6, 12, 14]);
    }

    #[test]
    fn what_comes_in_one_piece_is_looked_at_to_the_end_of_the_head() {
        for body in ["", "a\nb", "#"] {
            let all = format!("GET / HTTP/1.1\r\na: #\r\n\r\n{body}");
            assert!(Lines::default().look(all.as_bytes()).unwrap(), "{body:?}");
        }
        let long = format!("GET / HTTP/1.1\r\n\r\n{}", "x".repeat(MOST_HEAD));
        assert!(Lines::default().look(long.as_bytes()).unwrap());
    }

    #[test]
    fn lines_that_are_not_the_standards_are_refused_in_whatever_pieces() {
        for head in [
            "GET / HTTP/1.1\n",
            "GET / HTTP/1.1\r\na: b\n",
            "GET / HTTP/1.1\r\n\n",
            "GET /#a HTTP/1.1\r\n",
        ] {
            assert_eq!(
                look_at_each(head.as_bytes()).unwrap_err().kind(),
                Kind::BadHead,
                "{head:?}"
            );
            let whole = Lines::default().look(head.as_bytes());
            assert_eq!(whole.unwrap_err().kind(), Kind::BadHead, "{head:?}");
        }
    }

    #[test]
    fn a_head_has_a_bound_with_its_end_and_without() {
        let first = "GET / HTTP/1.1\r\n";
        let rest = MOST_HEAD - first.len() - 7;
        let head = |more: usize, end: &str| format!("{first}a: {}\r\n{end}", "x".repeat(rest + more));
        for (more, end, is_fine) in [
            (0, "\r\n", true),
            (1, "\r\n", false),
            (2, "", true),
            (3, "", false),
        ] {
            let looked = Lines::default().look(head(more, end).as_bytes());
            assert_eq!(looked.is_ok(), is_fine, "{more} {end:?}");
            assert!(looked.is_ok() || looked.unwrap_err().kind() == Kind::HeadTooLarge);
        }
        for end in ["", "\r\n", "\r\na: b\r\n\r\n"] {
            let long = "x".repeat(MOST_HEAD + 1) + end;
            let looked = Lines::default().look(long.as_bytes());
            assert_eq!(looked.unwrap_err().kind(), Kind::UriTooLong, "{end:?}");
        }
    }
}
