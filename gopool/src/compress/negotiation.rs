//! Which coding the client of a reply takes: RFC 9110, section 12.5.3.

use super::{IS_AVAILABLE, coding::Coding, reply::ReplyCoding};

/// What replies may have, the better one first.
const OF_REPLIES: [Coding; 2] = [Coding::Zstd, Coding::Gzip];

impl ReplyCoding {
    /// The best that the values of `Accept-Encoding` allow; without any, none was asked for.
    pub(crate) fn accepted<'a>(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut wishes = Wishes::default();
        if IS_AVAILABLE {
            values.for_each(|value| wishes.read(value));
        }
        wishes.best()
    }
}

/// How much a client wants each coding, in thousandths; `None` of what it does not name.
#[derive(Default)]
struct Wishes {
    named: [Option<u16>; OF_REPLIES.len()],
    identity: Option<u16>,
    any: Option<u16>,
}

impl Wishes {
    fn read(&mut self, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        for element in text.split(',') {
            let (name, parameters) = element.split_once(';').unwrap_or((element, ""));
            // What cannot be read says nothing.
            if let Some(quality) = quality(parameters) {
                self.note(name.trim(), quality);
            }
        }
    }

    fn note(&mut self, name: &str, quality: u16) {
        let index = Coding::named(name).and_then(|coding| OF_REPLIES.iter().position(|own| *own == coding));
        match index.and_then(|index| self.named.get_mut(index)) {
            Some(named) => *named = Some(quality),
            None if name == "*" => self.any = Some(quality),
            None if name.eq_ignore_ascii_case("identity") => self.identity = Some(quality),
            None => {}
        }
    }

    fn best(&self) -> ReplyCoding {
        let wanted = |named: &Option<u16>| named.or(self.any).unwrap_or(0);
        let ours = OF_REPLIES.iter().zip(self.named.iter().map(wanted));
        // The first of the best.
        let best = ours.rev().max_by_key(|(_, quality)| *quality);
        match best {
            Some((coding, quality)) if quality > 0 && Some(quality) >= self.identity => {
                ReplyCoding::As(*coding)
            }
            _ => ReplyCoding::Identity,
        }
    }
}

/// `q=0.5` as 500; the highest where there is none.
fn quality(parameters: &str) -> Option<u16> {
    let mut parameters = parameters.split(';').map(str::trim);
    let value =
        parameters.find_map(|parameter| parameter.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='));
    value.map_or(Some(1000), |value| thousandths(value.trim()))
}

fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = format!("{fraction:0<3}")
        .parse::<u16>()
        .ok()
        .filter(|_| is_number)?;
    match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(all(test, feature = "compress"))]
mod tests {
    use super::*;

    fn accepted(values: &[&str]) -> ReplyCoding {
        ReplyCoding::accepted(values.iter().map(|value| value.as_bytes()))
    }

    #[test]
    fn the_best_that_the_client_takes_is_chosen() {
        let (zstd, gzip, identity) = (
            ReplyCoding::As(Coding::Zstd),
            ReplyCoding::As(Coding::Gzip),
            ReplyCoding::Identity,
        );
        for (value, best) in [
            ("gzip, deflate, br, zstd", zstd),
            ("gzip, deflate, br", gzip),
            ("GZIP", gzip),
            ("x-gzip", gzip),
            ("*", zstd),
            ("zstd;q=0, *", gzip),
            ("zstd;q=0.5, gzip;q=0.501", gzip),
            ("zstd;q=0.5,gzip;q=0.5", zstd),
            ("gzip ; Q = 0.001", gzip),
            ("gzip;q=1.000;x=y", gzip),
            ("identity, gzip;q=0.5", identity),
            ("identity;q=0.5, gzip;q=0.5", gzip),
            ("identity;q=0", identity),
            ("gzip;q=0", identity),
            ("*;q=0", identity),
            ("deflate, br", identity),
            ("gzip;q=2", identity),
            ("gzip;q=0.1234", identity),
            ("gzip;q=x, zstd;q=-1", identity),
            ("gzip;q=", identity),
            ("", identity),
            (",;,=;q", identity),
        ] {
            assert_eq!(accepted(&[value]), best, "{value:?}");
        }
        assert_eq!(accepted(&[]), identity);
        assert_eq!(accepted(&["br", "gzip"]), gzip, "two lines are one list");
        assert_eq!(ReplyCoding::accepted([&b"\xff, gzip"[..]].into_iter()), gzip);
    }
}
