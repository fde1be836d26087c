//! The whole document.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::{Map, Value, json};

use super::{
    clashes::{self, Origins},
    failures, naming,
    operation::{Shared, operation},
    version::SpecVersion,
};
use crate::{
    describe::{Described, Operation, Schemas, references, sorted},
    route::{Route, Verb},
};

/// What a document says of the application.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    /// The crate of most routes, if there is none.
    pub(crate) title: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) description: Option<&'a str>,
}

/// What the routes are, for programs.
#[derive(Debug)]
pub(crate) struct Document {
    json: Value,
    /// Where types have no schema, a sentence each.
    lacks: Vec<String>,
}

/// Why there is no document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Two have one name.
    Clash(String),
    /// Code of the application failed that describes one of its types.
    Broken(String),
}

impl Refusal {
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Clash(sentence) | Self::Broken(sentence) => sentence,
        }
    }
}

/// All that was said of the routes.
struct Said {
    operations: Vec<Described>,
    schemas: Schemas,
    origins: Origins,
    lacks: Vec<String>,
}

impl Document {
    /// The document of these routes, which are sorted.
    ///
    /// # Errors
    /// Every reason why there is none.
    pub(crate) fn of(
        routes: &[&'static Route],
        about: About<'_>,
        version: SpecVersion,
    ) -> Result<Self, Vec<Refusal>> {
        let routes: Vec<&'static Route> = routes
            .iter()
            .filter(|route| route.verb != Verb::Any)
            .copied()
            .collect();
        let ids = naming::ids(&routes);
        let said = Said::of(&routes, &[])?;
        let mut clashes = clashes::of_ids(&routes, &ids);
        clashes.extend(clashes::of_schemas(&seconds(&routes, &said)?, &said.origins));
        if !clashes.is_empty() {
            return Err(clashes.into_iter().map(Refusal::Clash).collect());
        }
        let mut shared = Shared::default();
        let mut paths = Map::new();
        for ((route, id), said) in routes.iter().zip(&ids).zip(&said.operations) {
            let operation = operation(route, id, said, version, &mut shared);
            add(&mut paths, route, operation);
        }
        let schemas = schemas(said.schemas, &paths);
        let json = sorted(json!({
            "openapi": match version { SpecVersion::V3_1 => "3.1.1", SpecVersion::V3_2 => "3.2.0" },
            "info": info(about, &routes),
            "tags": tags(&shared),
            "paths": paths,
            "components": {
                "schemas": schemas,
                "responses": failures::components(&shared.failures),
                "securitySchemes": shared.security.into_iter().collect::<Map<_, _>>(),
            },
        }));
        let lacks = said.lacks;
        Ok(Self { json, lacks })
    }

    pub(crate) fn into_json(self) -> Value {
        self.json
    }

    pub(crate) fn to_text(&self) -> String {
        // A value of text and numbers: writing it cannot fail.
        serde_json::to_string_pretty(&self.json).unwrap_or_default()
    }

    /// Where types have no schema, a sentence each.
    pub(crate) fn lacks(&self) -> &[String] {
        &self.lacks
    }
}

impl Said {
    /// Lets the types of all routes speak; no schema gets one of the names that are `taken`.
    fn of(routes: &[&'static Route], taken: &[String]) -> Result<Self, Vec<Refusal>> {
        let mut schemas = Schemas::new(taken);
        let (mut known, mut count) = (schemas.names(), schemas.count());
        let (mut operations, mut origins, mut lacks) = (Vec::new(), Origins::new(), Vec::new());
        let mut broken = Vec::new();
        for route in routes {
            let described = catch_unwind(AssertUnwindSafe(|| {
                let mut operation = Operation::new(&mut schemas, route.template);
                (route.docs.describe)(&mut operation);
                operation.finish()
            }));
            match described {
                Ok(described) => operations.push(described),
                Err(_) => broken.push(Refusal::Broken(format!(
                    "the schemas of {route} of {} cannot be made: one of its types panicked; the message stands above",
                    route.origin()
                ))),
            }
            let of_route = schemas.take_lacks().into_iter();
            lacks.extend(of_route.map(|lack| {
                format!(
                    "{route} of {}: {lack}, which has no schema; derive `schemars::JsonSchema` for it",
                    route.origin()
                )
            }));
            if schemas.count() > count {
                count = schemas.count();
                let names = schemas.names();
                origins.extend(names.difference(&known).map(|name| (name.clone(), *route)));
                known = names;
            }
        }
        match broken.is_empty() {
            true => Ok(Self {
                operations,
                schemas,
                origins,
                lacks,
            }),
            false => Err(broken),
        }
    }
}

/// The names that types have only because another type has theirs.
fn seconds(routes: &[&'static Route], said: &Said) -> Result<Vec<String>, Vec<Refusal>> {
    let suspects = clashes::suspects(&said.schemas.names());
    if suspects.is_empty() {
        return Ok(suspects);
    }
    let again = Said::of(routes, &suspects)?;
    Ok(clashes::seconds(suspects, &again.schemas.names()))
}

fn tags(shared: &Shared) -> Vec<Value> {
    let tags = shared.tags.iter().map(|(name, text)| match text.is_empty() {
        true => json!({ "name": name }),
        false => json!({ "name": name, "description": text }),
    });
    tags.collect()
}

fn info(about: About<'_>, routes: &[&'static Route]) -> Value {
    let mut info = json!({
        "title": about.title.unwrap_or_else(|| package(routes)),
        "version": about.version.unwrap_or("0"),
    });
    if let Some(description) = about.description {
        info["description"] = description.into();
    }
    info
}

/// The package of most routes.
fn package(routes: &[&'static Route]) -> &'static str {
    let packages: BTreeSet<&str> = routes.iter().map(|route| route.site.package).collect();
    let count = |package: &&str| {
        routes
            .iter()
            .filter(|route| route.site.package == *package)
            .count()
    };
    // Of equals `max_by_key` takes the last.
    packages.into_iter().rev().max_by_key(count).unwrap_or("gopool")
}

/// OpenAPI has no names of several segments, so the star is left out, unless another path is called so then.
fn add(paths: &mut Map<String, Value>, route: &Route, operation: Value) {
    let method = route.verb.as_str().to_ascii_lowercase();
    let written = route.template.as_str();
    let plain = written.replace("{*", "{");
    let is_taken = paths.get(&plain).is_some_and(|item| item.get(&method).is_some());
    let path = if is_taken { written.to_owned() } else { plain };
    let item = paths.entry(path).or_insert_with(|| json!({}));
    item[method] = operation;
}

/// What is read has the schema of what is read, also where it is written.
fn schemas(schemas: Schemas, paths: &Map<String, Value>) -> Map<String, Value> {
    let definitions = schemas.finish();
    let operations = paths.values().filter_map(Value::as_object).flat_map(Map::values);
    let mut read = BTreeSet::new();
    let mut named = BTreeSet::new();
    for operation in operations {
        for part in ["parameters", "requestBody"] {
            references(&operation[part], &mut read);
        }
        references(&operation["responses"], &mut named);
    }
    let read = closure(read, &definitions.input);
    // What is only written may hold what is read.
    let mut all = Map::new();
    let mut ahead: Vec<&str> = named
        .into_iter()
        .chain(read.iter().copied())
        .chain(["Problem"])
        .collect();
    while let Some(name) = ahead.pop() {
        let of = if read.contains(name) {
            &definitions.input
        } else {
            &definitions.output
        };
        let (Some(schema), false) = (of.get(name), all.contains_key(name)) else {
            continue;
        };
        all.insert(name.to_owned(), schema.clone());
        let mut inner = BTreeSet::new();
        references(schema, &mut inner);
        ahead.extend(inner);
    }
    all
}

/// These names, and those that their schemas name.
fn closure<'a>(names: BTreeSet<&'a str>, definitions: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    let mut all = BTreeSet::new();
    let mut ahead: Vec<&str> = names.into_iter().collect();
    while let Some(name) = ahead.pop() {
        if all.insert(name) {
            let mut inner = BTreeSet::new();
            definitions
                .get(name)
                .inspect(|schema| references(schema, &mut inner));
            ahead.extend(inner);
        }
    }
    all
}
