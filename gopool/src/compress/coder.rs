//! zstd, gzip and deflate, by the libraries that know them.

use std::io::{self, BufRead, Read, Write as _};

use bytes::Bytes;
use flate2::{
    Compression,
    bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder},
    write::GzEncoder,
};
use zstd::stream::{read::Decoder as ZstdDecoder, write::Encoder as ZstdEncoder};

use super::coding::{Coding, Fault};

/// The quickest level of both: a higher one takes several times as long for a few percent.
const ZSTD_LEVEL: i32 = 1;
const GZIP_LEVEL: Compression = Compression::new(1);
/// The largest window that a coded body may ask for, as a power of two: 8 MiB, as RFC 9659 has it.
const MOST_WINDOW_LOG: u32 = 23;
/// So much is done between two looks whether anybody still wants it, in bytes.
const STEP: usize = 256 << 10;

/// Codes one body.
pub(crate) enum Encoder {
    Zstd(Box<ZstdEncoder<'static, Vec<u8>>>),
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Encoder {
    /// One for a body of so many bytes, if that is known. `None` where there is none for replies, or no memory for it.
    pub(crate) fn new(coding: Coding, length: Option<usize>) -> Option<Self> {
        match coding {
            Coding::Zstd => {
                let mut encoder = ZstdEncoder::new(Vec::new(), ZSTD_LEVEL).ok()?;
                // What is known to be short needs little memory at both ends.
                encoder
                    .set_pledged_src_size(length.map(|length| length as u64))
                    .ok()?;
                Some(Self::Zstd(Box::new(encoder)))
            }
            Coding::Gzip => Some(Self::Gzip(Box::new(GzEncoder::new(Vec::new(), GZIP_LEVEL)))),
            Coding::Deflate => None,
        }
    }

    /// A whole body; `None` when it cannot be coded, or nobody wants it any more.
    pub(super) fn whole(coding: Coding, body: &[u8]) -> Option<Vec<u8>> {
        let mut encoder = Self::new(coding, Some(body.len()))?;
        for step in body.chunks(STEP) {
            if gopool_pool::cancelled() {
                return None;
            }
            encoder.write(step).ok()?;
        }
        encoder.end().ok()
    }

    /// The next part, coded so that whoever has it can decode all of it.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn part(&mut self, part: &[u8]) -> io::Result<Bytes> {
        self.write(part)?;
        let coded = match self {
            Self::Zstd(encoder) => {
                encoder.flush()?;
                encoder.get_mut()
            }
            Self::Gzip(encoder) => {
                encoder.flush()?;
                encoder.get_mut()
            }
        };
        Ok(std::mem::take(coded).into())
    }

    /// What has to come behind the last part.
    ///
    /// # Errors
    /// Those of the library.
    pub(crate) fn end(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Zstd(encoder) => encoder.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
        }
    }
}

/// The body as it was before it was coded, if that is at most so many bytes.
pub(super) fn decode(coding: Coding, body: &[u8], most: usize) -> Result<Vec<u8>, Fault> {
    match coding {
        Coding::Zstd => {
            let mut decoder = ZstdDecoder::with_buffer(body).map_err(Fault::Broken)?;
            decoder.window_log_max(MOST_WINDOW_LOG).map_err(Fault::Broken)?;
            read_all(decoder, most)
        }
        Coding::Gzip => read_all(MultiGzDecoder::new(body), most),
        Coding::Deflate if has_zlib_head(body) => {
            let mut decoder = ZlibDecoder::new(body);
            let plain = read_all(&mut decoder, most)?;
            nothing_behind(decoder.into_inner(), plain)
        }
        Coding::Deflate => {
            let mut decoder = DeflateDecoder::new(body);
            let plain = read_all(&mut decoder, most)?;
            nothing_behind(decoder.into_inner(), plain)
        }
    }
}

/// `deflate` means the format of zlib, and some clients send what is inside of it: RFC 9110, section 8.4.1.2.
fn has_zlib_head(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => first & 0x0f == 8 && u16::from_be_bytes([*first, *second]).is_multiple_of(31),
        _ => false,
    }
}

fn nothing_behind(rest: impl BufRead, plain: Vec<u8>) -> Result<Vec<u8>, Fault> {
    match rest.bytes().next() {
        None => Ok(plain),
        Some(_) => Err(Fault::Broken(io::Error::other("there is more behind its end"))),
    }
}

