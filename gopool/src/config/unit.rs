//! Numbers, times and sizes as texts.

use std::{ops::RangeInclusive, time::Duration};

// Longer than any sensible limit, and short enough that adding it to a clock never overflows.
const LONGEST: Duration = Duration::from_secs(8760 * 3600);

pub(super) fn within<T: PartialOrd, U: TryFrom<T>>(number: T, allowed: RangeInclusive<T>) -> Option<U> {
    if allowed.contains(&number) {
        U::try_from(number).ok()
    } else {
        None
    }
}

// Digits only: the standard parser would also take `+5`.
fn digits(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

pub(super) fn whole<T: TryFrom<u64> + PartialOrd>(text: &str, allowed: RangeInclusive<T>) -> Option<T> {
    digits(text)
        .and_then(|number| T::try_from(number).ok())
        .filter(|number| allowed.contains(number))
}

fn split_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((digits(number)?, unit))
}

pub(super) fn duration_above_zero(text: &str) -> Option<Duration> {
    duration(text).filter(|time| !time.is_zero())
}

// From the largest to the smallest, for showing a time in the largest unit that holds it exactly.
const TIME_UNITS: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split_unit(text)?;
    let unit = if unit.is_empty() { "ms" } else { unit };
    let (_, nanos) = TIME_UNITS.iter().find(|(name, _)| *name == unit)?;
    let time = Duration::from_nanos(number.checked_mul(*nanos)?);
    (time <= LONGEST).then_some(time)
}

pub(super) fn show_duration(time: &Duration) -> String {
    let nanos = time.as_nanos();
    if nanos == 0 {
        return "0ms".to_owned();
    }
    let exact = TIME_UNITS
        .iter()
        .find(|(_, unit)| nanos.is_multiple_of(u128::from(*unit)));
    let (name, unit) = exact.copied().unwrap_or(("ns", 1));
    format!("{}{name}", nanos / u128::from(unit))
}

// `KB` is 1000 bytes and `KiB` 1024, as everywhere outside of memory chips.
const SIZE_UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("kB", 1_000),
    ("B", 1),
];

pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let unit = if unit.is_empty() { "B" } else { unit };
    let (_, bytes) = SIZE_UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes)
}

pub(crate) fn show_size(bytes: u64) -> String {
    let exact = SIZE_UNITS
        .iter()
        .find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
    let (name, unit) = exact.copied().unwrap_or(("B", 1));
    format!("{}{name}", bytes / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_number_is_milliseconds_or_bytes() {
        assert_eq!(duration("1500"), Some(Duration::from_millis(1500)));
        assert_eq!(size("1500"), Some(1500));
    }

    #[test]
    fn units_multiply() {
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(duration("2m"), Some(Duration::from_secs(120)));
        assert_eq!(duration("1h"), Some(Duration::from_secs(3600)));
        assert_eq!(
            (size("7B"), size("2KB"), size("2kB"), size("2KiB")),
            (Some(7), Some(2000), Some(2000), Some(2048))
        );
        assert_eq!((size("3MB"), size("3MiB")), (Some(3_000_000), Some(3 << 20)));
        assert_eq!((size("1GB"), size("1GiB")), (Some(1_000_000_000), Some(1 << 30)));
    }

    #[test]
    fn anything_else_is_refused() {
        for wrong in [
            "",
            "s",
            "-1",
            "+1",
            "1.5s",
            "1 s",
            " 1",
            "1d",
            "1S",
            "8761h",
            "99999999999999999999",
            "18446744073709551615h",
            "\u{661}",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        for wrong in [
            "",
            "MB",
            "-1",
            "+1",
            "1.5MB",
            "1 MB",
            "1M",
            "1mb",
            "99999999999999999999",
            "18446744073709551615KB",
        ] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        assert_eq!(duration_above_zero("0s"), None);
        assert_eq!(whole("256", 0..=u8::MAX), None);
    }

    #[test]
    fn what_is_shown_reads_as_the_same_value() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..10_000 {
            let unit = random
                .choice([1, 1000, 1024, 1_000_000, 60_000_000_000])
                .unwrap_or(1);
            let number = random.u64(..100_000) * unit;
            let time = Duration::from_nanos(number);
            assert_eq!(duration(&show_duration(&time)), Some(time));
            assert_eq!(size(&show_size(number)), Some(number));
        }
        assert_eq!(
            (show_duration(&Duration::from_secs(90)), show_size(2_000_000)),
            ("90s".into(), "2MB".into())
        );
        assert_eq!(
            (show_duration(&Duration::ZERO), show_size(0)),
            ("0ms".into(), "0B".into())
        );
    }

    #[test]
    fn a_time_that_no_clock_can_hold_is_shown_and_refused() {
        assert_eq!(duration(&show_duration(&Duration::MAX)), None);
    }
}
