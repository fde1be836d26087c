//! What is given to a child, and what comes back.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytes::Bytes;

/// What stands before the application's words in the head of a job or an answer, in bytes.
pub const HEAD_OVERHEAD: usize = Usage::BYTES;

/// Something to be done in a child.
#[derive(Clone, Default)]
pub struct Job {
    /// What it is, in words that only the application knows. At most a mebibyte, less [`HEAD_OVERHEAD`](crate::HEAD_OVERHEAD).
    pub head: Vec<u8>,
    /// What it works on.
    pub body: Bytes,
    /// The most memory that the child may have while it does it, in bytes, if that is less than for all jobs.
    pub memory: Option<u64>,
    /// Done by a child that has had no job before, and will have no other.
    pub fresh: bool,
    /// How the log calls it.
    pub label: Label,
}

/// How the log calls a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// What kind of job it is.
    pub route: String,
    /// Which one it is.
    pub request_id: String,
}

/// How long a job may take.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Until when it may wait for a child.
    pub wait_until: Instant,
    /// From when a child has it; of an answer in parts, from one part to the next.
    pub limit: Duration,
    /// When it has to be over in any case.
    pub until: Option<Instant>,
}

/// What a job came to, as its child says it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What it is, in the application's words. At most a mebibyte, less [`HEAD_OVERHEAD`](crate::HEAD_OVERHEAD).
    pub head: Vec<u8>,
    /// What was made.
    pub body: Bytes,
}

/// An answer that has arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Answered {
    /// As the child wrote it, or what its memory was when it wrote: not to be believed.
    pub head: Bytes,
    /// The same.
    pub body: Bytes,
    /// What the child says that it took.
    pub usage: Usage,
}

/// What is heard of a job that a child has.
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// Its answer begins, and comes in parts.
    Begun(Begun),
    /// The next part.
    Part(Bytes),
    /// Its answer; of one in parts, its end.
    Answered(Answered),
}

/// The beginning of an answer that comes in parts. Not to be believed, as [`Answered`].
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// What it is, in the application's words.
    pub head: Bytes,
    /// The first part.
    pub body: Bytes,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun(begun) => begun.fmt(f),
            Self::Part(part) => write!(f, "Part({} bytes)", part.len()),
            Self::Answered(answered) => answered.fmt(f),
        }
    }
}

/// What a job took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// From its start to its end.
    pub ran: Duration,
    /// Of the processor.
    pub cpu: Duration,
    /// The most memory that its child has had in its life, in bytes.
    pub peak: u64,
}

impl Usage {
    /// It stands at the beginning of an answer's head, as three numbers.
    pub(crate) const BYTES: usize = 24;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let mut bytes = [0; Self::BYTES];
        let numbers = [micros(self.ran), micros(self.cpu), self.peak];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }

    /// Takes it from the beginning of a head; `None` when that is too short.
    pub(crate) fn split_from(head: &Bytes) -> Option<(Self, Bytes)> {
        let bytes = head.first_chunk::<{ Self::BYTES }>()?;
        let [ran, cpu, peak] = [0, 8, 16].map(|at| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(number)
        });
        let usage = Self {
            ran: Duration::from_micros(ran),
            cpu: Duration::from_micros(cpu),
            peak,
        };
        Some((usage, head.slice(Self::BYTES..)))
    }
}

/// What clients send and get is not for logs: these tell the lengths.
macro_rules! debug_by_length {
    ($($type:ident)*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type))
                    .field("head", &self.head.len())
                    .field("body", &self.body.len())
                    .finish_non_exhaustive()
            }
        }
    )*};
}

debug_by_length! { Job Answer Answered Begun }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_took_is_read_as_it_was_written() {
        let usage = Usage {
            ran: Duration::from_micros(7),
            cpu: Duration::from_secs(3),
            peak: u64::MAX,
        };
        let head = Bytes::from([&usage.to_bytes()[..], b"rest"].concat());
        assert_eq!(
            Usage::split_from(&head),
            Some((usage, Bytes::from_static(b"rest")))
        );
        assert_eq!(Usage::split_from(&Bytes::from_static(b"short")), None);
    }
}
