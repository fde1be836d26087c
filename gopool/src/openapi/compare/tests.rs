#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use serde_json::{Value, json};

use super::{Weight, compare};

/// A document with one operation, of which `change` changes something.
fn document(change: impl FnOnce(&mut Value)) -> Value {
    let mut document = json!({
        "openapi": "3.1.1",
        "info": { "title": "shop", "version": "0" },
        "paths": { "/a": { "post": {
            "operationId": "a",
            "summary": "A.",
            "parameters": [
                { "name": "q", "in": "query", "required": true, "schema": { "type": "integer", "minimum": 0, "maximum": 9 } },
                { "name": "p", "in": "query", "required": false, "schema": { "type": "string", "enum": ["x", "y"] } },
            ],
            "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/In" } } } },
            "responses": {
                "200": { "description": "OK", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Out" } } } },
                "409": { "$ref": "#/components/responses/Conflict" },
            },
            "security": [{ "key": [] }],
        } } },
        "components": {
            "schemas": {
                "In": { "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" }, "name": { "type": "string" } } },
                "Out": { "type": "object", "required": ["id"], "properties": {
                    "id": { "type": "integer" },
                    "kind": { "enum": ["x", "y"] },
                    "inner": { "type": "array", "items": { "$ref": "#/components/schemas/Out" } },
                } },
                "Unused": {},
            },
            "responses": { "Conflict": { "description": "taken" } },
            "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "k" } },
        },
    });
    change(&mut document);
    document
}

/// What has changed, and how grave the gravest is.
fn changed(change: impl FnOnce(&mut Value)) -> (Option<Weight>, String) {
    let changes = compare(&document(|_| {}), &document(change));
    let worst = changes.first().map(|change| change.weight);
    let lines: Vec<String> = changes.iter().map(ToString::to_string).collect();
    (worst, lines.join("\n"))
}

/// One change of one member, and what it is to be called.
fn one(pointer: &str, value: Value, weight: Weight, words: &str) {
    let (worst, text) = changed(|document| set(document, pointer, value.clone()));
    assert_eq!(worst, Some(weight), "{pointer} = {value}: {text}");
    assert!(
        text.contains(words),
        "{pointer} = {value}: `{words}` is not in: {text}"
    );
}

/// Sets what is there, or adds a member.
fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    let name = name.replace("~1", "/");
    match parent {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        _ if value.is_null() => drop(parent.as_object_mut().unwrap().remove(&name)),
        _ => parent[name] = value,
    }
}

const POST: &str = "/paths/~1a/post";
const IN: &str = "/components/schemas/In";
const OUT: &str = "/components/schemas/Out";

#[test]
fn the_same_document_has_no_changes() {
    assert_eq!(changed(|_| {}), (None, String::new()));
}

#[test]
fn what_clients_ask_for_is_told() {
    one(
        "/paths/~1a",
        Value::Null,
        Weight::Breaks,
        "POST /a: the operation is gone",
    );
    one(
        "/paths/~1b",
        json!({ "get": {} }),
        Weight::Adds,
        "GET /b: the operation is new",
    );
    one(
        &format!("{POST}/operationId"),
        json!("b"),
        Weight::Breaks,
        "the id was \"a\" and is \"b\"",
    );
    one(
        &format!("{POST}/requestBody"),
        Value::Null,
        Weight::Breaks,
        "body: it is gone",
    );
    one(
        &format!("{POST}/requestBody/required"),
        json!(false),
        Weight::Adds,
        "no longer required",
    );
    one(
        &format!("{POST}/responses/200"),
        Value::Null,
        Weight::Breaks,
        "response 200: it is gone",
    );
    one(
        &format!("{POST}/responses/409"),
        Value::Null,
        Weight::Adds,
        "response 409: it is gone",
    );
    one(
        &format!("{POST}/responses/404"),
        json!({}),
        Weight::Adds,
        "response 404: it is new",
    );
    one(
        &format!("{POST}/security"),
        Value::Null,
        Weight::Adds,
        "another way in",
    );
    one(
        &format!("{POST}/security/0/more"),
        json!([]),
        Weight::Breaks,
        "who they are changed",
    );
    one(
        "/components/securitySchemes/key/name",
        json!("z"),
        Weight::Breaks,
        "who they are changed",
    );
}

