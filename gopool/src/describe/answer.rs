//! What a handler answers when all went well.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::schemas::Schemas;

/// A body: its media type, and the schema of what it holds.
#[derive(Debug, Clone)]
pub struct Content {
    pub(crate) media_type: Cow<'static, str>,
    pub(crate) schema: Value,
    /// That of each part of a body that flows.
    pub(crate) item: Option<Value>,
    /// How the parts of a form are sent.
    pub(crate) encoding: Map<String, Value>,
}

impl Content {
    pub(crate) fn new(media_type: impl Into<Cow<'static, str>>, schema: Value) -> Self {
        Self {
            media_type: media_type.into(),
            schema,
            item: None,
            encoding: Map::new(),
        }
    }

    /// Bytes of this media type, such as `image/png`.
    pub fn bytes(media_type: impl Into<Cow<'static, str>>) -> Self {
        Self::new(media_type, json!({}))
    }

    /// `text/plain`.
    pub fn text() -> Self {
        Self::new("text/plain", json!({ "type": "string" }))
    }
}

/// One answer of a handler: its status, its body and its headers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub(crate) status: Cow<'static, str>,
    pub(crate) text: Option<String>,
    pub(crate) content: Option<Content>,
    pub(crate) headers: Vec<(String, String)>,
    /// Whether the handler may answer anything else as well.
    pub(crate) is_open: bool,
}

impl Answer {
    fn new(content: Option<Content>) -> Self {
        Self {
            status: "200".into(),
            text: None,
            content,
            headers: Vec::new(),
            is_open: false,
        }
    }

    /// 204, without a body.
    pub fn empty() -> Self {
        Self::new(None).status(204)
    }

    /// 200 with this body.
    pub fn with(content: Content) -> Self {
        Self::new(Some(content))
    }

    /// 200 with a `T` as JSON.
    pub fn json<T: JsonSchema>(schemas: &mut Schemas) -> Self {
        Self::with(Content::new("application/json", schemas.output::<T>()))
    }

    /// 200 with JSON of which nothing is known.
    pub(crate) fn untold_json<T: ?Sized>(schemas: &mut Schemas) -> Self {
        schemas.lacks::<T>("the reply");
        Self::with(Content::new("application/json", json!({})))
    }

    /// 200 with text.
    pub fn text() -> Self {
        Self::with(Content::text())
    }

    /// 200 with bytes of this media type, such as `image/png`.
    pub fn bytes(media_type: impl Into<Cow<'static, str>>) -> Self {
        Self::with(Content::bytes(media_type))
    }

    /// Any success, and whatever else the handler makes up.
    pub(crate) fn anything() -> Self {
        let mut answer = Self::bytes("*/*");
        answer.status = "2XX".into();
        answer.is_open = true;
        answer
    }

    /// The same with another status. 204, 205 and 304 have no body.
    #[must_use]
    pub fn status(mut self, code: u16) -> Self {
        if matches!(code, 204 | 205 | 304) {
            self.content = None;
        }
        self.is_open = false;
        self.status = code.to_string().into();
        self
    }

    /// The same for one status of many, such as `3XX`.
    pub(crate) fn range(mut self, range: &'static str) -> Self {
        self.status = range.into();
        self
    }

    /// The same with one more header, and what it says.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.headers.push((name.into(), text.into()));
        self
    }

    /// The same with a description.
    #[must_use]
    pub fn describe(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}
