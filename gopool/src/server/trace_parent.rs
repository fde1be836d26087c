//! The W3C `traceparent` header: which trace a request belongs to.

/// A checked `traceparent`, still as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceParent<'a> {
    /// 32 lower-case hexadecimal digits, not all zero.
    pub(super) trace_id: &'a str,
    /// 16 lower-case hexadecimal digits, not all zero.
    pub(super) parent_id: &'a str,
}

impl<'a> TraceParent<'a> {
    /// Reads a header's value; anything that the standard does not allow is as if it were not there.
    pub(super) fn read(value: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?;
        let mut parts = text.split('-');
        let (version, trace_id) = (parts.next()?, parts.next()?);
        let (parent_id, flags) = (parts.next()?, parts.next()?);
        // Later versions may append parts; the first version has none, and `ff` is no version.
        let is_version = is_hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        let is_id = |text: &str, length| is_hex(text, length) && text.bytes().any(|byte| byte != b'0');
        let is_fit = is_version && is_id(trace_id, 32) && is_id(parent_id, 16) && is_hex(flags, 2);
        is_fit.then_some(Self { trace_id, parent_id })
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

    fn read(text: &str) -> Option<(&str, &str)> {
        TraceParent::read(text.as_bytes()).map(|parent| (parent.trace_id, parent.parent_id))
    }

    #[test]
    fn a_trace_is_taken_over() {
        assert_eq!(read(&format!("00-{TRACE}-{PARENT}-01")), Some((TRACE, PARENT)));
        assert_eq!(
            read(&format!("01-{TRACE}-{PARENT}-00-later")),
            Some((TRACE, PARENT))
        );
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
}
