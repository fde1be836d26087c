//! What stands before the bytes of a part: RFC 7578, 4.2.

use percent_encoding::percent_decode_str;

/// The most bytes of the head of a part.
pub(super) const MOST: usize = 8 << 10;
/// The most headers of one.
const MOST_HEADERS: usize = 16;

/// What a part says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartHead {
    pub(super) name: String,
    /// As its client called it.
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
}

/// Reads a head from where it begins; with how many bytes it has, `None` when its end is missing.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Result<Option<(PartHead, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let parsed = httparse::parse_headers(bytes, &mut headers).map_err(|error| match error {
        httparse::Error::TooManyHeaders => format!("it has more than {MOST_HEADERS} headers"),
        error => error.to_string(),
    })?;
    let httparse::Status::Complete((length, headers)) = parsed else {
        return Ok(None);
    };
    let find = |name: &str| {
        let mut values = headers
            .iter()
            .filter(|header| header.name.eq_ignore_ascii_case(name));
        let value = values.next().map(|header| String::from_utf8_lossy(header.value));
        match values.next() {
            Some(_) => Err(format!("its `{name}` is given more than once")),
            None => Ok(value),
        }
    };
    let disposition = find("content-disposition")?.ok_or("it has no `content-disposition`")?;
    let mut head = disposed(&disposition)?;
    head.content_type = find("content-type")?.map(|value| value.trim().to_owned());
    Ok(Some((head, length)))
}

/// Reads `form-data; name="a"; filename="b.txt"`.
fn disposed(value: &str) -> Result<PartHead, String> {
    let (kind, parameters) = value.split_once(';').unwrap_or((value, ""));
    if !kind.trim().eq_ignore_ascii_case("form-data") {
        return Err(format!(
            "its `content-disposition` is `{}`, not `form-data`",
            kind.trim()
        ));
    }
    let (mut name, mut file_name, mut extended) = (None, None, None);
    for parameter in (Parameters { rest: parameters }) {
        let (key, value) = parameter?;
        let kept = match key.to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "filename" => &mut file_name,
            "filename*" => &mut extended,
            _ => continue,
        };
        if kept.replace(value).is_some() {
            return Err(format!("its `content-disposition` says `{key}` more than once"));
        }
    }
    let plain = |text: String| text.replace("%22", "\"");
    Ok(PartHead {
        name: plain(name.ok_or("its `content-disposition` has no `name`")?),
        file_name: extended
            .and_then(|value| decoded(&value))
            .or_else(|| file_name.map(plain)),
        content_type: None,
    })
}

/// The text of `UTF-8''a%20b`, which some clients send beside a `filename`: RFC 5987.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let text = charset.eq_ignore_ascii_case("utf-8").then_some(text)?;
    Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// The parameters of a header: `a=b; c="d"`. Quoted, `\"` and `\\` are what follows the backslash; any other backslash is part of a path.
pub(super) struct Parameters<'a> {
    pub(super) rest: &'a str,
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<(&'a str, String), String>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return None;
        }
        let Some((key, value)) = rest.split_once('=') else {
            self.rest = "";
            return Some(Err(format!("`{}` has no value", rest.trim_end())));
        };
        let value = value.trim_start_matches([' ', '\t']);
        let (value, rest) = match value.strip_prefix('"') {
            Some(quoted) => match unquoted(quoted) {
                Some(found) => found,
                None => {
                    self.rest = "";
                    return Some(Err(format!("the quotes of `{}` are not closed", key.trim())));
                }
            },
            None => {
                let (value, rest) = value.split_once(';').unwrap_or((value, ""));
                (value.trim_end().to_owned(), rest)
            }
        };
        self.rest = rest;
        Some(Ok((key.trim(), value)))
    }
}

/// What stands before the closing quote, and what behind it.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &quoted[at + 1..])),
            '\\' => match letters.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => text.push(escaped),
                None => text.push('\\'),
            },
            letter => text.push(letter),
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn of(disposition: &str) -> Result<PartHead, String> {
        let text = format!("content-disposition: {disposition}\r\n\r\n");
        read(text.as_bytes()).map(|head| head.unwrap().0)
    }

    fn named(name: &str, file_name: Option<&str>) -> PartHead {
        PartHead {
            name: name.to_owned(),
            file_name: file_name.map(str::to_owned),
            content_type: None,
        }
    }

    #[test]
    fn names_come_as_clients_write_them() {
        for (written, name, file_name) in [
            (r#"form-data; name="a""#, "a", None),
            (r#"FORM-DATA;name=a ; filename = b.txt"#, "a", Some("b.txt")),
            (
                r#"form-data; name="a b;c"; filename="d;e.txt""#,
                "a b;c",
                Some("d;e.txt"),
            ),
            (
                r#"form-data; name="a\"b\\c"; filename="%22q%22""#,
                "a\"b\\c",
                Some("\"q\""),
            ),
            (
                r#"form-data; name="a"; filename="C:\dir\new.txt""#,
                "a",
                Some(r"C:\dir\new.txt"),
            ),
            (
                r#"form-data; name="naïve"; filename="ü.txt""#,
                "naïve",
                Some("ü.txt"),
            ),
            (
                r#"form-data; name="a"; filename="u.txt"; filename*=UTF-8''%C3%BC.txt"#,
                "a",
                Some("ü.txt"),
            ),
            (
                r#"form-data; name="a"; filename="u"; filename*=koi8-r''x; size=3"#,
                "a",
                Some("u"),
            ),
            (r#"form-data; name="""#, "", None),
        ] {
            assert_eq!(of(written).unwrap(), named(name, file_name), "{written}");
        }
    }

    #[test]
    fn a_wrong_head_says_what_is_wrong() {
        for (written, part) in [
            (r#"attachment; name="a""#, "`attachment`, not `form-data`"),
            ("form-data", "has no `name`"),
            (r#"form-data; filename="a""#, "has no `name`"),
            (r#"form-data; name="a"#, "quotes of `name`"),
            (r#"form-data; name"#, "`name` has no value"),
            (r#"form-data; name="a"; name="b""#, "`name` more than once"),
        ] {
            let said = of(written).unwrap_err();
            assert!(said.contains(part), "{written}: {said}");
        }
        let none = read(b"content-type: text/plain\r\n\r\n").unwrap_err();
        assert!(none.contains("no `content-disposition`"), "{none}");
        let twice =
            b"content-disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n";
        assert!(read(twice).unwrap_err().contains("more than once"));
        let many = "a: b\r\n".repeat(MOST_HEADERS + 1);
        assert!(read(many.as_bytes()).unwrap_err().contains("16 headers"));
        assert!(read(b"a b: c\r\n\r\n").is_err());
    }

    #[test]
    fn a_head_ends_with_an_empty_line_and_not_before() {
        let text = b"Content-Disposition: form-data; name=\"a\"\r\nContent-Type: image/png\r\n\r\nbytes";
        let (head, length) = read(text).unwrap().unwrap();
        assert_eq!(head.content_type.as_deref(), Some("image/png"));
        assert_eq!(&text[length..], b"bytes");
        for end in 0..length {
            assert_eq!(read(&text[..end]).unwrap(), None, "{end}");
        }
    }
}
