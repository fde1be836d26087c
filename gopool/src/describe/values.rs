//! Values of JSON, as a document has them.

use serde_json::{Map, Value, json};

/// Where a parameter stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

impl Place {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// The same with the members of each object in order, whatever keeps them.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(sorted).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            let members = members.into_iter().map(|(name, value)| (name, sorted(value)));
            Value::Object(members.collect())
        }
        other => other,
    }
}

/// What a number may be that its type can hold: JSON Schema takes `format` for a remark.
const BOUNDS: [(&str, i128, i128); 10] = [
    ("uint8", 0, u8::MAX as i128),
    ("uint16", 0, u16::MAX as i128),
    ("uint32", 0, u32::MAX as i128),
    ("uint64", 0, u64::MAX as i128),
    ("uint", 0, usize::MAX as i128),
    ("int8", i8::MIN as i128, i8::MAX as i128),
    ("int16", i16::MIN as i128, i16::MAX as i128),
    ("int32", i32::MIN as i128, i32::MAX as i128),
    ("int64", i64::MIN as i128, i64::MAX as i128),
    ("int", isize::MIN as i128, isize::MAX as i128),
];

/// Gives each number of a schema the bounds of its type.
pub(super) fn bound(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(bound),
        Value::Object(members) => {
            bound_one(members);
            members.values_mut().for_each(bound);
        }
        _ => {}
    }
}

fn bound_one(schema: &mut Map<String, Value>) {
    let format = schema.get("format").and_then(Value::as_str);
    let bounds = BOUNDS.iter().find(|(name, ..)| Some(*name) == format);
    let Some((_, low, high)) = bounds else { return };
    if !schema.contains_key("exclusiveMinimum") {
        schema.entry("minimum").or_insert(number(*low));
    }
    if !schema.contains_key("exclusiveMaximum") {
        schema.entry("maximum").or_insert(number(*high));
    }
}

fn number(number: i128) -> Value {
    match u64::try_from(number) {
        Ok(number) => json!(number),
        Err(_) => json!(i64::try_from(number).unwrap_or(i64::MIN)),
    }
}

/// A parameter is there or not, but never `null`.
pub(super) fn without_null(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else {
        return schema;
    };
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = &types[..] {
            members["type"] = only.clone();
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if members.get("default").is_some_and(Value::is_null) {
        members.remove("default");
    }
    without_null_variant(members);
    schema
}

/// `anyOf: [T, null]` is `T`.
fn without_null_variant(members: &mut Map<String, Value>) {
    for name in ["anyOf", "oneOf"] {
        let Some(Value::Array(variants)) = members.get_mut(name) else {
            continue;
        };
        variants.retain(|variant| variant["type"] != "null");
        if let [only] = &variants[..] {
            let only = only.clone();
            members.remove(name);
            for (name, value) in only.as_object().into_iter().flatten() {
                members.entry(name.clone()).or_insert(value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_bounds_of_its_type_wherever_it_stands() {
        let mut schema =
            json!({ "properties": { "n": { "type": "integer", "format": "uint32", "minimum": 1 } } });
        bound(&mut schema);
        assert_eq!(schema["properties"]["n"]["minimum"], 1);
        assert_eq!(schema["properties"]["n"]["maximum"], u32::MAX);
        let mut schema = json!({ "format": "int64" });
        bound(&mut schema);
        assert_eq!(
            (&schema["minimum"], &schema["maximum"]),
            (&json!(i64::MIN), &json!(i64::MAX))
        );
        let mut schema = json!({ "format": "date-time" });
        bound(&mut schema);
        assert_eq!(schema, json!({ "format": "date-time" }));
    }

    #[test]
    fn a_parameter_is_never_null() {
        let schema = without_null(json!({ "type": ["integer", "null"], "default": null }));
        assert_eq!(schema, json!({ "type": "integer" }));
        let schema =
            without_null(json!({ "anyOf": [{ "$ref": "#/a" }, { "type": "null" }], "description": "d" }));
        assert_eq!(schema, json!({ "$ref": "#/a", "description": "d" }));
        let schema = without_null(json!({ "type": ["string", "null"], "enum": ["a", null] }));
        assert_eq!(schema, json!({ "type": "string", "enum": ["a"] }));
    }

    #[test]
    fn members_are_in_order() {
        let text = sorted(json!({ "b": 1, "a": [{ "d": 1, "c": 2 }] })).to_string();
        assert_eq!(text, r#"{"a":[{"c":2,"d":1}],"b":1}"#);
    }
}
