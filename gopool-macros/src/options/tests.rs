//! What a duration and a size may look like.

use super::{bytes, millis};

#[test]
fn durations_are_milliseconds_unless_they_name_a_unit() {
    let cases = [
        ("30s", Some(30_000)),
        ("500ms", Some(500)),
        ("2m", Some(120_000)),
        ("1h", Some(3_600_000)),
        ("7", Some(7)),
        ("1 s", Some(1_000)),
        ("10 parsecs", None),
        ("-1s", None),
        ("1.5s", None),
        ("", None),
        ("99999999999999999999s", None),
        ("18446744073709551615h", None),
    ];
    for (text, expected) in cases {
        assert_eq!(millis(text), expected, "{text}");
    }
}

#[test]
fn sizes_know_powers_of_1000_and_of_1024() {
    let cases = [
        ("10MB", Some(10_000_000)),
        ("512KB", Some(512_000)),
        ("3GB", Some(3_000_000_000)),
        ("1kB", Some(1_000)),
        ("1B", Some(1)),
        ("1KiB", Some(1024)),
        ("1GiB", Some(1 << 30)),
        ("2 MiB", Some(2 << 20)),
        ("7", Some(7)),
        ("10 XB", None),
        ("MB", None),
    ];
    for (text, expected) in cases {
        assert_eq!(bytes(text), expected, "{text}");
    }
}
