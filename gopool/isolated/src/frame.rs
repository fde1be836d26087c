//! One frame: a header of fixed size, a head that is text, a body that is bytes. All numbers are little-endian.
//!
//! What a child sends may come from memory that its handler has destroyed. So nothing in it is believed before it is checked, and nothing
//! is allocated for it before its lengths are.

use std::fmt;

use bytes::Bytes;

/// The bytes of a header.
pub(crate) const HEADER: usize = 24;
/// Begins every header; its last letter is the version of the format.
const MAGIC: [u8; 4] = *b"gpi1";
/// The longest head of a job or an answer, in bytes.
pub const MAX_HEAD: usize = 1 << 20;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// To a child, first of all: what it needs to know.
    Hello = 1,
    /// To a child: what is to be done.
    Job = 2,
    /// From a child: jobs may come.
    Ready = 17,
    /// From a child: it cannot start, and why.
    Failed = 18,
    /// From a child: what its job came to; of an answer in parts, its end.
    Answer = 19,
    /// From a child: an answer begins that comes in parts, with the first one.
    Begin = 20,
    /// From a child: the next part.
    Part = 21,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Hello,
        Self::Job,
        Self::Ready,
        Self::Failed,
        Self::Answer,
        Self::Begin,
        Self::Part,
    ];

    /// Whether more frames about the same job come behind it.
    pub(crate) fn is_followed(self) -> bool {
        matches!(self, Self::Begin | Self::Part)
    }

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The fixed part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    /// Which job it is about; 0 for none.
    pub(crate) job: u32,
    /// The length of the head, in bytes.
    pub(crate) head: usize,
    /// The length of the body, in bytes.
    pub(crate) body: usize,
}

/// What the reader of a frame is ready to take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) kinds: &'static [Kind],
    pub(crate) job: Option<u32>,
    /// The longest body, in bytes.
    pub(crate) body: u64,
}

/// A whole frame. Head and body share the memory that they arrived in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) job: u32,
    pub(crate) head: Bytes,
    pub(crate) body: Bytes,
}

/// Why something is no frame that could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// It does not begin as a frame does.
    Magic,
    /// Nobody knows its kind, or it is of no use now.
    Kind(u8),
    /// Bytes that must be zero are not.
    Padding,
    /// It is about another job.
    Job(u32),
    /// The head is too long.
    Head(u32),
    /// The body is longer than the limit.
    Body { length: u64, limit: u64 },
    /// More came than the frame has.
    Excess,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("what came is no frame"),
            Self::Kind(kind) => write!(f, "a frame of the kind {kind} was not expected"),
            Self::Padding => f.write_str("the header of a frame holds what it must not"),
            Self::Job(job) => write!(f, "a frame is about the job {job}, which is not the one at hand"),
            Self::Head(length) => write!(f, "a head of {length} bytes is over the limit of {MAX_HEAD}"),
            Self::Body { length, limit } => {
                write!(f, "a body of {length} bytes is over the limit of {limit}")
            }
            Self::Excess => f.write_str("more bytes came than the frame has"),
        }
    }
}

impl std::error::Error for Malformed {}

impl Header {
    pub(crate) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4] = self.kind as u8;
        bytes[8..12].copy_from_slice(&self.job.to_le_bytes());
        let head = u32::try_from(self.head).unwrap_or(u32::MAX);
        bytes[12..16].copy_from_slice(&head.to_le_bytes());
        bytes[16..].copy_from_slice(&(self.body as u64).to_le_bytes());
        bytes
    }

    /// # Errors
    /// Why nobody would take the rest of this frame.
    pub(crate) fn read(bytes: &[u8; HEADER], expected: &Expected) -> Result<Self, Malformed> {
        let [
            m0,
            m1,
            m2,
            m3,
            kind,
            p0,
            p1,
            p2,
            j0,
            j1,
            j2,
            j3,
            h0,
            h1,
            h2,
            h3,
            body @ ..,
        ] = *bytes;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(Malformed::Magic);
        }
        let is_expected = |known: &Kind| expected.kinds.contains(known);
        let kind = Kind::of(kind).filter(is_expected).ok_or(Malformed::Kind(kind))?;
        if [p0, p1, p2] != [0; 3] {
            return Err(Malformed::Padding);
        }
        let job = u32::from_le_bytes([j0, j1, j2, j3]);
        if expected.job.is_some_and(|expected| expected != job) {
            return Err(Malformed::Job(job));
        }
        let head = u32::from_le_bytes([h0, h1, h2, h3]);
        let length = u64::from_le_bytes(body);
        let too_long = Malformed::Body {
            length,
            limit: expected.body,
        };
        Ok(Self {
            kind,
            job,
            head: Some(head as usize)
                .filter(|head| *head <= MAX_HEAD)
                .ok_or(Malformed::Head(head))?,
            body: usize::try_from(length)
                .ok()
                .filter(|_| length <= expected.body)
                .ok_or(too_long)?,
        })
    }

    /// The length of the whole frame, in bytes.
    pub(crate) fn whole(&self) -> usize {
        HEADER.saturating_add(self.head).saturating_add(self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Expected = Expected {
        kinds: &Kind::ALL,
        job: None,
        body: 1000,
    };

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for kind in Kind::ALL {
            let header = Header {
                kind,
                job: 0x0102_0304,
                head: MAX_HEAD,
                body: 1000,
            };
            assert_eq!(Header::read(&header.to_bytes(), &ANY), Ok(header));
        }
    }

    #[test]
    fn each_field_is_checked() {
        let good = Header {
            kind: Kind::Answer,
            job: 7,
            head: 3,
            body: 1000,
        };
        let expected = Expected {
            kinds: &[Kind::Answer],
            job: Some(7),
            ..ANY
        };
        assert!(Header::read(&good.to_bytes(), &expected).is_ok());
        let with = |at: usize, byte: u8| {
            let mut bytes = good.to_bytes();
            bytes[at] = byte;
            Header::read(&bytes, &expected).err()
        };
        assert_eq!(with(3, b'2'), Some(Malformed::Magic));
        assert_eq!(with(4, 99), Some(Malformed::Kind(99)));
        assert_eq!(
            with(4, Kind::Ready as u8),
            Some(Malformed::Kind(Kind::Ready as u8))
        );
        assert_eq!(with(7, 1), Some(Malformed::Padding));
        assert_eq!(with(8, 8), Some(Malformed::Job(8)));
        assert_eq!(with(14, 0xff), Some(Malformed::Head(0x00ff_0003)));
        let too_long = Malformed::Body {
            length: 1000 + (1 << 56),
            limit: 1000,
        };
        assert_eq!(with(23, 1), Some(too_long));
    }
}
