//! The id of a request: the client's, when it is fit to be logged, or one of ours.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use serde::{Deserialize, Serialize};

/// The longest id taken over from a client, in bytes.
const MAX_LENGTH: usize = 128;

/// The id of a request, as it stands in the `x-request-id` header, in log lines and in problems.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(Text);

/// Ours has a fixed length and so needs no allocation.
#[derive(Clone)]
enum Text {
    Made([u8; 32]),
    Given(Box<str>),
}

impl RequestId {
    /// A new one: 32 hexadecimal digits, the shape of a W3C trace id.
    pub fn random() -> Self {
        let mut digits = [0; 32];
        for eight in digits.chunks_exact_mut(8) {
            eight.copy_from_slice(&eight_digits(fastrand::u64(..)));
        }
        Self(Text::Made(digits))
    }

    /// The client's own, if it is 1 to 128 visible ASCII characters: anything else could forge log lines.
    pub fn from_client(given: &[u8]) -> Option<Self> {
        let fit = (1..=MAX_LENGTH).contains(&given.len()) && given.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(given).ok().filter(|_| fit)?;
        Some(Self(Text::Given(text.into())))
    }

    /// The bytes of its text, all of them visible ASCII.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Made(digits) => digits,
            Text::Given(text) => text.as_bytes(),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Made of ASCII digits only, so this never takes the empty default.
            Text::Made(digits) => std::str::from_utf8(digits).unwrap_or_default(),
            Text::Given(text) => text,
        }
    }
}

/// A hexadecimal digit for the lower half of each byte, all eight at once: each request needs an id.
fn eight_digits(random: u64) -> [u8; 8] {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let values = random & (EACH * 0xf);
    // Six more than 9 is the first number of the upper half.
    let is_letter = ((values + EACH * 6) >> 4) & EACH;
    let digits = values + EACH * u64::from(b'0') + is_letter * u64::from(b'a' - b'0' - 10);
    digits.to_ne_bytes()
}

/// Two ids are the same when their texts are, whoever made them.
impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for RequestId {}

impl Hash for RequestId {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.as_str().hash(hasher);
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestId({self})")
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> Self {
        id.as_str().to_owned()
    }
}

impl TryFrom<String> for RequestId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_client(text.as_bytes()).ok_or("a request id is 1 to 128 visible ASCII characters")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_visible_ascii_id_is_taken_over() {
        assert_eq!(RequestId::from_client(b"abc-123").unwrap().as_str(), "abc-123");
        assert!(RequestId::from_client(&[b'x'; MAX_LENGTH]).is_some());
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not() {
        for bad in [&b""[..], b"a b", b"a\nb", b"\xff", &[b'x'; MAX_LENGTH + 1]] {
            assert_eq!(RequestId::from_client(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn every_half_of_a_byte_has_its_digit() {
        let low = eight_digits(u64::from_ne_bytes([0, 1, 2, 3, 4, 5, 0xf6, 0xf7]));
        let high = eight_digits(u64::from_ne_bytes([8, 9, 0xa, 0xb, 0xc, 0xd, 0xfe, 0xff]));
        assert_eq!([low, high].as_flattened(), b"0123456789abcdef");
    }

    #[test]
    fn made_ids_are_trace_ids_and_differ() {
        let (one, two) = (RequestId::random(), RequestId::random());
        assert_ne!(one, two);
        assert!(one.as_str().len() == 32 && one.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
    }
}
