//! The `Host` header: RFC 9110, section 7.2.

/// Whether this is `uri-host [ ":" port ]`. A comma, which a name may hold by the letter, is two hosts by mistake.
pub(super) fn is_host(value: &[u8]) -> bool {
    let (host_is_fine, rest) = match value.strip_prefix(b"[") {
        Some(rest) => match rest.iter().position(|&byte| byte == b']') {
            Some(end) => (is_address(&rest[..end]), &rest[end + 1..]),
            None => return false,
        },
        None => {
            let end = value.iter().position(|&byte| byte == b':').unwrap_or(value.len());
            (is_name(&value[..end]), &value[end..])
        }
    };
    host_is_fine && (rest.is_empty() || is_port(rest))
}

fn is_address(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.parse::<std::net::Ipv6Addr>().is_ok()
}

/// What a name may hold by itself.
const OF_A_NAME: [bool; 256] = {
    let others = b"-._~!$&'()*+;=";
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut place = 0;
    while place < others.len() {
        table[others[place] as usize] = true;
        place += 1;
    }
    table
};

/// Empty, when the client's target has no host.
fn is_name(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        let is_fine = match byte {
            b'%' => [bytes.next(), bytes.next()]
                .iter()
                .all(|digit| digit.is_some_and(u8::is_ascii_hexdigit)),
            _ => OF_A_NAME[usize::from(byte)],
        };
        if !is_fine {
            return false;
        }
    }
    true
}

/// A colon, and a number that may be missing.
fn is_port(text: &[u8]) -> bool {
    let Some(digits) = text.strip_prefix(b":") else {
        return false;
    };
    let digits = std::str::from_utf8(digits).unwrap_or("x");
    digits.is_empty() || (digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_ports_are_hosts() {
        for host in [
            "",
            "a",
            "a.b:80",
            "a:",
            "[::1]",
            "[::1]:8080",
            "1.2.3.4:0",
            "a_b",
            "%41",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        for host in [
            "a b", "a,b", "a/b", "u@a", "[::1", "::1", "[a]", "[]", "a:b", "a:1:1", "a:65536", "%4", "%zz",
            "a:+1", "[::1]x",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
