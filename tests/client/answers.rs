//! One request and its answer: what a socket would carry.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use gopool::{
    Method,
    test::{Answer, Client},
};
use serde_json::{Value, json};

fn client() -> Client {
    Client::start().unwrap()
}

/// What `ask` panics with.
fn panic_text(ask: impl FnOnce() -> Answer) -> String {
    let panic = catch_unwind(AssertUnwindSafe(ask)).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

fn failure(reply: &Answer) -> (u16, String) {
    let problem: Value = reply.json().unwrap();
    let kind = problem["type"].as_str().unwrap().rsplit(['/', ':']).next();
    (reply.code(), kind.unwrap_or_default().to_owned())
}

#[test]
fn query_json_form_bytes_and_headers_reach_the_handler() {
    let client = client();
    let json = |reply: Answer| reply.json::<Value>().unwrap();
    assert_eq!(json(client.get("/query?a=b%20c").send()), json!({ "a": "b c" }));
    let sent = json!({ "any": [1, null] });
    let reply = client.post("/json").json(&sent).send();
    assert_eq!((reply.code(), reply.json::<Value>().unwrap()), (200, sent));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    let pairs = [("a", "1 2"), ("b", "&")];
    assert_eq!(
        json(client.put("/form").form(&pairs).send()),
        json!({ "a": "1 2", "b": "&" })
    );
    let reply = client.patch("/bytes").body(&b"\0\xff"[..]).send();
    assert_eq!(&reply.bytes()[..], b"\0\xff");
    assert_eq!(reply.text(), "\0\u{fffd}");
}

#[test]
fn a_request_says_what_every_client_says() {
    let client = client();
    let tenant = |method, tenant: &str| client.request(method, "/tenant").header("x-tenant", tenant);
    let reply = tenant(Method::DELETE, "acme").body("12345").send();
    assert_eq!(reply.json::<Value>().unwrap(), json!(["acme", 5, "localhost"]));
    let reply = tenant(Method::DELETE, "acme").header("host", "shop").send();
    assert_eq!(reply.json::<Value>().unwrap(), json!(["acme", null, "shop"]));
}

#[test]
fn a_body_that_is_not_sent_is_an_empty_one() {
    let reply = client()
        .post("/json")
        .header("content-type", "application/json")
        .send();
    assert_eq!(failure(&reply), (400, "bad-json".to_owned()));
}

#[test]
fn problems_bear_the_id_of_the_request() {
    let client = client();
    let reply = client.get("/nothing").header("x-request-id", "the-id").send();
    assert_eq!(failure(&reply), (404, "not-found".to_owned()));
    assert_eq!(reply.header("x-request-id"), Some("the-id"));
    assert_eq!(reply.json::<Value>().unwrap()["request_id"], "the-id");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
}

#[test]
fn methods_are_those_of_the_router() {
    let client = client();
    let reply = client.post("/number").send();
    assert_eq!(failure(&reply), (405, "method-not-allowed".to_owned()));
    let allow = reply.header("allow").map(str::to_owned);
    assert!(allow.is_some());
    let options = client.request(Method::OPTIONS, "/number").send();
    assert_eq!((options.code(), options.header("allow")), (204, allow.as_deref()));
}

#[test]
fn a_head_has_no_body() {
    let client = client();
    let reply = client.request(Method::HEAD, "/thread").send();
    assert_eq!((reply.code(), reply.bytes().len()), (200, 0));
    assert!(reply.header("content-type").is_some());
}

#[test]
fn plain_routes_and_middleware_of_on_master_are_in_force() {
    let client = client();
    assert_eq!(client.get("/thread").send().header("x-wrapped"), Some("yes"));
    let plain = client.get("/plain").send();
    assert_eq!(
        (&*plain.text(), plain.header("x-wrapped")),
        ("plain", Some("yes"))
    );
    let refused = client.get("/thread").header("x-refuse", "1").send();
    let problem: serde_json::Value = refused.json().unwrap();
    assert_eq!(
        (refused.code(), problem["detail"].as_str()),
        (418, Some("refused by the middleware"))
    );
    assert_eq!(problem["request_id"].as_str(), refused.header("x-request-id"));
}

#[test]
fn a_handler_that_panics_gives_a_problem_and_the_client_goes_on() {
    let client = client();
    assert_eq!(failure(&client.get("/panic").send()), (500, "panic".to_owned()));
    assert_eq!(client.get("/thread").send().code(), 200);
}

#[test]
fn a_request_that_a_socket_would_not_answer_fails_the_test_and_the_client_goes_on() {
    let client = client();
    let text = panic_text(|| client.get("/plain/broken").send());
    assert!(
        text.contains("broke off") && text.contains("out of text"),
        "{text}"
    );
    assert_eq!(client.get("/plain").send().code(), 200);
}

#[test]
fn a_plain_route_that_panics_is_a_problem_as_over_a_socket() {
    let client = client();
    assert_eq!(
        failure(&client.get("/plain/panic").send()),
        (500, "panic".to_owned())
    );
    assert_eq!(client.get("/plain").send().code(), 200);
}

#[test]
fn nonsense_fails_the_test_where_it_stands() {
    let client = client();
    for (text, part) in [
        (
            panic_text(|| client.get("thread").send()),
            "begin it with a slash",
        ),
        (panic_text(|| client.get("/a b").send()), "percent-encode"),
        (panic_text(|| client.get("/").header("a b", "c").send()), "`a b`"),
        (
            panic_text(|| client.get("/").header("x-a", "b\r\n").send()),
            "`x-a`",
        ),
        (
            panic_text(|| client.post("/json").json(&BTreeMap::from([((), ())])).send()),
            "JSON",
        ),
    ] {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn what_a_reply_says_stands_in_the_message_of_an_assertion() {
    let text = format!("{:?}", client().get("/plain").send());
    assert!(text.contains("200") && text.contains("\"plain\""), "{text}");
}

#[test]
fn a_client_can_be_asked_inside_of_a_runtime() {
    let client = client();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(
        runtime.block_on(async { client.get("/thread").send().code() }),
        200
    );
}