#[test]
fn a_parameter_that_asks_for_more_breaks_clients_and_one_that_asks_for_less_adds() {
    let (q, p) = (format!("{POST}/parameters/0"), format!("{POST}/parameters/1"));
    one(
        &format!("{q}/required"),
        json!(false),
        Weight::Adds,
        "`q`: it is no longer required",
    );
    one(
        &format!("{p}/required"),
        json!(true),
        Weight::Breaks,
        "`p`: it is now required",
    );
    one(
        &format!("{q}/schema/minimum"),
        json!(1),
        Weight::Breaks,
        "`minimum` was 0 and is 1",
    );
    one(
        &format!("{q}/schema/minimum"),
        Value::Null,
        Weight::Adds,
        "is none",
    );
    one(
        &format!("{q}/schema/maximum"),
        json!(10),
        Weight::Adds,
        "`maximum` was 9 and is 10",
    );
    one(
        &format!("{q}/schema/maximum"),
        json!(8),
        Weight::Breaks,
        "`maximum` was 9 and is 8",
    );
    one(
        &format!("{q}/schema/type"),
        json!("string"),
        Weight::Breaks,
        "the type was `integer` and is `string`",
    );
    one(
        &format!("{q}/schema/type"),
        json!("number"),
        Weight::Adds,
        "is `number`",
    );
    one(
        &format!("{q}/schema/pattern"),
        json!("a"),
        Weight::Breaks,
        "`pattern` changed",
    );
    one(
        &format!("{p}/schema/enum"),
        json!(["x"]),
        Weight::Breaks,
        "the value \"y\" is gone",
    );
    one(
        &format!("{p}/schema/enum"),
        json!(["x", "y", "z"]),
        Weight::Adds,
        "the value \"z\" is new",
    );
    one(
        &p,
        json!({ "name": "r", "in": "query", "required": true }),
        Weight::Breaks,
        "`r`: it is new, and required",
    );
}

#[test]
fn what_is_read_may_ask_for_less_and_what_is_written_may_say_more() {
    one(
        &format!("{IN}/required"),
        json!(["id", "name"]),
        Weight::Breaks,
        "`name`: it is now required",
    );
    one(
        &format!("{IN}/required"),
        json!([]),
        Weight::Adds,
        "`id`: it is no longer required",
    );
    one(
        &format!("{IN}/properties/more"),
        json!({}),
        Weight::Adds,
        "property `more` is new",
    );
    one(
        &format!("{OUT}/required"),
        json!([]),
        Weight::Breaks,
        "response 200: property `id`: it is no longer required",
    );
    one(
        &format!("{OUT}/required"),
        json!(["id", "kind"]),
        Weight::Adds,
        "`kind`: it is now required",
    );
    one(
        &format!("{OUT}/properties/id"),
        Value::Null,
        Weight::Breaks,
        "property `id` is gone",
    );
    one(
        &format!("{OUT}/properties/kind/enum"),
        json!(["x"]),
        Weight::Adds,
        "is gone",
    );
    one(
        &format!("{OUT}/properties/kind/enum"),
        json!(["x", "y", "z"]),
        Weight::Breaks,
        "is new",
    );
    one(
        &format!("{OUT}/properties/inner/items"),
        json!({ "type": "string" }),
        Weight::Breaks,
        "items",
    );
}

#[test]
fn what_only_people_read_is_text() {
    for (pointer, words) in [
        (format!("{POST}/summary"), "POST /a: `summary` changed"),
        (format!("{POST}/deprecated"), "`deprecated` changed"),
        (format!("{IN}/description"), "`description` changed"),
        (
            "/components/responses/Conflict/description".to_owned(),
            "response 409",
        ),
        ("/info/version".to_owned(), "`info` changed"),
        ("/components/schemas/Unused/type".to_owned(), "no operation uses"),
    ] {
        one(&pointer, json!("z"), Weight::Text, words);
    }
}

#[test]
fn the_gravest_comes_first() {
    let (worst, text) = changed(|document| {
        set(document, "/info/version", json!("1"));
        set(document, &format!("{IN}/properties/more"), json!({}));
        set(document, &format!("{OUT}/properties/id"), Value::Null);
    });
    assert_eq!(worst, Some(Weight::Breaks));
    let first: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(first, ["breaks clients", "adds", "text only"]);
}
