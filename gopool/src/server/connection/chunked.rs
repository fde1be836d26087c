//! A body in chunks: RFC 9112, section 7.1, to the letter, and with a bound for all that is no data.
//!
//! actix-http's reader takes anything for a trailer, of any length: also the next request, when a proxy before us and we do not agree
//! where a line ends.

use actix_http::{
    error::ParseError,
    header::{HeaderName, HeaderValue},
};
use bytes::{Buf as _, Bytes, BytesMut};

/// The longest line: the size of a chunk with its extensions, or a trailer.
const MOST_LINE: usize = 4 << 10;
/// What lines may have beyond what the sizes of small chunks need, all together.
const MOST_EXTRA: usize = 16 << 10;
/// Data that is shorter is put together with what has come behind it, so that it is not handed on by the byte.
const LEAST_PART: usize = 1 << 10;
/// As far as this.
const USUAL_PART: usize = 32 << 10;
/// What the line of a chunk's size needs.
const USUAL_LINE: usize = 16;

/// How far such a body has been read.
#[derive(Debug)]
pub(super) struct Chunked {
    at: At,
    /// How long trailers were, and what was more than usual of other lines.
    extra: usize,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Size,
    Data(u64),
    /// The end of the line that the data is.
    End,
    Trailer,
    /// All of it has been read, though not told.
    Over,
}

/// A part of the data, or its end.
pub(super) type Part = Option<Bytes>;

impl Chunked {
    pub(super) fn new() -> Self {
        Self {
            at: At::Size,
            extra: 0,
        }
    }

    /// The next part of what has come; `None` when that is not enough.
    ///
    /// # Errors
    /// It is not such a body.
    pub(super) fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Part>, ParseError> {
        let first = match self.next(input)? {
            Some(Some(first)) if first.len() < LEAST_PART && !input.is_empty() => first,
            next => return Ok(next),
        };
        let mut part = BytesMut::from(first);
        while part.len() < USUAL_PART {
            match self.next(input) {
                Ok(Some(Some(next))) => part.extend_from_slice(&next),
                Ok(Some(None)) => {
                    self.at = At::Over;
                    break;
                }
                // What is wrong is still wrong when it is asked for again.
                Ok(None) | Err(_) => break,
            }
        }
        Ok(Some(Some(part.freeze())))
    }

    /// The same, a chunk at a time.
    fn next(&mut self, input: &mut BytesMut) -> Result<Option<Part>, ParseError> {
        loop {
            match self.at {
                At::Data(_) if input.is_empty() => return Ok(None),
                At::Data(left) => return Ok(Some(Some(self.data(left, input)))),
                At::Over => return Ok(Some(None)),
                At::Size | At::End | At::Trailer => {}
            }
            let Some(length) = line(input)? else {
                // Who has begun wrongly is told at once.
                return if self.may_begin_with(input) {
                    Ok(None)
                } else {
                    Err(ParseError::Header)
                };
            };
            let is_over = self.take(&input[..length])?;
            input.advance(length + 2);
            if is_over {
                return Ok(Some(None));
            }
        }
    }

    fn data(&mut self, left: u64, input: &mut BytesMut) -> Bytes {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let left = left - length as u64;
        self.at = if left == 0 { At::End } else { At::Data(left) };
        input.split_to(length).freeze()
    }

    fn may_begin_with(&self, input: &[u8]) -> bool {
        let Some(first) = input.first() else { return true };
        match self.at {
            At::Size => first.is_ascii_hexdigit(),
            At::End => *first == b'\r',
            At::Data(_) | At::Trailer | At::Over => true,
        }
    }

    /// Takes a line without its end. The value is whether it was the last one.
    fn take(&mut self, line: &[u8]) -> Result<bool, ParseError> {
        self.extra += match self.at {
            At::Trailer => line.len() + 2,
            At::Size | At::End | At::Data(_) | At::Over => line.len().saturating_sub(USUAL_LINE),
        };
        if self.extra > MOST_EXTRA {
            return Err(ParseError::TooLarge);
        }
        self.at = match self.at {
            At::Size => match size(line).ok_or(ParseError::Header)? {
                0 => At::Trailer,
                size => At::Data(size),
            },
            At::Trailer if line.is_empty() => return Ok(true),
            At::Trailer if is_header(line) => At::Trailer,
            At::End if line.is_empty() => At::Size,
            At::End | At::Trailer | At::Data(_) | At::Over => return Err(ParseError::Header),
        };
        Ok(false)
    }
}

/// How long the first line is; `None` when its end has not come.
fn line(input: &[u8]) -> Result<Option<usize>, ParseError> {
    let looked_at = &input[..input.len().min(MOST_LINE + 2)];
    match looked_at.iter().position(|byte| *byte == b'\n') {
        // Only both together end a line, and neither is inside of one.
        Some(end) if end > 0 && looked_at[..end].iter().position(|byte| *byte == b'\r') == Some(end - 1) => {
            Ok(Some(end - 1))
        }
        None if input.len() <= MOST_LINE => Ok(None),
        None => Err(ParseError::TooLarge),
        Some(_) => Err(ParseError::Header),
    }
}

/// Of a chunk: digits, then blanks and extensions, of which nobody here knows any.
fn size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = line.split_at(digits);
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    match rest.trim_ascii_start().first() {
        None | Some(b';') if rest.iter().all(is_text) => {}
        _ => return None,
    }
    // As many as fit, and so no overflow.
    let digits = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.len() <= 16)?;
    u64::from_str_radix(digits, 16).ok()
}

