//! The W3C `traceparent` header: which trace a request belongs to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `00-`, the trace's id, `-`, the parent's id, `-`, the flags.
const LENGTH: usize = 55;

/// A checked `traceparent` in the shape of the standard's first version, which is what this process speaks.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct TraceParent([u8; LENGTH]);

impl TraceParent {
    /// Reads a header's value; anything that the standard does not allow is as if it were not there.
    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let mut parts = text.split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (parent_id, flags) = (parts.next()?, parts.next()?);
        // Later versions may append parts; the first version has none, and `ff` is no version.
        let is_version = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let is_id = |text: &str, length| is_hex(text, length) && text.bytes().any(|byte| byte != b'0');
        let is_fit = is_version && is_id(trace_id, 32) && is_id(parent_id, 16) && is_hex(flags, 2);
        let mut text = *value.first_chunk().filter(|_| is_fit)?;
        text[..2].copy_from_slice(b"00");
        Some(Self(text))
    }

    fn as_str(&self) -> &str {
        // Checked above to be ASCII, so this never takes the empty default.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// 32 lower-case hexadecimal digits, not all zero.
    pub(crate) fn trace_id(&self) -> &str {
        self.as_str().get(3..35).unwrap_or_default()
    }

    /// 16 lower-case hexadecimal digits, not all zero.
    pub(crate) fn parent_id(&self) -> &str {
        self.as_str().get(36..52).unwrap_or_default()
    }
}

impl fmt::Debug for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceParent({})", self.as_str())
    }
}

impl From<TraceParent> for String {
    fn from(trace: TraceParent) -> Self {
        trace.as_str().to_owned()
    }
}

impl TryFrom<String> for TraceParent {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::read(text.as_bytes()).ok_or("not a `traceparent` as the standard has it")
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    fn read(text: &str) -> Option<(String, String)> {
        let parent = TraceParent::read(text.as_bytes())?;
        Some((parent.trace_id().to_owned(), parent.parent_id().to_owned()))
    }

    #[test]
    fn a_trace_is_taken_over() {
        let expected = Some((TRACE.to_owned(), PARENT.to_owned()));
        assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01")), expected);
        assert_eq!(read(&format!("01-{TRACE}-{PARENT}-00-later")), expected);
    }

    #[test]
    fn what_the_standard_forbids_is_ignored() {
        let upper = TRACE.to_uppercase();
        for text in [
            String::new(),
            format!("00-{TRACE}-{PARENT}"),
            format!("00-{TRACE}-{PARENT}-01-more"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{upper}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{}-{PARENT}-01", &TRACE[1..]),
            format!("00-{TRACE}-{PARENT}-0x"),
        ] {
            assert_eq!(read(&text), None, "{text}");
        }
    }

    #[test]
    fn a_later_version_goes_on_as_the_first_one() {
        let later = TraceParent::read(format!("01-{TRACE}-{PARENT}-01-later").as_bytes());
        assert_eq!(later.map(String::from), Some(format!("00-{TRACE}-{PARENT}-01")));
    }
}
