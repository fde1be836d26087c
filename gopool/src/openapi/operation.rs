//! One route as an operation.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{failures, naming, version::SpecVersion};
use crate::{
    describe::{Answer, Content, Described, Place, Security},
    route::Route,
};

/// Headers that OpenAPI has other words for, or that say how a body is sent.
const NO_PARAMETERS: [&str; 5] = [
    "accept",
    "authorization",
    "content-encoding",
    "content-type",
    "cookie",
];

/// What operations have in common.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The statuses of which all say the same.
    pub(super) failures: BTreeSet<u16>,
    pub(super) security: BTreeMap<String, Value>,
    /// Each with what a group says of it.
    pub(super) tags: BTreeMap<&'static str, &'static str>,
}

/// The operation of a route, of which this was said.
pub(super) fn operation(
    route: &Route,
    id: &str,
    said: &Described,
    version: SpecVersion,
    shared: &mut Shared,
) -> Value {
    let mut operation = Map::new();
    let mut set = |name: &str, value: Value| drop(operation.insert(name.to_owned(), value));
    set("operationId", id.into());
    let (summary, description) = naming::summary_and_description(route.docs.text);
    for (name, text) in [("summary", summary), ("description", description)] {
        if !text.is_empty() {
            set(name, text.into());
        }
    }
    if let Some((tag, text)) = naming::tag(route) {
        let known = shared.tags.entry(tag).or_default();
        if known.is_empty() {
            *known = text;
        }
        set("tags", json!([tag]));
    }
    if route.docs.is_deprecated {
        set("deprecated", true.into());
    }
    let parameters = parameters(route, said);
    if !parameters.is_empty() {
        set("parameters", parameters.into());
    }
    if let Some(body) = &said.body {
        let content = content(&body.content, version);
        set(
            "requestBody",
            json!({ "required": body.is_required, "content": content }),
        );
    }
    set("responses", responses(route, said, version, shared).into());
    if !said.security.is_empty() || !said.one_of.is_empty() {
        set("security", security(said, shared));
    }
    Value::Object(operation)
}

/// In the order of their places; those of the path in the order of the path.
fn parameters(route: &Route, said: &Described) -> Vec<Value> {
    let keys: Vec<&str> = said
        .security
        .iter()
        .map(|(security, _)| security)
        .chain(&said.one_of)
        .filter_map(|security| security.header.as_deref())
        .collect();
    let is_header =
        |place, name: &str| place == Place::Header && (NO_PARAMETERS.contains(&name) || keys.contains(&name));
    let mut told: Vec<(Place, usize, String, Value)> = Vec::new();
    let names: Vec<&str> = route.template.names().collect();
    for parameter in &said.parameters {
        let (place, name) = (parameter.place, &parameter.name);
        let position = names.iter().position(|other| other == name);
        // A path without a name that a struct has is no mistake that could be sent.
        if is_header(place, name) || place == Place::Path && position.is_none() {
            continue;
        }
        let mut value = json!({
            "name": name,
            "in": place.as_str(),
            "required": parameter.is_required,
            "schema": parameter.schema,
        });
        if let Some(text) = &parameter.text {
            value["description"] = text.as_str().into();
        }
        if parameter.may_be_empty {
            value["allowEmptyValue"] = true.into();
        }
        if parameter.is_deprecated {
            value["deprecated"] = true.into();
        }
        told.push((place, position.unwrap_or_default(), name.clone(), value));
    }
    for (position, name) in names.iter().enumerate() {
        if !told
            .iter()
            .any(|(place, _, other, _)| (*place, &**other) == (Place::Path, *name))
        {
            let value =
                json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } });
            told.push((Place::Path, position, (*name).to_owned(), value));
        }
    }
    told.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    let rest = route.template.rest();
    let parameters = told.into_iter().map(|(place, _, name, mut value)| {
        if place == Place::Path && rest == Some(&*name) {
            value["x-gopool-rest"] = true.into();
        }
        value
    });
    parameters.collect()
}

fn content(content: &Content, version: SpecVersion) -> Value {
    let mut media = json!({ "schema": content.schema });
    if let Some(item) = &content.item {
        match version {
            SpecVersion::V3_1 => media["schema"]["x-itemSchema"] = item.clone(),
            SpecVersion::V3_2 => media["itemSchema"] = item.clone(),
        }
    }
    if !content.encoding.is_empty() {
        media["encoding"] = content.encoding.clone().into();
    }
    json!({ &*content.media_type: media })
}

fn responses(
    route: &Route,
    said: &Described,
    version: SpecVersion,
    shared: &mut Shared,
) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, texts) in failures::by_status(route, &said.failures) {
        let response = failures::response(status, &texts, &mut shared.failures);
        responses.insert(status.to_string(), response);
    }
    let is_open = said.answer.as_ref().is_some_and(|answer| answer.is_open);
    let default = match is_open {
        true => {
            json!({ "description": "Whatever else the handler answers.", "content": { "*/*": { "schema": {} } } })
        }
        false => failures::any_other(),
    };
    responses.insert("default".to_owned(), default);
    if let Some(answer) = &said.answer {
        responses.insert(answer.status.to_string(), success(answer, version));
    }
    responses
}

fn success(answer: &Answer, version: SpecVersion) -> Value {
    let code: Option<StatusCode> = answer.status.parse().ok();
    let reason = match &*answer.status {
        "3XX" => "Elsewhere",
        _ => code.and_then(|code| code.canonical_reason()).unwrap_or("Success"),
    };
    let mut response = json!({ "description": answer.text.as_deref().unwrap_or(reason) });
    if let Some(body) = &answer.content {
        response["content"] = content(body, version);
    }
    if !answer.headers.is_empty() {
        let headers = answer.headers.iter().map(|(name, text)| {
            let header = json!({ "description": text, "schema": { "type": "string" } });
            (name.clone(), header)
        });
        response["headers"] = Value::Object(headers.collect());
    }
    response
}

/// All that is required together; with each of those that are not, or of which one is enough, an alternative.
fn security(said: &Described, shared: &mut Shared) -> Value {
    let mut note =
        |security: &Security| drop(shared.security.insert(security.name.clone(), security.to_json()));
    said.security.iter().for_each(|(security, _)| note(security));
    said.one_of.iter().for_each(note);
    let of = |wanted: bool| {
        let names = said
            .security
            .iter()
            .filter(move |(_, is_optional)| *is_optional == wanted);
        names.map(|(security, _)| (security.name.clone(), json!([])))
    };
    let required: Map<String, Value> = of(false).collect();
    let one_of = said.one_of.iter().map(|way| (way.name.clone(), json!([])));
    let ways: Vec<_> = match said.one_of.is_empty() {
        true => of(true).collect(),
        false => one_of.collect(),
    };
    let mut alternatives: Vec<Value> = ways
        .into_iter()
        .filter(|(name, _)| !required.contains_key(name))
        .map(|way| Value::Object(required.clone().into_iter().chain([way]).collect()))
        .collect();
    if said.one_of.is_empty() || said.is_one_of_optional {
        alternatives.push(Value::Object(required));
    }
    alternatives.dedup();
    alternatives.into()
}
