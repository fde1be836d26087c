//! What has changed between two documents, and for whom that matters.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::{Map, Value};

mod operation;
mod schema;

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
    place: String,
    what: String,
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

/// Every change, the gravest first. It is empty only if the documents say the same.
pub(crate) fn compare(before: &Value, now: &Value) -> Vec<Change> {
    let mut changes = Changes::default();
    paths(before, now, &mut changes);
    changes.texts(
        "the document",
        before,
        now,
        &["openapi", "info", "tags", "servers", "externalDocs"],
    );
    let mut list: Vec<Change> = changes.list.into_iter().collect();
    if list.is_empty() && before != now {
        // What no operation refers to.
        list.push(Change {
            weight: Weight::Text,
            place: "the document".to_owned(),
            what: "something changed that no operation uses".to_owned(),
        });
    }
    list.sort_by(|one, other| other.weight.cmp(&one.weight).then_with(|| one.cmp(other)));
    list
}

/// The changes so far, each once: two operations may use the same schema.
#[derive(Debug, Default)]
struct Changes {
    list: BTreeSet<Change>,
}

impl Changes {
    fn add(&mut self, weight: Weight, place: &str, what: impl Into<String>) {
        self.list.insert(Change {
            weight,
            place: place.to_owned(),
            what: what.into(),
        });
    }

    /// Members that only people read.
    fn texts(&mut self, place: &str, before: &Value, now: &Value, names: &[&str]) {
        for name in names {
            if before.get(name) != now.get(name) {
                self.add(Weight::Text, place, format!("`{name}` changed"));
            }
        }
    }
}

/// The two documents, to follow their references.
#[derive(Clone, Copy)]
struct Documents<'a> {
    before: &'a Value,
    now: &'a Value,
}

/// What a reference within a document leads to, or the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let pointer = value.get("$ref").and_then(Value::as_str);
    let pointer = pointer.and_then(|pointer| pointer.strip_prefix('#'));
    pointer
        .and_then(|pointer| document.pointer(pointer))
        .unwrap_or(value)
}

/// Each operation by its method and path.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let mut operations = BTreeMap::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            operations.insert(format!("{} {path}", method.to_ascii_uppercase()), operation);
        }
    }
    operations
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn paths(before: &Value, now: &Value, changes: &mut Changes) {
    let documents = Documents { before, now };
    let (old, new) = (operations(before), operations(now));
    for (name, operation) in &old {
        match new.get(name) {
            Some(other) => operation::compare(documents, name, (operation, other), changes),
            None => changes.add(Weight::Breaks, name, "the operation is gone"),
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        changes.add(Weight::Adds, name, "the operation is new");
    }
}

#[cfg(test)]
mod tests;
