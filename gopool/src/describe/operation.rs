//! One operation, while its parameters and its reply say what they are.

use std::fmt;

use schemars::JsonSchema;
use serde_json::Value;

use super::{
    answer::{Answer, Content},
    schemas::Schemas,
    security::Security,
    values::{Place, without_null},
};
use crate::{error::Kind, template::Template};

/// How deep the parts of one parameter's type may lie.
const MOST_DEPTH: usize = 16;

/// One operation, for parameters and errors to say what they are.
pub struct Operation<'a> {
    schemas: &'a mut Schemas,
    path: Template,
    /// What is said now may be missing.
    is_optional: bool,
    /// What is said now goes wrong without a failure.
    is_lenient: bool,
    said: Described,
}

/// What was said of an operation.
#[derive(Debug, Default)]
pub(crate) struct Described {
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answer: Option<Answer>,
    pub(crate) failures: Vec<Failed>,
    /// Each with whether a request may do without it.
    pub(crate) security: Vec<(Security, bool)>,
    /// Ways of which one is enough.
    pub(crate) one_of: Vec<Security>,
    /// Whether a request may do without all of them.
    pub(crate) is_one_of_optional: bool,
}

/// A failure that the client may get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// One of gopool's.
    Ours(Kind),
    /// One of the application's, with its title.
    Theirs(u16, String),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) place: Place,
    pub(crate) name: String,
    pub(crate) is_required: bool,
    pub(crate) may_be_empty: bool,
    pub(crate) is_deprecated: bool,
    pub(crate) text: Option<String>,
    pub(crate) schema: Value,
}

#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) is_required: bool,
    pub(crate) content: Content,
}

impl<'a> Operation<'a> {
    pub(crate) fn new(schemas: &'a mut Schemas, path: Template) -> Self {
        Self {
            schemas,
            path,
            is_optional: false,
            is_lenient: false,
            said: Described::default(),
        }
    }

    pub(crate) fn finish(self) -> Described {
        self.said
    }

    /// A failure that the client may get, and when.
    pub fn problem(&mut self, status: u16, text: impl Into<String>) -> &mut Self {
        self.fail(Failed::Theirs(status, text.into()))
    }

    /// Clients must say who they are in this way, unless the parameter is an `Option`.
    pub fn security(&mut self, security: Security) -> &mut Self {
        let is_optional = self.is_optional;
        self.said.security.push((security, is_optional));
        self
    }

    /// Clients must say who they are in one of these ways, whatever the parts of the parameter say of each, unless the parameter is an `Option`.
    pub fn security_one_of(&mut self, ways: impl IntoIterator<Item = Security>) -> &mut Self {
        self.said.is_one_of_optional |= self.is_optional;
        for way in ways {
            if !self.said.one_of.contains(&way) {
                self.said.one_of.push(way);
            }
        }
        self
    }

    /// Text in this header, and what it is; it may be missing.
    pub fn header(&mut self, name: &str, text: &str) -> &mut Self {
        self.text_in(Place::Header, &name.to_ascii_lowercase(), text)
    }

    /// Text in this part of the query, and what it is; it may be missing.
    pub fn query(&mut self, name: &str, text: &str) -> &mut Self {
        self.text_in(Place::Query, name, text)
    }

    /// Text in this cookie, and what it is; it may be missing.
    pub fn cookie(&mut self, name: &str, text: &str) -> &mut Self {
        self.text_in(Place::Cookie, name, text)
    }

    fn text_in(&mut self, place: Place, name: &str, text: &str) -> &mut Self {
        let schema = serde_json::json!({ "type": "string", "description": text });
        self.field(place, name, schema, false)
    }

    /// A body that must be there, unless the parameter is an `Option`.
    pub fn body(&mut self, content: Content) -> &mut Self {
        let is_required = !self.is_optional;
        self.said.body = Some(Body { is_required, content });
        self
    }

    /// One part of a body that is a form, and how it is sent if it is no text.
    pub(crate) fn part(&mut self, name: &str, schema: Value, is_required: bool, media_types: &str) {
        let Some(Body { content, .. }) = &mut self.said.body else {
            return;
        };
        content.schema["properties"][name] = schema;
        if let (true, Some(required)) = (is_required, content.schema["required"].as_array_mut()) {
            required.push(name.into());
        }
        if !media_types.is_empty() {
            let encoding = serde_json::json!({ "contentType": media_types });
            content.encoding.insert(name.to_owned(), encoding);
        }
    }

