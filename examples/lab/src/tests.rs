//! How an application tests its routes: in this process, without a socket.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use gopool::test::Client;

#[test]
fn hello_greets() {
    let client = Client::start().unwrap();
    let reply = client.get("/lab/hello?name=x").send();
    assert_eq!((reply.code(), &*reply.text()), (200, r#"{"hello":"x"}"#));
    assert_eq!(client.get("/lab/hello").send().code(), 400);
}

#[test]
fn start_up_has_prepared_shared_values_and_plain_routes() {
    let client = Client::start().unwrap();
    assert_eq!(client.get("/lab/ctx").send().text(), "prepared by on_master");
    assert_eq!(client.get("/master/ping").send().text(), "pong");
}

#[test]
fn only_the_headers_that_a_handler_names_reach_it() {
    let client = Client::start().unwrap();
    let request = client.get("/lab/headers").header("user-agent", "test");
    let reply = request.header("x-tenant", "acme").header("x-other", "1").send();
    assert_eq!(
        reply.text(),
        r#"{"user-agent":"test","x-tenant":"acme","count":2}"#
    );
}

#[test]
fn a_handler_that_runs_too_long_is_told_to_stop() {
    let client = Client::start().unwrap();
    let reply = client.get("/lab/short/60000").send();
    assert_eq!(reply.code(), 504, "{reply:?}");
}

#[test]
fn a_limit_can_be_set_for_one_test() {
    let client = Client::with_options(&["--max-body", "16"]).unwrap();
    let shout = |text: &'static str| {
        let request = client.post("/lab/text").header("content-type", "text/plain");
        request.body(text).send()
    };
    assert_eq!(shout("short").text(), "SHORT");
    assert_eq!(shout("a text that is too long").code(), 413);
}

#[test]
fn isolated_routes_run_in_the_process_of_a_test() {
    let client = Client::start().unwrap();
    let own = std::process::id().to_string();
    assert_eq!(client.get("/lab/isolated/pid").send().text(), own);
    assert_eq!(client.get("/lab/isolated/ctx").send().text(), own);
    assert_eq!(client.get("/lab/isolated/panic").send().code(), 500);
    assert_eq!(client.get("/lab/isolated/polite").send().code(), 504);
}
