//! Plain actix-web routes beside those of gopool: who has which request, what is wrapped around both, and what they share.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use actix_web::{
    HttpResponse,
    error::ErrorPayloadTooLarge,
    middleware::DefaultHeaders,
    web::{self, ServiceConfig},
};
use gopool::{
    Bearer, Ctx, Error, Failure, FromParams, Master, Plain, RequestId,
    test::{Answer, Client},
};
use serde_json::Value;

/// Tokens that are known.
struct Tokens(Vec<&'static str>);

#[derive(Clone, gopool::Param)]
struct User(String);

impl FromParams for User {
    type From = (Bearer, Ctx<Tokens>);

    fn from_params((Bearer(token), known): Self::From) -> Result<Self, Error> {
        match known.0.contains(&&*token) {
            true => Ok(Self(token)),
            false => Err(Error::forbidden("an unknown token").member("token", &token)),
        }
    }
}

#[gopool::get("/u/{id}")]
fn user(id: gopool::Path<String>) -> String {
    format!("ours {}", *id)
}

#[gopool::get("/files/{*rest}")]
async fn file(rest: gopool::Path<String>) -> String {
    format!("ours {}", *rest)
}

#[gopool::get("/about")]
fn about(user: Option<User>) -> String {
    user.map_or_else(|| "ours".to_owned(), |user| user.0)
}

#[gopool::on_failure]
fn failed(failure: Failure) -> Error {
    let path = failure.path().to_owned();
    failure.into_error().member("path", &path)
}

async fn greet(user: Plain<User>, id: Plain<RequestId>) -> String {
    format!("{} {}", user.0.0, id.as_str())
}

async fn maybe(user: Plain<Option<User>>) -> Result<String, Error> {
    let user = user.0.ok_or_else(|| Error::conflict("nobody is here"))?;
    Ok(user.0)
}

fn plain(app: &mut ServiceConfig) {
    let say = |text: &'static str| web::get().to(move || async move { text });
    app.route("/u/me", say("plain me"))
        .service(web::resource(["/elsewhere", "/u/also"]).route(say("plain also")))
        .route("/files/{name}.gz", say("plain gz"))
        .route("/greet", web::get().to(greet))
        .route("/maybe", web::get().to(maybe))
        .route("/silent", web::get().to(HttpResponse::NotFound))
        .route(
            "/large",
            web::get().to(|| async { Err::<String, _>(ErrorPayloadTooLarge("large")) }),
        )
        .service(web::scope("/v1").wrap(DefaultHeaders::new().add(("x-scope", "v1"))))
        .default_service(web::to(|| async {
            HttpResponse::Gone().content_type("text/plain").body("gone")
        }));
}

#[gopool::on_master]
async fn prepare(master: &mut Master) {
    master.ctx(Tokens(vec!["ann"]));
    master.configure(plain);
    master.wrap(|| DefaultHeaders::new().add(("x-wrapped", "yes")));
}

fn get(client: &Client, path: &str) -> Answer {
    client.get(path).header("authorization", "Bearer ann").send()
}

#[test]
fn the_narrower_path_has_the_request_whoever_it_belongs_to() {
    let client = Client::start().unwrap();
    for (path, text) in [
        ("/u/me", "plain me"),
        ("/u/also", "plain also"),
        ("/u/you", "ours you"),
        ("/files/a.gz", "plain gz"),
        ("/files/a/b.gz", "ours a/b.gz"),
        ("/files/a", "ours a"),
        ("/about", "ann"),
        ("/nothing", "gone"),
    ] {
        assert_eq!(get(&client, path).text(), text, "{path}");
    }
}

#[test]
fn what_nobody_has_is_the_applications_and_a_wrong_method_is_not() {
    let client = Client::start().unwrap();
    let gone = client.get("/nothing").send();
    assert_eq!((gone.code(), &*gone.text()), (410, "gone"));
    let wrong = client.post("/about").send();
    assert_eq!(
        (wrong.code(), wrong.header("allow")),
        (405, Some("GET, HEAD, OPTIONS"))
    );
}

#[test]
fn the_monitor_is_where_it_is_whatever_plain_routes_take() {
    let client = Client::with_options(&["--info-url", "/info"]).unwrap();
    let metrics = client.get("/info/metrics").send();
    assert_eq!(metrics.code(), 200, "{metrics:?}");
    assert_eq!(client.get("/infos").send().code(), 410);
}

#[test]
fn one_middleware_is_around_all_that_is_answered_once() {
    let client = Client::start().unwrap();
    for path in [
        "/about", "/u/me", "/u/you", "/greet", "/silent", "/nothing", "/v1/x",
    ] {
        let answer = get(&client, path);
        let values: Vec<_> = answer.headers().get_all("x-wrapped").iter().collect();
        assert_eq!(values, ["yes"], "{path}");
    }
    assert_eq!(get(&client, "/about").header("x-scope"), None);
}

#[test]
fn plain_handlers_read_our_parameters_and_fail_with_our_errors() {
    let client = Client::start().unwrap();
    let greeting = get(&client, "/greet");
    let id = greeting.header("x-request-id").unwrap().to_owned();
    assert_eq!(greeting.text(), format!("ann {id}"));
    let nobody = client.get("/greet").send();
    assert_eq!(
        (nobody.code(), nobody.header("www-authenticate")),
        (401, Some("Bearer"))
    );
    let stranger = client.get("/greet").header("authorization", "Bearer x").send();
    let problem = stranger.json::<Value>().unwrap();
    assert_eq!((stranger.code(), &problem["token"]), (403, &Value::from("x")));
    assert_eq!(problem["request_id"], stranger.header("x-request-id").unwrap());
    assert_eq!(get(&client, "/maybe").text(), "ann");
    assert_eq!(client.get("/maybe").send().code(), 409);
}

#[test]
fn failures_of_plain_routes_that_say_nothing_are_answered_by_the_application() {
    let client = Client::start().unwrap();
    for (path, code, slug) in [("/silent", 404, "not-found"), ("/large", 413, "too-large")] {
        let answer = client.get(path).send();
        let problem = answer.json::<Value>().unwrap();
        assert_eq!((answer.code(), &problem["path"]), (code, &Value::from(path)));
        assert_eq!(problem["type"], format!("urn:gopool:problem:{slug}"));
    }
}
