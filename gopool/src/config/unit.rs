//! Numbers, times and sizes as texts.

use std::ops::RangeInclusive;
use std::time::Duration;

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
const SIZE_UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = split_unit(text)?;
    let unit = if unit.is_empty() { "B" } else { unit };
    let (_, bytes) = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*bytes)
}

pub(super) fn show_size(bytes: u64) -> String {
    let exact = SIZE_UNITS
        .iter()
        .find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit));
    let (name, unit) = exact.copied().unwrap_or(("B", 1));
    format!("{}{name}", bytes / unit)
}
