//! The headers of a message, most of which have none.

use std::{borrow::Cow, sync::LazyLock};

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONNECTION, CONTENT_LENGTH, TE, TRAILER, TRANSFER_ENCODING, UPGRADE},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A map that is made with the first header: messages are moved between threads, and an empty map is as large as a full one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers(Option<Box<HeaderMap>>);

impl Headers {
    pub(crate) fn map(&self) -> &HeaderMap {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        self.0.as_deref().unwrap_or_else(|| &NONE)
    }

    pub(crate) fn append(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.get_or_insert_default().append(name, value);
    }

    /// Instead of all that have this name.
    pub(crate) fn replace(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.get_or_insert_default().insert(name, value);
    }

    pub(crate) fn remove(&mut self, name: &HeaderName) {
        if let Some(map) = &mut self.0 {
            map.remove(name);
        }
    }
}

/// A header that can be sent, or a sentence that says what is wrong with it. The value is not in it: it may be a secret.
pub(crate) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let checked_name =
        HeaderName::try_from(name).map_err(|_| format!("`{name}` is not the name of a header"))?;
    // Beyond ASCII, what a client reads depends on the client.
    let is_visible = value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    match HeaderValue::from_str(value) {
        Ok(value) if is_visible => Ok((checked_name, value)),
        _ => Err(format!(
            "the value of the header `{name}` cannot be sent: only visible ASCII characters, spaces and tabs can"
        )),
    }
}

/// The headers of an answer that only the server writes: those of the connection (RFC 9110, 7.6.1), which would break the framing, and the
/// request's id, of which there is one.
const OF_THE_SERVER: [HeaderName; 9] = [
    CONNECTION,
    CONTENT_LENGTH,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("x-request-id"),
];

/// Whether a header of an answer is the server's to write, so that a handler's is refused.
pub(crate) fn is_of_the_server(name: &HeaderName) -> bool {
    OF_THE_SERVER.contains(name)
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self((!map.is_empty()).then(|| Box::new(map)))
    }
}

/// A value as it is written: as text where it is text, which a reader of JSON is quicker with, and else as bytes, which HTTP
/// allows in a header.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> From<&'a HeaderValue> for Written<'a> {
    fn from(value: &'a HeaderValue) -> Self {
        match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Bytes(value.as_bytes().into()),
        }
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let pairs = self.map().iter();
        // What cannot tell text from bytes when it reads gets bytes only.
        if to.is_human_readable() {
            return to.collect_seq(pairs.map(|(name, value)| (name.as_str(), Written::from(value))));
        }
        to.collect_seq(pairs.map(|(name, value)| (name.as_str(), value.as_bytes())))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pairs: Vec<(String, Vec<u8>)> = if from.is_human_readable() {
            let pairs = Vec::<(String, Written<'_>)>::deserialize(from)?;
            let bytes = pairs.into_iter().map(|(name, value)| match value {
                Written::Text(text) => (name, text.into_owned().into_bytes()),
                Written::Bytes(bytes) => (name, bytes.into_owned()),
            });
            bytes.collect()
        } else {
            Deserialize::deserialize(from)?
        };
        let mut headers = Self::default();
        for (name, value) in pairs {
            let name = HeaderName::try_from(name).map_err(D::Error::custom)?;
            headers.append(name, HeaderValue::try_from(value).map_err(D::Error::custom)?);
        }
        Ok(headers)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_text_where_it_is_text() {
        let mut headers = Headers::default();
        headers.append(HeaderName::from_static("x-a"), HeaderValue::from_static("b"));
        headers.append(
            HeaderName::from_static("x-raw"),
            HeaderValue::from_bytes(b"\xff").unwrap(),
        );
        let text = serde_json::to_string(&headers).unwrap();
        assert_eq!(text, r#"[["x-a","b"],["x-raw",[255]]]"#);
        let back: Headers = serde_json::from_str(&text).unwrap();
        assert_eq!(back.map(), headers.map());
    }

    #[test]
    fn what_cannot_be_sent_is_named() {
        for (name, value) in [
            ("bad name", "1"),
            ("x-a", "1\r\nx-b: 2"),
            ("x-b", "\0"),
            ("x-c", "caf\u{e9}"),
        ] {
            let refusal = header(name, value).unwrap_err();
            assert!(refusal.contains(&format!("`{name}`")), "{refusal}");
            assert!(!refusal.contains(value), "{refusal}");
        }
        assert!(header("x-a", "a b\tc").is_ok());
    }
}
