//! Two operations of one method and path.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    changes::{Changes, Documents, Weight, members, resolved},
    schema::{self, Direction},
};

/// An operation, or a part of it, before and now.
type Both<'a> = (&'a Value, &'a Value);

pub(super) fn compare(documents: Documents<'_>, name: &str, both: Both<'_>, changes: &mut Changes) {
    let (before, now) = both;
    changes.texts(
        name,
        before,
        now,
        &["summary", "description", "tags", "deprecated", "externalDocs"],
    );
    if before["operationId"] != now["operationId"] {
        let what = format!(
            "the id was {} and is {}",
            before["operationId"], now["operationId"]
        );
        changes.add(Weight::Breaks, name, what);
    }
    parameters(documents, name, both, changes);
    body(documents, name, both, changes);
    responses(documents, name, both, changes);
    security(documents, name, both, changes);
}

fn is_required(value: &Value) -> bool {
    value["required"].as_bool().unwrap_or_default()
}

/// Each by its place and name.
fn by_name<'a>(document: &'a Value, operation: &'a Value) -> BTreeMap<(&'a str, &'a str), &'a Value> {
    let list = operation["parameters"].as_array().into_iter().flatten();
    let parameters = list.map(|parameter| resolved(document, parameter));
    let keyed = parameters.filter_map(|parameter| {
        let key = (parameter["in"].as_str()?, parameter["name"].as_str()?);
        Some((key, parameter))
    });
    keyed.collect()
}

fn parameters(documents: Documents<'_>, name: &str, (before, now): Both<'_>, changes: &mut Changes) {
    let (old, new) = (by_name(documents.before, before), by_name(documents.now, now));
    for ((place, parameter), value) in &old {
        let at = format!("{name}: {place} parameter `{parameter}`");
        let Some(other) = new.get(&(*place, *parameter)) else {
            changes.add(Weight::Breaks, &at, "it is gone");
            continue;
        };
        required(&at, (value, other), changes);
        changes.texts(
            &at,
            value,
            other,
            &["description", "deprecated", "example", "examples"],
        );
        if value["allowEmptyValue"] != other["allowEmptyValue"] {
            let weight = match other["allowEmptyValue"] {
                Value::Bool(true) => Weight::Adds,
                _ => Weight::Breaks,
            };
            changes.add(weight, &at, "whether it may be empty changed");
        }
        if (&value["style"], &value["explode"]) != (&other["style"], &other["explode"]) {
            changes.add(Weight::Breaks, &at, "how it is written changed");
        }
        schema::compare(
            documents,
            Direction::In,
            &at,
            (&value["schema"], &other["schema"]),
            changes,
        );
    }
    for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
        let at = format!("{name}: {} parameter `{}`", key.0, key.1);
        match is_required(value) {
            true => changes.add(Weight::Breaks, &at, "it is new, and required"),
            false => changes.add(Weight::Adds, &at, "it is new"),
        }
    }
}

fn required(at: &str, (before, now): Both<'_>, changes: &mut Changes) {
    match (is_required(before), is_required(now)) {
        (false, true) => changes.add(Weight::Breaks, at, "it is now required"),
        (true, false) => changes.add(Weight::Adds, at, "it is no longer required"),
        _ => {}
    }
}

fn body(documents: Documents<'_>, name: &str, (before, now): Both<'_>, changes: &mut Changes) {
    let at = format!("{name}: body");
    let (old, new) = (before.get("requestBody"), now.get("requestBody"));
    match (old, new) {
        (None, None) => {}
        (Some(_), None) => changes.add(Weight::Breaks, &at, "it is gone"),
        (None, Some(new)) if is_required(new) => changes.add(Weight::Breaks, &at, "it is new, and required"),
        (None, Some(_)) => changes.add(Weight::Adds, &at, "it is new"),
        (Some(old), Some(new)) => {
            required(&at, (old, new), changes);
            changes.texts(&at, old, new, &["description"]);
            content(documents, Direction::In, &at, (old, new), changes);
        }
    }
}

