//! Parameters of the application's own, made from others, and the replies that go with signing in.

use gopool::{Bearer, Cookies, Error, FromParams, Redirect, Status, test::Client};

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
