//! `rate = "20/s"`: how many requests of one caller, in how long.

use syn::{Expr, Lit};

use super::value::{Wrong, amount, literal, wrong};

/// More than this nobody would notice.
const MOST_COUNT: u64 = 1_000_000;
/// Longer than a day is a quota, which somebody has to keep in a database.
const MOST_SECONDS: u64 = 24 * 3600;

/// So many requests in so many seconds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count: u64,
    pub(crate) seconds: u64,
}

const HELP: &str = "write a number, a slash and `s`, `m` or `h`, for example \"20/s\", \"100/m\", \"5/10s\"";

pub(super) fn rate(value: &Expr) -> Result<Rate, Wrong> {
    let Some(Lit::Str(text)) = literal(value) else {
        return wrong("must be a text", HELP);
    };
    let text = text.value();
    match parts(&text) {
        None => wrong(format!("is {text:?}, which is no rate"), HELP),
        Some(Rate { count: 0, .. }) => wrong("is zero, so every request would be refused", HELP),
        Some(Rate { seconds: 0, .. }) => wrong(format!("is {text:?}, which is no rate"), HELP),
        Some(Rate { count, .. }) if count > MOST_COUNT => wrong("is more than a million", HELP),
        Some(Rate { seconds, .. }) if seconds > MOST_SECONDS => wrong(
            "counts for longer than a day",
            "count such a quota in a database, which other processes and later days know, too",
        ),
        Some(rate) => Ok(rate),
    }
}

fn parts(text: &str) -> Option<Rate> {
    let (count, period) = text.split_once('/')?;
    let (count, period) = (count.trim(), period.trim());
    let (units, unit) = match amount(period) {
        Some(amount) => amount,
        None => (1, period),
    };
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let is_number = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    Some(Rate {
        count: is_number.then(|| count.parse().unwrap_or(u64::MAX))?,
        seconds: units.checked_mul(factor)?,
    })
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_rate_is_a_number_of_requests_in_a_time() {
        for (text, expected) in [
            ("20/s", Some((20, 1))),
            ("100 / m", Some((100, 60))),
            ("1/h", Some((1, 3600))),
            ("5/10s", Some((5, 10))),
            ("99999999999999999999/s", Some((u64::MAX, 1))),
            ("20", None),
            ("/s", None),
            ("20/", None),
            ("20/ms", None),
            ("20/day", None),
            ("-1/s", None),
            ("1.5/s", None),
            ("+1/s", None),
        ] {
            assert_eq!(
                parts(text).map(|rate| (rate.count, rate.seconds)),
                expected,
                "{text}"
            );
        }
    }
}