    pub(crate) fn schemas(&mut self) -> &mut Schemas {
        self.schemas
    }

    pub(crate) fn answer(&mut self, answer: Answer) {
        self.said.answer = Some(answer);
    }

    pub(crate) fn fail(&mut self, failed: Failed) -> &mut Self {
        if !self.is_lenient && !self.said.failures.contains(&failed) {
            self.said.failures.push(failed);
        }
        self
    }

    /// What `describe` says may be missing.
    pub(crate) fn optionally(&mut self, describe: impl FnOnce(&mut Self)) {
        let was_optional = std::mem::replace(&mut self.is_optional, true);
        describe(self);
        self.is_optional = was_optional;
    }

    /// What `describe` says may be missing or wrong, and the handler decides what is answered then.
    pub(crate) fn leniently(&mut self, describe: impl FnOnce(&mut Self)) {
        let was_lenient = std::mem::replace(&mut self.is_lenient, true);
        self.optionally(describe);
        self.is_lenient = was_lenient;
    }

    /// The fields of a struct, each a parameter.
    pub(crate) fn fields<T: JsonSchema>(&mut self, place: Place) {
        let schema = self.schemas.input::<T>();
        self.fields_of(place, &schema, true, MOST_DEPTH);
    }

    fn fields_of(&mut self, place: Place, schema: &Value, can_be_required: bool, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let schema = self.schemas.resolved(schema);
        let required = schema["required"].as_array();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.is_some_and(|required| required.iter().any(|other| other == name));
            self.field(place, name, field.clone(), is_required && can_be_required);
        }
        for (word, all_apply) in [("allOf", true), ("anyOf", false), ("oneOf", false)] {
            for part in schema[word].as_array().into_iter().flatten() {
                self.fields_of(place, part, can_be_required && all_apply, depth);
            }
        }
        if place == Place::Query && schema["additionalProperties"].is_object() {
            self.field(place, "query", schema, false);
        }
    }

    /// One parameter; what its schema says of it as a field is said of the parameter.
    pub(crate) fn field(&mut self, place: Place, name: &str, schema: Value, is_required: bool) -> &mut Self {
        let mut plain = without_null(schema.clone());
        let may_be_empty = place == Place::Query && plain != schema && !is_required;
        let members = plain.as_object_mut();
        let (text, is_deprecated) = members.map_or((None, None), |members| {
            (members.remove("description"), members.remove("deprecated"))
        });
        let is_required = place == Place::Path || is_required && !self.is_optional;
        let text = text.and_then(|text| text.as_str().map(str::to_owned));
        self.add(Parameter {
            place,
            name: name.to_owned(),
            is_required,
            may_be_empty,
            is_deprecated: is_deprecated == Some(Value::Bool(true)),
            text,
            schema: plain,
        });
        self
    }

    /// Two may read the same; the one that is stricter counts.
    fn add(&mut self, parameter: Parameter) {
        let same = |other: &&mut Parameter| (other.place, &other.name) == (parameter.place, &parameter.name);
        match self.said.parameters.iter_mut().find(same) {
            Some(other) => other.is_required |= parameter.is_required,
            None => self.said.parameters.push(parameter),
        }
    }

    /// The names of a path as a `T`: a struct, a tuple, or one value.
    pub(crate) fn path<T: JsonSchema>(&mut self) {
        let schema = self.schemas.input::<T>();
        let whole = self.schemas.resolved(&schema);
        if whole.get("properties").is_some() {
            return self.fields_of(Place::Path, &schema, true, MOST_DEPTH);
        }
        let names = self.path_names();
        match whole["prefixItems"].as_array() {
            Some(items) => {
                for (name, item) in names.iter().zip(items) {
                    self.field(Place::Path, name, item.clone(), true);
                }
            }
            None => {
                for name in names {
                    self.field(Place::Path, name, schema.clone(), true);
                }
            }
        }
    }

    /// Parameters of which no more is known than their names.
    pub(crate) fn names(&mut self, place: Place, names: &[&str]) {
        for name in names {
            self.field(place, name, serde_json::json!({}), false);
        }
    }

    pub(crate) fn path_names(&self) -> Vec<&'static str> {
        self.path.names().collect()
    }
}

impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("path", &self.path)
            .field("said", &self.said)
            .finish_non_exhaustive()
    }
}
