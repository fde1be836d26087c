//! One field of a `Header<T>`: the three ways in which a header fills it.

use std::{fmt::Display, str::FromStr};

use http::{HeaderMap, HeaderValue};

use crate::error::{Error, Kind};

/// What the text of a header can become.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a header",
    label = "cannot be made from the text of a header",
    note = "a field of a header struct is `String`, a number, or another `T: FromStr` whose error can be displayed; \
            `Option<T>` when the header may be missing; `Vec<T>` when it may be repeated"
)]
pub trait HeaderField: Sized {
    /// Reads it, or says what is wrong with it.
    ///
    /// # Errors
    /// The reason, for the client.
    fn from_text(text: &str) -> Result<Self, String>;

    /// A header that must be there.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    fn required(headers: &HeaderMap, name: &str) -> Result<Self, Error> {
        Self::optional(headers, name)?.ok_or_else(|| bad(format!("`{name}` is missing")))
    }

    /// A header that may be missing.
    ///
    /// # Errors
    /// When it is there but cannot be read, or there twice: which of the two is meant, nobody knows.
    fn optional(headers: &HeaderMap, name: &str) -> Result<Option<Self>, Error> {
        let mut values = headers.get_all(name).iter();
        let first = values.next();
        if values.next().is_some() {
            return Err(bad(format!("`{name}` is given more than once")));
        }
        first.map(|value| read(name, text(name, value)?)).transpose()
    }

    /// A list: in one header with commas, in several headers, or both.
    ///
    /// # Errors
    /// When one of its elements cannot be read.
    fn repeated(headers: &HeaderMap, name: &str) -> Result<Vec<Self>, Error> {
        let mut list = Vec::new();
        for value in headers.get_all(name) {
            for element in elements(text(name, value)?) {
                list.push(read(name, element)?);
            }
        }
        Ok(list)
    }
}

// That `FromStr` is missing is the cause, but our message also says what else a field may be.
#[diagnostic::do_not_recommend]
impl<T> HeaderField for T
where
    T: FromStr,
    T::Err: Display,
{
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }
}

/// The elements of a list as RFC 9110, 5.6.1 has it: apart by commas, which mean nothing in quotes; empty ones do not count.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = move |letter: char| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && letter == '\\' && !was_escaped;
        if letter == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        letter == ',' && !is_quoted
    };
    let trimmed = list
        .split(is_end)
        .map(|element| element.trim_matches([' ', '\t']));
    trimmed.filter(|element| !element.is_empty())
}

fn text<'a>(name: &str, value: &'a HeaderValue) -> Result<&'a str, Error> {
    std::str::from_utf8(value.as_bytes()).map_err(|_| bad(format!("`{name}` is not UTF-8 text")))
}

fn read<T: HeaderField>(name: &str, text: &str) -> Result<T, Error> {
    T::from_text(text).map_err(|reason| bad(format!("`{name}` is `{text}`: {reason}")))
}

fn bad(detail: String) -> Error {
    Error::of(Kind::BadHeader).detail(detail)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append("x-tenant", HeaderValue::from_static("7"));
        headers.append("x-tag", HeaderValue::from_static("a"));
        headers.append("x-tag", HeaderValue::from_static("b"));
        headers.append("x-raw", HeaderValue::from_bytes(b"\xff").unwrap());
        headers
    }

    #[test]
    fn a_header_fills_a_number_a_text_and_a_list() {
        assert_eq!(u32::required(&headers(), "x-tenant").unwrap(), 7);
        assert_eq!(String::optional(&headers(), "x-none").unwrap(), None);
        assert_eq!(String::repeated(&headers(), "x-tag").unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_wrong_header_names_itself_its_value_and_the_reason() {
        let missing = u32::required(&headers(), "x-none").unwrap_err();
        assert_eq!(missing.kind(), Kind::BadHeader);
        assert_eq!(missing.public_detail(), Some("`x-none` is missing"));
        let wrong = u32::repeated(&headers(), "x-tag").unwrap_err();
        assert_eq!(
            wrong.public_detail(),
            Some("`x-tag` is `a`: invalid digit found in string")
        );
        let twice = String::required(&headers(), "x-tag").unwrap_err();
        assert_eq!(twice.public_detail(), Some("`x-tag` is given more than once"));
        let raw = String::optional(&headers(), "x-raw").unwrap_err();
        assert_eq!(raw.public_detail(), Some("`x-raw` is not UTF-8 text"));
    }

    #[test]
    fn a_list_may_stand_in_one_header_in_several_or_both() {
        let list = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-tag", HeaderValue::from_static(value));
            }
            String::repeated(&headers, "x-tag").unwrap()
        };
        assert_eq!(list(&["a, b"]), ["a", "b"]);
        assert_eq!(list(&["a,b ,\tc", "d"]), ["a", "b", "c", "d"]);
        assert_eq!(list(&["", " , ,", "a,"]), ["a"]);
        assert_eq!(list(&[r#""a, b", c"#]), [r#""a, b""#, "c"]);
        assert_eq!(list(&[r#""a\", b", c"#]), [r#""a\", b""#, "c"]);
        assert_eq!(list(&[r#""a\\", b"#]), [r#""a\\""#, "b"]);
        assert_eq!(list(&[r#"a\, b"#]), [r#"a\"#, "b"]);
    }
}
