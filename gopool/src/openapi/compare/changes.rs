//! What has changed, and how grave it is.

use std::{collections::BTreeSet, fmt};

use serde_json::{Map, Value};

/// How grave a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Only people read it.
    Text,
    /// Something new, with which all that was right stays right.
    Adds,
    /// A client that was right may be wrong now.
    Breaks,
}

impl Weight {
    pub(crate) fn breaks(self) -> bool {
        self == Self::Breaks
    }

    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Text => 3,
            Self::Adds => 4,
            Self::Breaks => 5,
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) weight: Weight,
    /// Where: `GET /v1/items: response 200`.
    pub(super) place: String,
    pub(super) what: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Text => "text only",
            Weight::Adds => "adds",
            Weight::Breaks => "breaks clients",
        };
        write!(f, "{weight}: {}: {}", self.place, self.what)
    }
}

/// The changes so far, each once: two operations may use the same schema.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) list: BTreeSet<Change>,
}

impl Changes {
    pub(super) fn add(&mut self, weight: Weight, place: &str, what: impl Into<String>) {
        self.list.insert(Change {
            weight,
            place: place.to_owned(),
            what: what.into(),
        });
    }

    /// Members that only people read.
    pub(super) fn texts(&mut self, place: &str, before: &Value, now: &Value, names: &[&str]) {
        for name in names {
            if before.get(name) != now.get(name) {
                self.add(Weight::Text, place, format!("`{name}` changed"));
            }
        }
    }
}

/// The two documents, to follow their references.
#[derive(Clone, Copy)]
pub(super) struct Documents<'a> {
    pub(super) before: &'a Value,
    pub(super) now: &'a Value,
}

/// What a reference within a document leads to, or the value itself.
pub(super) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value.get("$ref").and_then(Value::as_str);
    let pointer = pointer.and_then(|pointer| pointer.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

/// The members of an object, or none.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
