//! Percent-encoding in the constant parts of a path.

use super::mistake::{Found, char_length, found};

/// Judges the `%` at `at`: two hexadecimal digits follow, in capitals, and they are needed.
pub(super) fn check(path: &str, at: usize) -> Result<(), Found> {
    let digits = path
        .get(at + 1..at + 3)
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let Some(digits) = digits else {
        let end = path[at + 1..]
            .find('/')
            .map_or(path.len(), |slash| at + 1 + slash);
        let end = end.min(at + 1 + path.get(at + 1..).map_or(0, |rest| char_length(rest, 0)));
        let help = "write two hexadecimal digits behind it, or `%25` for the sign itself";
        return Err(found(at..end, "`%` begins no percent-encoded byte", help));
    };
    let byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    let whole = at..at + 3;
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        let help = format!("write `{}`", char::from(byte));
        return Err(found(
            whole,
            format!("`%{digits}` needs no percent-encoding"),
            help,
        ));
    }
    if digits.bytes().any(|digit| digit.is_ascii_lowercase()) {
        let help = format!("write `%{}`", digits.to_ascii_uppercase());
        return Err(found(
            whole,
            "percent-encoded bytes are written in capitals",
            help,
        ));
    }
    Ok(())
}

/// `é` as `%C3%A9`.
pub(super) fn encoded(c: char) -> String {
    let mut buffer = [0; 4];
    c.encode_utf8(&mut buffer)
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect()
}
