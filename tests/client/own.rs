//! Parameters of the application's own, made from others, and the replies that go with signing in.

use std::time::Duration;

use gopool::{Bearer, Cookie, Cookies, Error, FromParams, Redirect, Response, Status, test::Client};

#[derive(Clone, gopool::Param)]
struct User {
    name: String,
}

impl FromParams for User {
    type From = (Option<Bearer>, Cookies);

    fn from_params((bearer, cookies): Self::From) -> Result<Self, Error> {
        let token = bearer.map(|Bearer(token)| token);
        let token = token.or_else(|| cookies.get("session").map(str::to_owned));
        match token.as_deref() {
            Some("t") => Ok(Self {
                name: "ann".to_owned(),
            }),
            Some(_) => Err(Error::forbidden("the token is not valid")),
            None => Err(Error::unauthorized("sign in first")),
        }
    }
}

#[gopool::get("/own/me")]
fn me(user: User) -> String {
    user.name
}

#[gopool::get("/own/maybe")]
async fn maybe(user: Result<User, Error>) -> Option<String> {
    user.ok().map(|user| user.name)
}

#[gopool::post("/own/sign-in")]
fn sign_in() -> (Status<201>, [(&'static str, &'static str); 1], Vec<&'static str>) {
    (
        Status(()),
        [("set-cookie", "session=t; HttpOnly; Path=/")],
        vec!["ann"],
    )
}

#[gopool::post("/own/sign-out")]
fn sign_out() -> Redirect {
    Redirect::to("/own/maybe")
}

#[gopool::post("/own/keep")]
fn keep() -> (Status<201>, Cookie, String) {
    let cookie = Cookie::new("__Host-session", "t").max_age(Duration::from_secs(60));
    (Status(()), cookie, "kept".into())
}

#[gopool::post("/own/forget")]
async fn forget() -> Response {
    let cookies = [Cookie::removed("a"), Cookie::removed("b").path("/own")];
    cookies.into_iter().fold(Response::status(204), Response::cookie)
}

#[gopool::get("/own/ended")]
fn ended() -> Result<String, Error> {
    Err(Error::unauthorized("the session has ended").cookie(Cookie::removed("session")))
}

#[gopool::get("/own/split")]
fn split(cookies: Cookies) -> Result<Response, Error> {
    match cookies.get("fails") {
        Some(text) => Err(Error::conflict("taken").cookie(Cookie::new("a", format!("{text}\r\nx: y")))),
        None => Ok(Response::ok().cookie(Cookie::new("a", "1\r\nx: y"))),
    }
}

#[test]
fn a_cookie_is_set_and_removed_by_replies_and_by_failures() {
    let client = Client::start().unwrap();
    let kept = client.post("/own/keep").send();
    assert_eq!(
        (kept.code(), kept.header("set-cookie"), &*kept.text()),
        (
            201,
            Some("__Host-session=t; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"),
            "kept"
        )
    );
    let forgot = client.post("/own/forget").send();
    let both: Vec<_> = forgot.headers().get_all("set-cookie").iter().collect();
    assert_eq!(both.len(), 2, "{both:?}");
    let ended = client.get("/own/ended").send();
    assert_eq!(ended.code(), 401);
    assert!(ended.header("set-cookie").unwrap().contains("Max-Age=0"));
    for split in [
        client.get("/own/split"),
        client.get("/own/split").header("cookie", "fails=1"),
    ] {
        let split = split.send();
        assert_eq!(
            (split.code(), split.header("set-cookie"), split.header("x")),
            (500, None, None)
        );
    }
}

#[test]
fn the_headers_of_its_parts_cross_and_its_error_is_the_answer() {
    let client = Client::start().unwrap();
    let me = |name, value: &str| client.get("/own/me").header(name, value).send();
    assert_eq!(me("authorization", "Bearer t").text(), "ann");
    assert_eq!(me("cookie", "a=b; session=t").text(), "ann");
    assert_eq!(me("authorization", "Bearer x").code(), 403);
    let nobody = client.get("/own/me").send();
    assert_eq!(
        (nobody.code(), nobody.header("www-authenticate")),
        (401, Some("Bearer"))
    );
}

#[test]
fn a_result_leaves_it_to_the_handler_and_none_is_404() {
    let client = Client::start().unwrap();
    assert_eq!(
        client
            .get("/own/maybe")
            .header("cookie", "session=t")
            .send()
            .text(),
        "ann"
    );
    let nobody = client.get("/own/maybe").send();
    assert_eq!(
        (nobody.code(), nobody.header("content-type")),
        (404, Some("application/problem+json"))
    );
}

#[test]
fn a_reply_has_its_status_its_headers_and_its_place() {
    let client = Client::start().unwrap();
    let reply = client.post("/own/sign-in").send();
    assert_eq!((reply.code(), &*reply.text()), (201, r#"["ann"]"#));
    assert_eq!(reply.header("set-cookie"), Some("session=t; HttpOnly; Path=/"));
    let reply = client.post("/own/sign-out").send();
    assert_eq!(
        (reply.code(), reply.header("location")),
        (303, Some("/own/maybe"))
    );
}
