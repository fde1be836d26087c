//! What the README promises to somebody who tries it for the first time.

use gopool_tests::hello;
use serde_json::json;

#[test]
fn the_two_requests_of_the_readme_are_answered() {
    let server = hello().start();
    assert_eq!(server.get("/v1/hello?name=x").json(), json!({ "hello": "x" }));
    let sent = json!({ "any": ["json", 7, null] });
    let answer = server.post("/v1/world", "application/json", sent.to_string());
    assert_eq!((answer.status, answer.json()), (200, sent));
}

#[test]
fn a_name_reaches_the_handler_decoded() {
    let server = hello().start();
    let answer = server.get("/v1/hello?name=J%C3%BCrgen+%26%20Co");
    assert_eq!(answer.json(), json!({ "hello": "Jürgen & Co" }));
}
