//! How clients say who they are.

use serde_json::{Value, json};

/// A way in which clients say who they are, as OpenAPI's security schemes.
#[derive(Debug, Clone, PartialEq)]
pub struct Security {
    pub(crate) name: String,
    scheme: Value,
    /// The header that the scheme itself speaks of, in lower case.
    pub(crate) header: Option<String>,
}

impl Security {
    fn new(name: impl Into<String>, scheme: Value) -> Self {
        Self {
            name: name.into(),
            scheme,
            header: None,
        }
    }

    /// A token in `authorization: Bearer ..`; `name` is what the document calls it.
    pub fn bearer(name: impl Into<String>) -> Self {
        Self::new(name, json!({ "type": "http", "scheme": "bearer" }))
    }

    /// The same of a token of this format, such as `JWT`, for people to read.
    #[must_use]
    pub fn format(mut self, format: &str) -> Self {
        self.scheme["bearerFormat"] = format.into();
        self
    }

    /// A name and a password in `authorization: Basic ..`.
    pub fn basic(name: impl Into<String>) -> Self {
        Self::new(name, json!({ "type": "http", "scheme": "basic" }))
    }

    /// A key in this header.
    pub fn api_key(name: impl Into<String>, header: &str) -> Self {
        let scheme = json!({ "type": "apiKey", "in": "header", "name": header });
        Self {
            header: Some(header.to_ascii_lowercase()),
            ..Self::new(name, scheme)
        }
    }

    /// A cookie of this name, as a session has.
    pub fn cookie(name: impl Into<String>, cookie: &str) -> Self {
        Self::new(name, json!({ "type": "apiKey", "in": "cookie", "name": cookie }))
    }

    /// The same with a description.
    #[must_use]
    pub fn describe(mut self, text: &str) -> Self {
        self.scheme["description"] = text.into();
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        self.scheme.clone()
    }
}
