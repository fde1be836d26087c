//! What has changed between two documents, and for whom that matters.

use std::collections::BTreeMap;

use serde_json::Value;

mod changes;
mod operation;
mod schema;

pub(crate) use changes::Change;
use changes::{Changes, Documents, Weight, members};

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
