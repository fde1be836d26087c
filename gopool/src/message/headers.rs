//! The headers of a message, most of which have none.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A map that is made with the first header: messages are moved between threads, and an empty map is as large as a full one.
#[derive(Debug, Clone, Default)]
pub(super) struct Headers(Option<Box<HeaderMap>>);

impl Headers {
    pub(super) fn map(&self) -> &HeaderMap {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        self.0.as_deref().unwrap_or_else(|| &NONE)
    }

    pub(super) fn append(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.get_or_insert_default().append(name, value);
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self((!map.is_empty()).then(|| Box::new(map)))
    }
}

/// Values are written as bytes, because HTTP allows bytes there that are not UTF-8.
impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let pairs = self.map().iter();
        to.collect_seq(pairs.map(|(name, value)| (name.as_str(), value.as_bytes())))
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut headers = Self::default();
        for (name, value) in Vec::<(String, Vec<u8>)>::deserialize(from)? {
            let name = HeaderName::try_from(name).map_err(D::Error::custom)?;
            headers.append(name, HeaderValue::try_from(value).map_err(D::Error::custom)?);
        }
        Ok(headers)
    }
}
