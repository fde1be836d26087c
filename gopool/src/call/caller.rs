//! Who calls, as operators are told.

use std::fmt;

/// So many characters of a key are told.
const SHOWN: usize = 4;
/// Of a shorter key they would be a good part.
const LEAST: usize = 16;

/// What a caller is known by, cut so that nobody can use it: how it begins, when it is long, and a mark that tells it from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caller {
    start: Option<[u8; SHOWN]>,
    mark: u32,
}

impl Caller {
    /// The caller of this key, by a hash of it that nobody else can make.
    pub(crate) fn of(key: &[u8], hash: u64) -> Self {
        let is_plain = |start: &[u8; SHOWN]| start.iter().all(u8::is_ascii_graphic);
        let start = key.first_chunk().copied().filter(is_plain);
        Self {
            start: start.filter(|_| key.len() >= LEAST),
            mark: (hash >> 32) as u32,
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.start.into_iter().flatten() {
            write!(f, "{}", char::from(byte))?;
        }
        write!(f, "…#{:08x}", self.mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_key_its_beginning_is_told_and_of_any_other_only_a_mark() {
        let told = |key: &str| Caller::of(key.as_bytes(), 0xfeed_0123_4567_89ab).to_string();
        assert_eq!(told("sk_live_0123456789"), "sk_l…#feed0123");
        for key in [
            "",
            "hunter2",
            "fifteen-letters",
            "é-more-than-sixteen",
            "a\tb more than sixteen",
        ] {
            assert_eq!(told(key), "…#feed0123", "{key}");
        }
    }
}