fn is_header(line: &[u8]) -> bool {
    let mut parts = line.splitn(2, |byte| *byte == b':');
    let (name, value) = (parts.next().unwrap_or_default(), parts.next());
    HeaderName::from_bytes(name).is_ok() && value.is_some_and(|value| HeaderValue::from_bytes(value).is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    /// The data of a body that comes in pieces of this length, and what is left behind it.
    fn read(body: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), ParseError> {
        let (mut chunked, mut input, mut data) = (Chunked::new(), BytesMut::new(), Vec::new());
        let mut pieces = body.chunks(piece);
        loop {
            match chunked.decode(&mut input)? {
                Some(Some(part)) => data.extend_from_slice(&part),
                Some(None) => {
                    pieces.for_each(|piece| input.extend_from_slice(piece));
                    return Ok((data, input.to_vec()));
                }
                None => input.extend_from_slice(pieces.next().ok_or(ParseError::Incomplete)?),
            }
        }
    }

    #[test]
    fn data_is_the_same_in_whatever_pieces_it_comes() {
        let body = b"3\r\nabc\r\n00A ; a=\"b\" \r\n0123456789\r\n1\t\r\n\n\r\n000;x\r\nX-Trailer: \xe9 1\r\ny:\r\n\r\nGET /";
        for piece in 1..=body.len() {
            let (data, rest) = read(body, piece).unwrap();
            assert_eq!(
                (&data[..], &rest[..]),
                (&b"abc0123456789\n"[..], &b"GET /"[..]),
                "{piece}"
            );
        }
    }

    #[test]
    fn what_is_no_such_body_is_refused() {
        for body in [
            "\r\n",
            "x\r\n",
            " 3\r\nabc\r\n",
            "3 3\r\n",
            "0x3\r\n",
            "+3\r\n",
            "-3\r\n",
            "3a;\rb\r\n",
            "3;a\nb\r\n",
            "3\nabc\r\n",
            "3;\0\r\n",
            "00000000000000001\r\n",
            "3\r\nabcd\r\n",
            "3\r\nabc\n",
            "3\r\nabc\r\r\n",
            "0\r\nno header\r\n\r\n",
            "0\r\nx: y\n\r\n",
            "0\r\nx : y\r\n\r\n",
            "0\r\n: y\r\n\r\n",
            "0\r\n folded\r\n\r\n",
            "0\r\nx: \0\r\n\r\n",
            "0\r\n\n",
            "0\n\r\n",
        ] {
            for piece in [1, 100] {
                assert!(
                    !matches!(read(body.as_bytes(), piece), Ok(_) | Err(ParseError::Incomplete)),
                    "{body:?} {piece}"
                );
            }
        }
    }

    #[test]
    fn what_begins_wrongly_is_refused_before_its_line_has_come() {
        for body in ["z", " ", "3\r\nabcd"] {
            assert!(
                matches!(read(body.as_bytes(), 1), Err(ParseError::Header)),
                "{body:?}"
            );
        }
        assert!(matches!(read(b"3\r\nabc\r", 1), Err(ParseError::Incomplete)));
    }

    #[test]
    fn lines_have_a_bound_each_and_together() {
        let chunk = |extension: usize| format!("1;{}\r\nx\r\n", "a".repeat(extension));
        let end = "0\r\n\r\n";
        assert!(read((chunk(4000) + end).as_bytes(), 1000).is_ok());
        assert!(read((chunk(5000) + end).as_bytes(), 1000).is_err());
        assert!(read((chunk(4000).repeat(5) + end).as_bytes(), 1000).is_err());
        assert!(
            read((chunk(8).repeat(50_000) + end).as_bytes(), 1000).is_ok(),
            "small chunks are no attack"
        );
        let trailers = format!("0\r\n{}\r\n", "a:\r\n".repeat(5000));
        assert!(read(trailers.as_bytes(), 1000).is_err());
        // Nothing is kept of a line without an end.
        assert!(read("a".repeat(5000).as_bytes(), 1).is_err());
    }

    #[test]
    fn small_chunks_that_have_come_together_are_handed_on_together() {
        let decode = |body: String| {
            let (mut chunked, mut input) = (Chunked::new(), BytesMut::from(body.as_bytes()));
            std::iter::from_fn(move || chunked.decode(&mut input).transpose())
        };
        let small = "1\r\nx\r\n".repeat(10_000);
        let parts = decode(format!("{small}0\r\n\r\n")).take(2);
        let parts: Vec<_> = parts.map(Result::unwrap).collect();
        assert_eq!(parts, [Some("x".repeat(10_000).into()), None]);
        // As far as it is right.
        let mut parts = decode(format!("{small}z"));
        assert_eq!(parts.next().unwrap().unwrap(), Some("x".repeat(10_000).into()));
        assert!(parts.next().unwrap().is_err());
        // A large one is not copied.
        let large = format!("2000\r\n{}\r\n1\r\nx\r\n", "y".repeat(0x2000));
        let parts: Vec<_> = decode(large).map(Result::unwrap).collect();
        assert_eq!(parts, [Some("y".repeat(0x2000).into()), Some("x".into())]);
    }

    #[test]
    fn the_largest_size_is_that_of_a_number() {
        let mut input = BytesMut::from("ffffffffffffffff\r\nab");
        let mut chunked = Chunked::new();
        assert_eq!(chunked.decode(&mut input).unwrap(), Some(Some(Bytes::from("ab"))));
        assert_eq!(chunked.decode(&mut input).unwrap(), None);
    }
}
