//! Constant text in a path.

use std::ops::Range;

use super::{
    mistake::{Found, found},
    percent::{self, encoded},
};

/// What may stand in a segment, apart from letters, digits and percent-encoded bytes (RFC 3986, `pchar`).
const PUNCTUATION: &str = "-._~!$&'()*+,;=:@";

/// Judges constant text.
pub(super) fn constant(path: &str, part: Range<usize>) -> Result<(), Found> {
    let text = &path[part.clone()];
    if matches!(text, "." | "..") {
        let message = format!("`{text}` is resolved by clients and never arrives");
        return Err(found(part, message, "remove it"));
    }
    characters(path, part)
}

/// Judges constant text that is a part of a segment.
pub(super) fn characters(path: &str, part: Range<usize>) -> Result<(), Found> {
    let text = &path[part.clone()];
    for (at, c) in text.char_indices() {
        let here = part.start + at..part.start + at + c.len_utf8();
        if c == '%' {
            percent::check(path, here.start)?;
        } else if !c.is_ascii_alphanumeric() && !PUNCTUATION.contains(c) {
            let help = format!("write it percent-encoded: `{}`", encoded(c));
            return Err(found(here, format!("`{c}` cannot stand in a path"), help));
        }
    }
    Ok(())
}
