//! Two schemas of one place.

use std::collections::BTreeSet;

use serde_json::{Number, Value, json};

use super::changes::{Changes, Documents, Weight, members, resolved};

/// Who writes what the schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// The client; it may go on writing what it wrote.
    In,
    /// The server; the client may go on reading what it read.
    Out,
}

impl Direction {
    /// What it weighs that more is allowed now.
    fn wider(self) -> Weight {
        match self {
            Self::In => Weight::Adds,
            Self::Out => Weight::Breaks,
        }
    }

    /// What it weighs that less is allowed now.
    fn narrower(self) -> Weight {
        match self {
            Self::In => Weight::Breaks,
            Self::Out => Weight::Adds,
        }
    }
}

/// How deep schemas are compared; deeper ones are the same or not.
const MOST_DEPTH: usize = 64;

/// Members that only people read.
const TEXTS: [&str; 9] = [
    "title",
    "description",
    "summary",
    "example",
    "examples",
    "deprecated",
    "$comment",
    "externalDocs",
    "default",
];
/// Members that allow less the larger they are.
const LOWER: [&str; 5] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
];
/// Members that allow more the larger they are.
const UPPER: [&str; 5] = [
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
];
/// Members that are looked at by themselves.
const KNOWN: [&str; 15] = [
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "items",
    "prefixItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "oneOf",
    "contentSchema",
    "x-itemSchema",
    "$ref",
    "nullable",
];

/// The comparison of one place.
struct Comparison<'a, 'b> {
    documents: Documents<'a>,
    direction: Direction,
    changes: &'b mut Changes,
    /// References that are being followed, so that what holds itself ends.
    followed: BTreeSet<(String, String)>,
    depth: usize,
}

pub(super) fn compare(
    documents: Documents<'_>,
    direction: Direction,
    at: &str,
    (before, now): (&Value, &Value),
    changes: &mut Changes,
) {
    let mut comparison = Comparison {
        documents,
        direction,
        changes,
        followed: BTreeSet::new(),
        depth: 0,
    };
    comparison.schemas(at, before, now);
}

impl Comparison<'_, '_> {
    fn schemas(&mut self, at: &str, before: &Value, now: &Value) {
        let names = (before["$ref"].to_string(), now["$ref"].to_string());
        let is_reference = before.get("$ref").is_some() || now.get("$ref").is_some();
        if is_reference && !self.followed.insert(names.clone()) || self.depth > MOST_DEPTH {
            return;
        }
        self.depth += 1;
        let documents = self.documents;
        let (old, new) = (resolved(documents.before, before), resolved(documents.now, now));
        if old != new || is_inner_reference(old) {
            self.members(at, old, new);
        }
        if is_reference {
            // What stands beside a reference.
            self.changes.texts(at, before, now, &TEXTS);
            self.followed.remove(&names);
        }
        self.depth -= 1;
    }

    fn members(&mut self, at: &str, old: &Value, new: &Value) {
        if old.is_boolean() || new.is_boolean() || old.is_null() || new.is_null() {
            if old != new {
                let weight = if is_anything(new) {
                    self.direction.wider()
                } else {
                    self.direction.narrower()
                };
                self.changes.add(weight, at, "what it may be changed");
            }
            return;
        }
        self.changes.texts(at, old, new, &TEXTS);
        self.types(at, old, new);
        self.values(at, old, new);
        self.bounds(at, old, new);
        self.properties(at, old, new);
        self.parts(at, old, new);
        self.rest(at, old, new);
    }

    fn types(&mut self, at: &str, old: &Value, new: &Value) {
        let (old, new) = (types(old), types(new));
        // An integer is a number.
        let holds = |set: &BTreeSet<&str>, name: &str| {
            set.is_empty() || set.contains(name) || name == "integer" && set.contains("number")
        };
        let is_narrower = !new.is_empty() && (old.is_empty() || old.iter().any(|name| !holds(&new, name)));
        let is_wider = !old.is_empty() && (new.is_empty() || new.iter().any(|name| !holds(&old, name)));
        let what = || format!("the type was {} and is {}", listed(&old), listed(&new));
        if is_narrower {
            self.changes.add(self.direction.narrower(), at, what());
        }
        if is_wider {
            self.changes.add(self.direction.wider(), at, what());
        }
    }

    /// `enum` and `const`.
    fn values(&mut self, at: &str, old: &Value, new: &Value) {
        let (old, new) = (values(old), values(new));
        match (old, new) {
            (None, None) => {}
            (None, Some(_)) => self
                .changes
                .add(self.direction.narrower(), at, "only some values are left"),
            (Some(_), None) => self
                .changes
                .add(self.direction.wider(), at, "not only some values are there"),
            (Some(old), Some(new)) => {
                for value in old.iter().filter(|value| !new.contains(value)) {
                    self.changes.add(
                        self.direction.narrower(),
                        at,
                        format!("the value {value} is gone"),
                    );
                }
                for value in new.iter().filter(|value| !old.contains(value)) {
                    self.changes
                        .add(self.direction.wider(), at, format!("the value {value} is new"));
                }
            }
        }
    }

