//! Failures as an application answers them: errors of types of its own, and gopool's own failures in other words.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::{io, time::Duration};

use gopool::{
    Body, Error, Failure, Kind, Path, Problem, Response,
    test::{Answer, Client},
};
use serde_json::Value;

#[derive(Debug, thiserror::Error, Problem)]
enum Shop {
    #[error("item {id} is sold out")]
    #[problem(status = 409, title = "Sold out", type = "https://shop.example/sold-out")]
    SoldOut {
        #[problem(member)]
        id: u64,
        #[problem(member = "left", header = "x-left")]
        stock: u32,
    },
    #[error("come back later")]
    #[problem(status = 429)]
    Later(#[problem(retry_after)] Duration),
    #[error("the storage at /secret failed")]
    #[problem(status = 503, title = "Storage")]
    Storage(#[source] io::Error),
    #[error(transparent)]
    #[problem(transparent)]
    Other(#[from] Error),
}

fn shop(id: u64) -> Result<String, Shop> {
    match id {
        0 => Ok("an item".to_owned()),
        1 => Err(Shop::SoldOut { id, stock: 0 }),
        2 => Err(Shop::Later(Duration::from_secs(7))),
        3 => Err(Shop::Storage(io::Error::other("secret"))),
        _ => Err(Error::unauthorized("sign in").header("www-authenticate", "Basic realm=\"shop\""))?,
    }
}

#[gopool::get("/typed/{id}")]
fn typed(id: Path<u64>) -> Result<String, Shop> {
    shop(*id)
}

#[gopool::get("/erased/{id}")]
fn erased(id: Path<u64>) -> Result<String, Error> {
    Ok(shop(*id)?)
}

#[gopool::get("/any/{id}")]
async fn any(id: Path<u64>) -> Result<String, anyhow::Error> {
    use anyhow::Context as _;
    let item = erased(id).context("while the shop was asked")?;
    Ok(item)
}

#[gopool::get("/bare-any/{id}")]
fn bare_any(id: Path<u64>) -> Result<String, anyhow::Error> {
    Ok(erased(id)?)
}

/// Neither a `std::error::Error` nor with text.
#[derive(Problem)]
#[problem(status = 418, detail = "short and stout")]
struct Teapot;

#[gopool::get("/teapot")]
fn teapot() -> Result<(), Teapot> {
    Err(Teapot)
}

#[gopool::get("/panic")]
fn panics() -> String {
    Vec::new().remove(0)
}

#[gopool::post("/body", max_body = 4)]
fn body(text: Body<String>) -> String {
    text.0
}

#[gopool::on_failure]
fn failed(failure: Failure) -> Result<Response, Error> {
    if failure.prefers_html() {
        let page = format!("<h1>{} {}</h1>", failure.error().code(), failure.path());
        return Ok(Response::ok().content_type("text/html").text(page));
    }
    let kind = failure.error().kind();
    assert_ne!(kind, Kind::UnsupportedType, "a function that panics");
    let uri = format!("https://shop.example/{}", kind.slug());
    Err(failure.into_error().problem_type(&uri))
}

fn problem(answer: &Answer) -> Value {
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{answer:?}"
    );
    answer.json().unwrap()
}

#[test]
fn a_type_of_its_own_says_how_it_is_answered_also_through_other_errors() {
    let client = Client::start().unwrap();
    for path in ["/typed", "/erased", "/any", "/bare-any"] {
        let get = |id: u64| client.get(&format!("{path}/{id}")).send();
        assert_eq!(get(0).text(), "an item");
        let sold_out = get(1);
        let document = problem(&sold_out);
        assert_eq!(
            (sold_out.code(), sold_out.header("x-left")),
            (409, Some("0")),
            "{path}"
        );
        assert_eq!(document["type"], "https://shop.example/sold-out");
        assert_eq!(
            (&document["title"], &document["detail"]),
            (&"Sold out".into(), &"item 1 is sold out".into())
        );
        assert_eq!((&document["id"], &document["left"]), (&1.into(), &0.into()));
        let later = get(2);
        assert_eq!(
            (later.code(), later.header("retry-after")),
            (429, Some("7")),
            "{path}"
        );
        let storage = get(3);
        let document = problem(&storage);
        assert_eq!(
            (storage.code(), &document["title"]),
            (503, &"Storage".into()),
            "{path}"
        );
        assert_eq!(document["detail"], Value::Null);
        assert!(!storage.text().contains("secret"), "{storage:?}");
        let other = get(4);
        let challenge = Some("Basic realm=\"shop\"");
        assert_eq!(
            (other.code(), other.header("www-authenticate")),
            (401, challenge),
            "{path}"
        );
    }
}

#[test]
fn what_is_no_error_of_std_is_a_problem_too() {
    let answer = Client::start().unwrap().get("/teapot").send();
    assert_eq!(
        (answer.code(), &problem(&answer)["detail"]),
        (418, &"short and stout".into())
    );
}

#[test]
fn gopools_own_failures_are_answered_by_the_application_and_no_handlers() {
    let client = Client::start().unwrap();
    let cases = [
        (client.get("/nothing").send(), 404, "not-found"),
        (client.post("/teapot").send(), 405, "method-not-allowed"),
        (client.post("/body").json("too long").send(), 413, "too-large"),
        (client.get("/typed/x").send(), 400, "bad-path"),
        (client.get("/panic").send(), 500, "panic"),
    ];
    for (answer, code, slug) in cases {
        let document = problem(&answer);
        let kind = format!("https://shop.example/{slug}");
        assert_eq!((answer.code(), &document["type"]), (code, &kind.into()));
        assert_eq!(document["request_id"], answer.header("x-request-id").unwrap());
    }
}

#[test]
fn a_page_for_people_has_the_status_and_headers_of_the_failure() {
    let client = Client::start().unwrap();
    // A list may have several lines.
    for accept in [&["text/html,*/*;q=0.8"][..], &["image/png", "text/html"]] {
        let request = client.post("/teapot");
        let request = accept
            .iter()
            .fold(request, |request, line| request.header("accept", line));
        let page = request.send();
        assert_eq!((page.code(), &*page.text()), (405, "<h1>405 /teapot</h1>"));
        assert_eq!(page.header("allow"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(page.header("content-type"), Some("text/html"));
        assert!(page.header("x-request-id").is_some());
    }
}

#[test]
fn when_the_function_itself_panics_the_client_gets_the_problem() {
    let client = Client::start().unwrap();
    let answer = client
        .post("/body")
        .header("content-type", "text/plain")
        .body("a")
        .send();
    let kind = "urn:gopool:problem:unsupported-type";
    assert_eq!((answer.code(), &problem(&answer)["type"]), (415, &kind.into()));
}