fn read_all(mut from: impl Read, most: usize) -> Result<Vec<u8>, Fault> {
    let mut plain = Vec::new();
    loop {
        gopool_pool::checkpoint().map_err(|told| Fault::Broken(io::Error::other(told)))?;
        // One byte more than there may be tells that there are too many.
        let step = STEP.min(most.saturating_add(1) - plain.len());
        let step = (&mut from).take(step as u64).read_to_end(&mut plain);
        match step.map_err(Fault::Broken)? {
            0 => return Ok(plain),
            _ if plain.len() > most => return Err(Fault::TooLarge),
            _ => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use flate2::write::{DeflateEncoder, ZlibEncoder};

    use super::*;

    const ALL: [Coding; 3] = [Coding::Zstd, Coding::Gzip, Coding::Deflate];

    fn coded(coding: Coding, body: &[u8]) -> Vec<u8> {
        let Coding::Deflate = coding else {
            return Encoder::whole(coding, body).unwrap();
        };
        let mut encoder = ZlibEncoder::new(Vec::new(), GZIP_LEVEL);
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn text(length: usize) -> Vec<u8> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..length).map(|_| random.alphanumeric() as u8).collect()
    }

    fn is_broken(coding: Coding, body: &[u8]) -> bool {
        matches!(decode(coding, body, 1 << 20), Err(Fault::Broken(_)))
    }

    #[test]
    fn what_was_coded_is_decoded_up_to_the_limit_and_no_further() {
        for coding in ALL {
            for length in [1, 1000, STEP, STEP * 2 + 1] {
                let body = text(length);
                let coded = coded(coding, &body);
                assert_eq!(decode(coding, &coded, length).unwrap(), body, "{coding:?}");
                let one_less = decode(coding, &coded, length - 1);
                assert!(
                    matches!(one_less, Err(Fault::TooLarge)),
                    "{coding:?} {one_less:?}"
                );
            }
        }
    }

    #[test]
    fn a_bomb_is_too_large_before_it_is_decoded() {
        for coding in ALL {
            let bomb = coded(coding, &vec![0; 4 << 20]);
            assert!(
                matches!(decode(coding, &bomb, 2_000_000), Err(Fault::TooLarge)),
                "{coding:?}"
            );
        }
    }

    #[test]
    fn what_ends_too_soon_goes_on_too_long_or_is_something_else_is_broken() {
        let body = text(3000);
        for coding in ALL {
            let coded = coded(coding, &body);
            for end in [1, 5, coded.len() / 2, coded.len() - 1] {
                assert!(is_broken(coding, &coded[..end]), "{coding:?} ends at {end}");
            }
            assert!(is_broken(coding, &[&coded[..], b"more"].concat()), "{coding:?}");
            assert!(is_broken(coding, b"{\"plain\": true}"), "{coding:?}");
        }
        let mut flipped = coded(Coding::Gzip, &body);
        let middle = flipped.len() - 5;
        flipped[middle] ^= 1;
        assert!(is_broken(Coding::Gzip, &flipped), "its checksum is wrong");
    }

    #[test]
    fn a_body_may_come_in_several_frames() {
        for coding in [Coding::Zstd, Coding::Gzip] {
            let both = [coded(coding, b"one, "), coded(coding, b"two")].concat();
            assert_eq!(decode(coding, &both, 8).unwrap(), b"one, two", "{coding:?}");
            assert!(
                matches!(decode(coding, &both, 7), Err(Fault::TooLarge)),
                "{coding:?}"
            );
        }
    }

    #[test]
    fn deflate_is_read_with_and_without_the_frame_of_zlib() {
        let mut encoder = DeflateEncoder::new(Vec::new(), GZIP_LEVEL);
        encoder.write_all(b"raw").unwrap();
        let raw = encoder.finish().unwrap();
        assert_eq!(decode(Coding::Deflate, &raw, 3).unwrap(), b"raw");
        assert!(is_broken(Coding::Deflate, &[&raw[..], b"more"].concat()));
    }

    #[test]
    fn a_window_is_at_most_8_mib() {
        let of_window = |log| {
            let mut encoder = ZstdEncoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(log).unwrap();
            encoder.write_all(&text(1000)).unwrap();
            encoder.finish().unwrap()
        };
        assert!(!is_broken(Coding::Zstd, &of_window(MOST_WINDOW_LOG)));
        assert!(is_broken(Coding::Zstd, &of_window(MOST_WINDOW_LOG + 1)));
    }

    #[test]
    fn each_part_can_be_decoded_when_it_has_come() {
        for coding in [Coding::Zstd, Coding::Gzip] {
            let mut encoder = Encoder::new(coding, None).unwrap();
            let mut come = Vec::new();
            for (count, part) in text(3000).chunks(1000).enumerate() {
                come.extend_from_slice(&encoder.part(part).unwrap());
                let mut plain = vec![0; (count + 1) * 1000];
                match coding {
                    Coding::Zstd => ZstdDecoder::new(&come[..])
                        .unwrap()
                        .read_exact(&mut plain)
                        .unwrap(),
                    _ => MultiGzDecoder::new(&come[..]).read_exact(&mut plain).unwrap(),
                }
            }
            come.extend(encoder.end().unwrap());
            assert_eq!(decode(coding, &come, 3000).unwrap(), text(3000), "{coding:?}");
        }
    }
}