    fn bounds(&mut self, at: &str, old: &Value, new: &Value) {
        for (names, is_lower) in [(LOWER, true), (UPPER, false)] {
            for name in names {
                let (before, now) = (bound(old, name), bound(new, name));
                if before == now {
                    continue;
                }
                let grows = match (before, now) {
                    (Some(before), Some(now)) => now > before,
                    // A bound where none was allows less.
                    (before, _) => before.is_none() == is_lower,
                };
                let weight = match grows == is_lower {
                    true => self.direction.narrower(),
                    false => self.direction.wider(),
                };
                let shown = |schema: &Value| schema.get(name).map_or("none".to_owned(), Value::to_string);
                let what = format!("`{name}` was {} and is {}", shown(old), shown(new));
                self.changes.add(weight, at, what);
            }
        }
    }

    fn properties(&mut self, at: &str, old: &Value, new: &Value) {
        let (before, now) = (required(old), required(new));
        for (name, schema) in members(&old["properties"]) {
            let Some(other) = new["properties"].get(name) else {
                self.changes
                    .add(Weight::Breaks, at, format!("property `{name}` is gone"));
                continue;
            };
            let place = format!("{at}: property `{name}`");
            match (before.contains(&**name), now.contains(&**name)) {
                (true, false) => self
                    .changes
                    .add(self.direction.wider(), &place, "it is no longer required"),
                (false, true) => self
                    .changes
                    .add(self.direction.narrower(), &place, "it is now required"),
                _ => {}
            }
            self.schemas(&place, schema, other);
        }
        for (name, _) in members(&new["properties"]) {
            if old["properties"].get(name).is_none() {
                let is_demanded = now.contains(&**name) && self.direction == Direction::In;
                let (weight, what) = match is_demanded {
                    true => (Weight::Breaks, format!("property `{name}` is new, and required")),
                    false => (Weight::Adds, format!("property `{name}` is new")),
                };
                self.changes.add(weight, at, what);
            }
        }
    }

    fn parts(&mut self, at: &str, old: &Value, new: &Value) {
        for (name, what) in [
            ("items", "items"),
            ("contentSchema", "content"),
            ("x-itemSchema", "items"),
            ("additionalProperties", "other properties"),
        ] {
            let (before, now) = (part(old, name), part(new, name));
            if before != now || is_inner_reference(&before) {
                self.schemas(&format!("{at}: {what}"), &before, &now);
            }
        }
        for name in ["prefixItems", "allOf", "anyOf", "oneOf"] {
            self.list(at, name, old, new);
        }
    }

    /// Schemas one after the other. Those that are gone or new are told as such.
    fn list(&mut self, at: &str, name: &str, old: &Value, new: &Value) {
        let all = |schema: &Value| schema[name].as_array().cloned().unwrap_or_default();
        let (mut before, mut now) = (all(old), all(new));
        if name != "prefixItems" && before.len() != now.len() {
            let same: Vec<Value> = before
                .iter()
                .filter(|schema| now.contains(schema))
                .cloned()
                .collect();
            before.retain(|schema| !same.contains(schema));
            now.retain(|schema| !same.contains(schema));
        }
        for (position, (one, other)) in before.iter().zip(&now).enumerate() {
            self.schemas(&format!("{at}: `{name}` {position}"), one, other);
        }
        let is_choice = matches!(name, "anyOf" | "oneOf");
        let (more, less) = match is_choice {
            true => (self.direction.wider(), self.direction.narrower()),
            false => (self.direction.narrower(), self.direction.wider()),
        };
        if now.len() > before.len() {
            self.changes.add(more, at, format!("`{name}` has a new member"));
        }
        if now.len() < before.len() {
            self.changes
                .add(less, at, format!("a member of `{name}` is gone"));
        }
    }

    /// What is none of the above: what it means for clients, nobody knows.
    fn rest(&mut self, at: &str, old: &Value, new: &Value) {
        let is_known = |name: &str| {
            KNOWN.contains(&name) || TEXTS.contains(&name) || LOWER.contains(&name) || UPPER.contains(&name)
        };
        let names: BTreeSet<&String> = members(old).chain(members(new)).map(|(name, _)| name).collect();
        for name in names.into_iter().filter(|name| !is_known(name)) {
            if old.get(name) != new.get(name) {
                let weight = if name.starts_with("x-") {
                    Weight::Text
                } else {
                    Weight::Breaks
                };
                self.changes.add(weight, at, format!("`{name}` changed"));
            }
        }
    }
}

/// Whether something in it may have changed although it reads the same.
fn is_inner_reference(schema: &Value) -> bool {
    match schema {
        Value::Array(list) => list.iter().any(is_inner_reference),
        Value::Object(members) => members.contains_key("$ref") || members.values().any(is_inner_reference),
        _ => false,
    }
}

fn is_anything(schema: &Value) -> bool {
    schema.is_null() || *schema == json!({}) || *schema == Value::Bool(true)
}

/// A part that is missing may be anything.
fn part(schema: &Value, name: &str) -> Value {
    schema.get(name).cloned().unwrap_or_else(|| json!({}))
}

fn types(schema: &Value) -> BTreeSet<&str> {
    match &schema["type"] {
        Value::String(name) => [&**name].into(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn listed(types: &BTreeSet<&str>) -> String {
    if types.is_empty() {
        return "any".to_owned();
    }
    types
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}

fn values(schema: &Value) -> Option<Vec<Value>> {
    let only = schema.get("const").map(|value| vec![value.clone()]);
    only.or_else(|| schema["enum"].as_array().cloned())
}

fn bound(schema: &Value, name: &str) -> Option<f64> {
    schema[name].as_number().and_then(Number::as_f64)
}

fn required(schema: &Value) -> BTreeSet<&str> {
    schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}
