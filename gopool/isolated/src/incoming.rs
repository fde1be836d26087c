//! A frame on its way in, whatever the pieces in which it comes.

use bytes::Bytes;

use crate::frame::{Expected, Frame, HEADER, Header, Malformed};

/// What is read at once while nobody knows how much there is, in bytes. Most frames are smaller, so one read brings them whole.
const FIRST: usize = 16 << 10;

/// The bytes of one frame so far.
#[derive(Debug)]
pub(crate) struct Incoming {
    expected: Expected,
    /// Never has room for more than the frame once its header is known.
    buffer: Vec<u8>,
    header: Option<Header>,
}

impl Incoming {
    pub(crate) fn new(expected: Expected) -> Self {
        Self {
            expected,
            buffer: Vec::new(),
            header: None,
        }
    }

    /// Where to put what comes next: with room for at least a byte of it, and for nothing behind the frame.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
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
        let header = match self.header {
            Some(header) => header,
            None => {
                let Some(bytes) = self.buffer.first_chunk::<HEADER>() else {
                    return Ok(None);
                };
                *self.header.insert(Header::read(bytes, &self.expected)?)
            }
        };
        let whole = header.whole();
        if self.buffer.len() > whole {
            return Err(Malformed::Excess);
        }
        if self.buffer.len() < whole {
            return Ok(None);
        }
        self.header = None;
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        let body = HEADER + header.head;
        Ok(Some(Frame {
            kind: header.kind,
            job: header.job,
            head: bytes.slice(HEADER..body),
            body: bytes.slice(body..),
        }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;
    use crate::frame::{Kind, MAX_HEAD};

    const MAX_BODY: u64 = 40_000;
    const EXPECTED: Expected = Expected {
        kinds: &[Kind::Ready, Kind::Answer],
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

    /// Frames of which some bytes were changed, cut out or put in.
    fn mutated(random: &mut fastrand::Rng) -> Vec<u8> {
        let small = [0, 1, 24, 300][random.usize(..4)];
        let header = Header {
            kind: [Kind::Ready, Kind::Answer, Kind::Job][random.usize(..3)],
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