fn content(
    documents: Documents<'_>,
    direction: Direction,
    at: &str,
    (before, now): Both<'_>,
    changes: &mut Changes,
) {
    for (media_type, media) in members(&before["content"]) {
        let Some(other) = now["content"].get(media_type) else {
            changes.add(Weight::Breaks, at, format!("`{media_type}` is gone"));
            continue;
        };
        for part in ["schema", "itemSchema"] {
            schema::compare(documents, direction, at, (&media[part], &other[part]), changes);
        }
        changes.texts(at, media, other, &["example", "examples"]);
    }
    for (media_type, _) in members(&now["content"]) {
        if before["content"].get(media_type).is_none() {
            changes.add(Weight::Adds, at, format!("`{media_type}` is new"));
        }
    }
}

fn responses(documents: Documents<'_>, name: &str, (before, now): Both<'_>, changes: &mut Changes) {
    for (status, response) in members(&before["responses"]) {
        let at = format!("{name}: response {status}");
        let Some(other) = now["responses"].get(status) else {
            // A failure that does not occur any more hurts nobody.
            let weight = if is_failure(status) {
                Weight::Adds
            } else {
                Weight::Breaks
            };
            changes.add(weight, &at, "it is gone");
            continue;
        };
        let (old, new) = (
            resolved(documents.before, response),
            resolved(documents.now, other),
        );
        changes.texts(&at, old, new, &["description"]);
        content(documents, Direction::Out, &at, (old, new), changes);
        headers(documents, &at, (old, new), changes);
    }
    for (status, _) in members(&now["responses"]) {
        if before["responses"].get(status).is_none() {
            changes.add(Weight::Adds, &format!("{name}: response {status}"), "it is new");
        }
    }
}

fn is_failure(status: &str) -> bool {
    status.starts_with(['4', '5']) || status == "default"
}

fn headers(documents: Documents<'_>, at: &str, (before, now): Both<'_>, changes: &mut Changes) {
    for (name, header) in members(&before["headers"]) {
        let at = format!("{at}: header `{name}`");
        match now["headers"].get(name) {
            None => changes.add(Weight::Breaks, &at, "it is gone"),
            Some(other) => {
                changes.texts(&at, header, other, &["description"]);
                let both = (&header["schema"], &other["schema"]);
                schema::compare(documents, Direction::Out, &at, both, changes);
            }
        }
    }
    for (name, _) in members(&now["headers"]) {
        if before["headers"].get(name).is_none() {
            changes.add(Weight::Adds, &format!("{at}: header `{name}`"), "it is new");
        }
    }
}

/// A client may go on if each way that was open is still open.
fn security(documents: Documents<'_>, name: &str, (before, now): Both<'_>, changes: &mut Changes) {
    let at = format!("{name}: security");
    let schemes = |document: &Value, way: &Value| -> Vec<Value> {
        let schemes =
            members(way).map(|(scheme, _)| document["components"]["securitySchemes"][scheme].clone());
        let mut schemes: Vec<Value> = schemes.collect();
        for scheme in &mut schemes {
            scheme.as_object_mut().map(|scheme| scheme.remove("description"));
        }
        schemes.sort_by_key(Value::to_string);
        schemes
    };
    let ways = |document: &Value, operation: &Value| -> Vec<Vec<Value>> {
        let list = operation["security"]
            .as_array()
            .or(document["security"].as_array());
        match list {
            Some(list) => list.iter().map(|way| schemes(document, way)).collect(),
            None => vec![Vec::new()],
        }
    };
    let (old, new) = (ways(documents.before, before), ways(documents.now, now));
    // Who brings more than is asked for is let in, too.
    let is_open = |way: &Vec<Value>| {
        new.iter()
            .any(|asked| asked.iter().all(|scheme| way.contains(scheme)))
    };
    if !old.iter().all(is_open) {
        changes.add(Weight::Breaks, &at, "how clients say who they are changed");
    } else if old != new {
        changes.add(Weight::Adds, &at, "there is another way in");
    } else if before["security"] != now["security"] {
        changes.add(Weight::Text, &at, "it is called otherwise");
    }
}
