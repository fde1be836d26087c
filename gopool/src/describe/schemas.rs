//! The schemas of all types that routes name, each under its name.

use std::{any::type_name, borrow::Cow, cell::RefCell, collections::BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value};

use super::values::bound;

/// Where a document has its schemas.
pub(crate) const COMPONENTS: &str = "#/components/schemas/";

/// The schemas of all types that routes name.
#[derive(Debug)]
pub struct Schemas {
    /// As they are read.
    input: SchemaGenerator,
    /// As they are written.
    output: SchemaGenerator,
    lacks: Vec<String>,
}

/// Each schema by its name, as it is read and as it is written.
#[derive(Debug)]
pub(crate) struct Definitions {
    pub(crate) input: Map<String, Value>,
    pub(crate) output: Map<String, Value>,
}

impl Schemas {
    /// None yet; nothing is given these names.
    pub(crate) fn new(taken: &[String]) -> Self {
        let settings = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings
        };
        let mut schemas = Self {
            input: settings().for_deserialize().into_generator(),
            output: settings().for_serialize().into_generator(),
            lacks: Vec::new(),
        };
        schemas.output::<Problem>();
        for name in taken {
            NAME.set(name.clone());
            schemas.output::<Taken>();
        }
        schemas
    }

    /// The schema of a `T` that is read.
    pub(crate) fn input<T: JsonSchema>(&mut self) -> Value {
        // Both know all types, so that a name means the same in both.
        self.output.subschema_for::<T>();
        whole(self.input.subschema_for::<T>())
    }

    /// The schema of a `T` that is written.
    pub(crate) fn output<T: JsonSchema>(&mut self) -> Value {
        self.input.subschema_for::<T>();
        whole(self.output.subschema_for::<T>())
    }

    /// Notes that a type has no schema; `place` is where it stands.
    pub(crate) fn lacks<T: ?Sized>(&mut self, place: &str) {
        self.lacks.push(format!("{place} is a `{}`", type_name::<T>()));
    }

    /// The types without a schema since this was asked last.
    pub(crate) fn take_lacks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lacks)
    }

    /// What a schema that is read refers to, or the schema itself.
    pub(crate) fn resolved(&self, schema: &Value) -> Value {
        let definition = definition(self.input.definitions(), schema);
        let mut resolved = definition.unwrap_or(schema).clone();
        bound(&mut resolved);
        resolved
    }

    /// All names so far.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let names = self.input.definitions().keys();
        names.chain(self.output.definitions().keys()).cloned().collect()
    }

    /// Grows with each name.
    pub(crate) fn count(&self) -> usize {
        self.input.definitions().len() + self.output.definitions().len()
    }

    pub(crate) fn finish(mut self) -> Definitions {
        let definitions = |generator: &mut SchemaGenerator| {
            let mut definitions = generator.take_definitions(true);
            definitions.values_mut().for_each(bound);
            definitions
        };
        Definitions {
            input: definitions(&mut self.input),
            output: definitions(&mut self.output),
        }
    }
}

fn whole(schema: Schema) -> Value {
    let mut schema = schema.to_value();
    bound(&mut schema);
    schema
}

/// What a schema refers to.
fn definition<'a>(definitions: &'a Map<String, Value>, schema: &Value) -> Option<&'a Value> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix(COMPONENTS)?;
    definitions.get(name)
}

/// The names of all schemas that a value refers to.
pub(crate) fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            found.extend(reference.and_then(|reference| reference.strip_prefix(COMPONENTS)));
            members.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// Whether OpenAPI lets a schema be called so. Others would also be encoded in references.
pub(crate) fn is_fit_name(name: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_fit)
}

/// RFC 9457, as gopool writes it.
struct Problem;

impl JsonSchema for Problem {
    fn schema_name() -> Cow<'static, str> {
        "Problem".into()
    }

    fn schema_id() -> Cow<'static, str> {
        concat!(module_path!(), "::Problem").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut problem = json_schema!({
            "type": "object",
            "description": "Why a request was not answered as asked (RFC 9457).",
            "required": ["type", "title", "status", "request_id"],
            "properties": {
                "type": { "type": "string", "format": "uri-reference", "description": "Which kind of failure it is." },
                "title": { "type": "string", "description": "The same for all failures of this kind." },
                "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                "detail": { "type": "string", "description": "What is wrong with this request." },
                "request_id": { "type": "string", "description": "Under which id the server's log knows it." }
            }
        });
        let properties = problem.get_mut("properties").and_then(Value::as_object_mut);
        if let (true, Some(properties)) = (cfg!(feature = "garde"), properties) {
            properties.insert("errors".to_owned(), errors());
        }
        problem
    }
}

/// What a value that breaks rules breaks; an application's own problems may have other members of this name, so nothing is required.
fn errors() -> Value {
    serde_json::json!({
        "type": "array",
        "description": "All that is wrong with a value that breaks rules.",
        "items": {
            "type": "object",
            "properties": {
                "pointer": { "type": "string", "description": "Where in what was sent: a JSON pointer, as a fragment." },
                "detail": { "type": "string", "description": "What is wrong there." }
            }
        }
    })
}

thread_local! {
    /// What `Taken` is called next.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Takes a name away from the types of the application.
struct Taken;

impl JsonSchema for Taken {
    fn schema_name() -> Cow<'static, str> {
        NAME.with_borrow(|name| name.clone()).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{}::Taken {}", module_path!(), Self::schema_name()).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}
