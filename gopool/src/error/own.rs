//! What an application calls a failure, in RFC 9457's words: a type, a title and members of its own.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What stands in the problem in place of, or beside, what we say there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Own {
    /// A URI.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(super) members: Map<String, Value>,
}

impl Own {
    /// Takes a `type`.
    ///
    /// # Errors
    /// It is no URI, a sentence.
    pub(super) fn set_kind(&mut self, uri: &str) -> Result<(), String> {
        let is_uri = !uri.is_empty()
            && uri
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if !is_uri {
            return Err(format!("`{uri}` is not the type of a problem: a URI is"));
        }
        self.kind = Some(uri.to_owned());
        Ok(())
    }

    /// Takes one more member.
    ///
    /// # Errors
    /// The name is one of ours, or the value cannot be written, a sentence.
    pub(super) fn insert<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), String> {
        if RESERVED.contains(&name) {
            return Err(format!("the member `{name}` of a problem has a meaning already"));
        }
        let value = serde_json::to_value(value).map_err(|cause| {
            format!("the member `{name}` of a problem cannot be written as JSON: {cause}")
        })?;
        self.members.insert(name.to_owned(), value);
        Ok(())
    }
}

/// What RFC 9457 and we say ourselves.
const RESERVED: [&str; 6] = ["type", "title", "status", "detail", "instance", "request_id"];
