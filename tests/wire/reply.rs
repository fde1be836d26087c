//! A strict reader of answers: RFC 9112 as written, with no mercy for what clients usually forgive.

use gopool_tests::Answer;

/// What an answer answers; it decides where the answer ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct To {
    pub(crate) method: &'static str,
    /// 0 or 1, of HTTP/1.
    pub(crate) minor: u8,
}

/// To a request of HTTP/1.1.
pub(crate) const fn to(method: &'static str) -> To {
    To { method, minor: 1 }
}

pub(crate) const GET: To = to("GET");
pub(crate) const HEAD: To = to("HEAD");
pub(crate) const POST: To = to("POST");

/// Where an answer ends.
enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

/// The head of the first answer in `bytes` and the length of the head; `None` when it has not arrived as a whole.
fn head(bytes: &[u8]) -> Option<(Answer, u8, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..end - 2]).expect("a head of ours is text");
    let mut lines = text.split_terminator("\r\n");
    let line = lines.next().expect("a status line");
    let (version, rest) = line.split_at_checked(9).unwrap_or_else(|| panic!("`{line}`"));
    let minor = match version {
        "HTTP/1.1 " => 1,
        "HTTP/1.0 " => 0,
        _ => panic!("no version of HTTP: `{line}`"),
    };
    let (code, reason) = rest
        .split_once(' ')
        .unwrap_or_else(|| panic!("no reason: `{line}`"));
    assert!(
        code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()),
        "`{line}`"
    );
    assert!(!reason.is_empty(), "`{line}`");
    let headers = lines.map(header).collect();
    let answer = Answer {
        status: code.parse().unwrap(),
        headers,
        body: Vec::new(),
        took: Default::default(),
    };
    Some((answer, minor, end))
}

/// A header's name in lower case, and its value.
fn header(line: &str) -> (String, String) {
    let (name, value) = line
        .split_once(':')
        .unwrap_or_else(|| panic!("no header: `{line}`"));
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    assert!(!name.is_empty() && name.bytes().all(is_token), "`{line}`");
    assert!(
        value
            .bytes()
            .all(|byte| byte == b'\t' || (byte >= b' ' && byte != 127)),
        "`{line}`"
    );
    (
        name.to_ascii_lowercase(),
        value.trim_matches([' ', '\t']).to_owned(),
    )
}

/// All values of a header.
fn values<'a>(answer: &'a Answer, name: &str) -> Vec<&'a str> {
    let named = answer.headers.iter().filter(|(known, _)| known == name);
    named.map(|(_, value)| value.as_str()).collect()
}

/// Whether the answer says that it is the last one.
pub(crate) fn is_last(answer: &Answer, to: To) -> bool {
    let options = values(answer, "connection").join(",");
    let has = |wanted: &str| {
        options
            .split(',')
            .any(|option| option.trim().eq_ignore_ascii_case(wanted))
    };
    has("close") || (to.minor == 0 && !has("keep-alive"))
}

/// Takes the first answer out of `bytes`; `None` when it has not arrived as a whole.
pub(crate) fn take(bytes: &mut Vec<u8>, to: To, is_closed: bool) -> Option<Answer> {
    let (mut answer, minor, start) = head(bytes)?;
    check(&answer, minor, to);
    let (body, length) = match framing(&answer, to) {
        Framing::None => (Vec::new(), 0),
        Framing::Length(length) => (bytes.get(start..start + length)?.to_vec(), length),
        Framing::Chunked => chunked(&bytes[start..])?,
        Framing::UntilClose if is_closed => (bytes[start..].to_vec(), bytes.len() - start),
        Framing::UntilClose => return None,
    };
    answer.body = body;
    bytes.drain(..start + length);
    Some(answer)
}

/// What holds for every head.
fn check(answer: &Answer, minor: u8, to: To) {
    assert!(
        minor <= to.minor,
        "a newer version than the client speaks: {answer:?}"
    );
    for name in [
        "connection",
        "date",
        "content-length",
        "transfer-encoding",
        "x-request-id",
        "content-type",
    ] {
        assert!(values(answer, name).len() <= 1, "`{name}` twice: {answer:?}");
    }
    if answer.status != 100 {
        assert_eq!(values(answer, "date").len(), 1, "{answer:?}");
        assert_eq!(values(answer, "x-request-id").len(), 1, "{answer:?}");
    }
    let [length, coding] = ["content-length", "transfer-encoding"].map(|name| answer.header(name));
    assert!(length.is_none() || coding.is_none(), "{answer:?}");
    if answer.status < 200 || answer.status == 204 {
        assert!(length.is_none() && coding.is_none(), "{answer:?}");
    }
    assert!(
        to.minor == 1 || coding.is_none(),
        "chunks for a client that does not know them: {answer:?}"
    );
}

/// RFC 9112, section 6.3.
fn framing(answer: &Answer, to: To) -> Framing {
    if to.method == "HEAD" || answer.status < 200 || matches!(answer.status, 204 | 304) {
        return Framing::None;
    }
    if let Some(coding) = answer.header("transfer-encoding") {
        assert_eq!(coding, "chunked", "{answer:?}");
        return Framing::Chunked;
    }
    if let Some(length) = answer.header("content-length") {
        assert!(
            !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()),
            "{answer:?}"
        );
        let length = length.parse().unwrap();
        assert!(answer.status != 205 || length == 0, "{answer:?}");
        return Framing::Length(length);
    }
    assert!(
        is_last(answer, to),
        "neither a length nor the last one: {answer:?}"
    );
    Framing::UntilClose
}

/// The body in chunks, and how long it is with all that frames it.
fn chunked(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = at + bytes.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[at..line]).expect("a size is text");
        let size = usize::from_str_radix(size, 16).expect("a size is a number");
        let end = line + 2 + size;
        body.extend_from_slice(bytes.get(line + 2..end)?);
        assert_eq!(bytes.get(end..end + 2)?, b"\r\n", "a chunk ends with its line");
        at = end + 2;
        if size == 0 {
            return Some((body, at));
        }
    }
}
