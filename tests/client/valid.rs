//! Values that must keep rules, wherever the handler runs.

use gopool::{Body, Query, Status, Valid, test::Client};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize, Serialize, garde::Validate)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[garde(length(min = 1, max = 40))]
    full_name: String,
    #[garde(length(max = 2), inner(ascii))]
    tags: Vec<String>,
}

#[derive(Deserialize, garde::Validate)]
struct Page {
    #[garde(range(min = 1, max = 100))]
    limit: Option<u32>,
}

#[gopool::post("/valid/items")]
fn add(Valid(Body(item)): Valid<Body<Item>>) -> Status<201, Item> {
    Status(item)
}

#[gopool::get("/valid/items")]
async fn list(page: Option<Valid<Query<Page>>>) -> String {
    page.and_then(|page| page.limit).unwrap_or(10).to_string()
}

#[gopool::post("/valid/isolated", run = "isolated")]
fn isolated(item: Valid<Body<Item>>) -> String {
    item.0.0.full_name
}

#[test]
fn all_broken_rules_are_told_at_once_in_the_clients_names() {
    let client = Client::start().unwrap();
    for path in ["/valid/items", "/valid/isolated"] {
        let wrong = json!({ "fullName": "", "tags": ["a", "ä", "ö"] });
        let refused = client.post(path).json(&wrong).send();
        let problem: Value = refused.json().unwrap();
        assert_eq!(
            (refused.code(), &problem["type"]),
            (422, &json!("urn:gopool:problem:invalid-body"))
        );
        assert_eq!(problem["detail"], "4 values are not valid");
        let pointers: Vec<_> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["pointer"])
            .collect();
        assert_eq!(pointers, ["#/fullName", "#/tags/1", "#/tags/2", "#/tags"]);
        let right = json!({ "fullName": "a chair", "tags": ["a"] });
        assert!(client.post(path).json(&right).send().code() < 300);
    }
}

#[test]
fn a_query_may_be_absent_and_is_valid_when_it_is_there() {
    let client = Client::start().unwrap();
    assert_eq!(client.get("/valid/items").send().text(), "10");
    assert_eq!(client.get("/valid/items?limit=7").send().text(), "7");
    let refused = client.get("/valid/items?limit=101").send();
    let problem: Value = refused.json().unwrap();
    assert_eq!(
        (refused.code(), &problem["errors"][0]["pointer"]),
        (400, &json!("#/limit"))
    );
    assert_eq!(problem["detail"], "`#/limit`: greater than 100");
}
