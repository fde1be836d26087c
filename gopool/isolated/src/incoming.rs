//! Frames on their way in, whatever the pieces in which they come.

use bytes::Bytes;

use crate::frame::{Expected, Frame, HEADER, Header, Kind, Malformed};

/// What is read at once while nobody knows how much there is, in bytes. Most frames are smaller, so one read brings them whole.
const FIRST: usize = 16 << 10;

/// The bytes of one frame so far, and of those that follow it.
#[derive(Debug)]
pub(crate) struct Incoming {
    expected: Expected,
    buffer: Vec<u8>,
    /// Where in the buffer the frame begins; those before it are taken.
    start: usize,
    header: Option<Header>,
}

impl Incoming {
    pub(crate) fn new(expected: Expected) -> Self {
        Self {
            expected,
            buffer: Vec::new(),
            start: 0,
            header: None,
        }
    }

    /// Takes nothing.
    pub(crate) fn nothing() -> Self {
        Self::new(Expected {
            kinds: &[],
            job: None,
            body: 0,
        })
    }

    /// What the next frame may be.
    pub(crate) fn expect(&mut self, kinds: &'static [Kind]) {
        self.expected.kinds = kinds;
    }

    /// Where to put what comes next: with room for at least a byte of it, and for as much as the frame still has, or may have.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let whole = self.header.map_or(FIRST, |header| header.whole());
        let missing = whole.saturating_sub(self.buffer.len());
        self.buffer.reserve_exact(missing);
        &mut self.buffer
    }

    /// The frame, once it is whole.
    ///
    /// # Errors
    /// What came is no frame that is expected.
    pub(crate) fn frame(&mut self) -> Result<Option<Frame>, Malformed> {
        let arrived = self.buffer.get(self.start..).unwrap_or_default();
        let header = match self.header {
            Some(header) => header,
            None => {
                let Some(bytes) = arrived.first_chunk::<HEADER>() else {
                    return Ok(None);
                };
                *self.header.insert(Header::read(bytes, &self.expected)?)
            }
        };
        let whole = header.whole();
        if arrived.len() < whole {
            return Ok(None);
        }
        if arrived.len() > whole && !header.kind.is_followed() {
            return Err(Malformed::Excess);
        }
        self.header = None;
        let bytes = self.take(whole, header.kind);
        let body = HEADER + header.head;
        Ok(Some(Frame {
            kind: header.kind,
            job: header.job,
            head: bytes.slice(HEADER..body),
            body: bytes.slice(body..),
        }))
    }

    /// The bytes of a whole frame. A small part is copied, or a queue of such would keep alive what they arrived in.
    fn take(&mut self, whole: usize, kind: Kind) -> Bytes {
        let is_alone = self.start == 0 && self.buffer.len() == whole;
        if is_alone && (!kind.is_followed() || whole > FIRST / 2) {
            return std::mem::take(&mut self.buffer).into();
        }
        let frame = Bytes::copy_from_slice(&self.buffer[self.start..self.start + whole]);
        self.start += whole;
        frame
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::frame::MAX_HEAD;

    const MAX_BODY: u64 = 40_000;
    const EXPECTED: Expected = Expected {
        kinds: &[Kind::Ready, Kind::Answer, Kind::Begin, Kind::Part],
        job: Some(7),
        body: MAX_BODY,
    };

    fn written(header: Header, fill: u8) -> Vec<u8> {
        let mut bytes = header.to_bytes().to_vec();
        bytes.resize(header.whole(), fill);
        bytes
    }

    /// Gives the bytes in pieces of these lengths at most, as long as there is room; the allocation must keep within the limits.
    fn feed(
        incoming: &mut Incoming,
        mut bytes: &[u8],
        piece: &mut impl FnMut() -> usize,
    ) -> Result<Option<Frame>, Malformed> {
        let most = HEADER + MAX_HEAD + usize::try_from(MAX_BODY).unwrap();
        while !bytes.is_empty() {
            let room = incoming.room();
            assert!(room.capacity() <= most.max(FIRST), "{}", room.capacity());
            let free = room.capacity() - room.len();
            assert!(free > 0 || !room.is_empty());
            let (now, rest) = bytes.split_at(piece().min(free.max(1)).min(bytes.len()));
            room.extend_from_slice(now);
            bytes = rest;
            if let Some(frame) = incoming.frame()? {
                return Ok(Some(frame));
            }
        }
        Ok(None)
    }

    #[test]
    fn a_frame_is_whole_whatever_the_pieces_it_comes_in() {
        let mut random = fastrand::Rng::with_seed(3);
        for (head, body) in [(0, 0), (5, 0), (0, 7), (100, 20_000), (30_000, 40_000)] {
            let header = Header {
                kind: Kind::Answer,
                job: 7,
                head,
                body,
            };
            for _ in 0..20 {
                let mut incoming = Incoming::new(EXPECTED);
                let most = [1, 3, 30, 5_000, 100_000][random.usize(..5)];
                let mut piece = || random.usize(1..=most);
                let frame = feed(&mut incoming, &written(header, 9), &mut piece)
                    .unwrap()
                    .unwrap();
                assert_eq!((frame.head.len(), frame.body.len()), (head, body));
                assert!(frame.head.iter().chain(&frame.body).all(|byte| *byte == 9));
                assert!(incoming.buffer.is_empty() && incoming.header.is_none());
            }
        }
    }

    #[test]
    fn what_comes_behind_a_frame_is_a_mistake() {
        let header = Header {
            kind: Kind::Answer,
            job: 7,
            head: 2,
            body: 2,
        };
        let mut bytes = written(header, 1);
        bytes.push(1);
        let mut incoming = Incoming::new(EXPECTED);
        let whole = bytes.len();
        assert_eq!(feed(&mut incoming, &bytes, &mut || whole), Err(Malformed::Excess));
    }

    #[test]
    fn parts_that_come_together_are_told_apart_and_what_is_left_is_none() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..50 {
            let sizes: Vec<usize> = (0..40).map(|_| [0, 1, 100, 30_000][random.usize(..4)]).collect();
            let frame = |kind, body| Header {
                kind,
                job: 7,
                head: 3,
                body,
            };
            let mut bytes = written(frame(Kind::Begin, 5), 0);
            for (n, size) in sizes.iter().enumerate() {
                bytes.extend(written(frame(Kind::Part, *size), n as u8));
            }
            bytes.extend(written(frame(Kind::Answer, 0), 9));
            let mut incoming = Incoming::new(EXPECTED);
            let mut frames = Vec::new();
            let mut rest = &bytes[..];
            loop {
                while let Some(frame) = incoming.frame().unwrap() {
                    frames.push(frame);
                }
                if rest.is_empty() {
                    break;
                }
                let room = incoming.room();
                let free = room.capacity() - room.len();
                let (now, later) = rest.split_at(random.usize(1..=free).min(rest.len()));
                room.extend_from_slice(now);
                rest = later;
            }
            let parts = &frames[1..frames.len() - 1];
            let seen: Vec<_> = parts.iter().map(|part| part.body.len()).collect();
            assert_eq!(seen, sizes);
            let is_right = |(n, part): (usize, &Frame)| part.body.iter().all(|byte| *byte == n as u8);
            assert!(parts.iter().enumerate().all(is_right));
            assert_eq!(frames.last().unwrap().kind, Kind::Answer);
            assert!(incoming.header.is_none() && incoming.room().is_empty());
        }
    }

    /// Frames of which some bytes were changed, cut out or put in.
    fn mutated(random: &mut fastrand::Rng) -> Vec<u8> {
        let small = [0, 1, 24, 300][random.usize(..4)];
        let header = Header {
            kind: [Kind::Ready, Kind::Answer, Kind::Begin, Kind::Part, Kind::Job][random.usize(..5)],
            job: 7,
            head: random.usize(..=small),
            body: random.usize(..=small),
        };
        let mut bytes = written(header, random.u8(..));
        for _ in 0..random.usize(..4) {
            // Mostly in the header, where it matters.
            let until = if random.bool() { HEADER } else { bytes.len() };
            let at = random.usize(..until.min(bytes.len()).max(1));
            match random.u8(..4) {
                0 if at < bytes.len() => drop(bytes.remove(at)),
                1 => bytes.insert(at.min(bytes.len()), random.u8(..)),
                2 => bytes.truncate(at),
                _ if at < bytes.len() => bytes[at] = random.u8(..),
                _ => {}
            }
        }
        bytes
    }

    #[test]
    fn a_million_mutated_frames_neither_panic_nor_allocate_over_the_limits() {
        let mut random = fastrand::Rng::with_seed(11);
        let (mut whole, mut refused) = (0, 0);
        for _ in 0..1_000_000 {
            let bytes = mutated(&mut random);
            let mut incoming = Incoming::new(EXPECTED);
            let most = [3, 24, 100_000][random.usize(..3)];
            match feed(&mut incoming, &bytes, &mut || most) {
                Ok(Some(frame)) => {
                    whole += 1;
                    assert!(EXPECTED.kinds.contains(&frame.kind) && frame.job == 7);
                    assert!(frame.body.len() as u64 <= MAX_BODY && frame.head.len() <= MAX_HEAD);
                }
                Ok(None) => {}
                Err(_) => refused += 1,
            }
        }
        assert!(
            whole > 100_000 && refused > 100_000,
            "{whole} whole, {refused} refused"
        );
    }
}
