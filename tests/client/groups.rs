//! Groups, and functions that run before and after handlers.

use std::ops::ControlFlow;

use gopool::{Error, FromParams, Header, Method, Redirect, Response, test::Client};
use serde_json::Value;

/// How often a `Caller` was made for one request is how often it was told.
#[derive(Clone, gopool::Param)]
struct Caller {
    name: String,
}

#[derive(gopool::Header)]
struct Names {
    #[header("x-name")]
    name: Option<String>,
    #[header("x-made")]
    made: Option<u32>,
}

impl FromParams for Caller {
    type From = Header<Names>;

    fn from_params(Header(names): Self::From) -> Result<Self, Error> {
        let name = names.name.ok_or_else(|| Error::unauthorized("say who you are"))?;
        Ok(Self {
            name: format!("{name}{}", names.made.unwrap_or_default()),
        })
    }
}

/// The group is of this module and of those below it.
mod shop {
    use super::{Caller, Error, Method};

    gopool::group! {
        /// What customers may do.
        prefix = "/groups/shop", tag = "shop", timeout = "5s", max_body = "10B",
    }

    #[gopool::get("/")]
    fn root(caller: Caller) -> String {
        caller.name
    }

    #[gopool::post("/orders", max_body = 20)]
    fn order(body: String) -> String {
        body
    }

    #[gopool::post("/notes")]
    async fn note(body: String) -> String {
        body
    }

    pub(super) mod admin {
        use super::{Caller, Error, Method};

        gopool::group! { prefix = "/admin" }

        #[gopool::get("/report/{id}.csv")]
        fn report(id: gopool::Path<u32>) -> Result<String, Error> {
            if *id == 7 {
                return Err(Error::conflict("there is no seventh").member("id", &7));
            }
            Ok(format!("report {}", *id))
        }

        #[gopool::get("/report/{id}")]
        async fn page(caller: Caller, method: Method, id: gopool::Path<String>) -> String {
            format!("{} {method} {}", caller.name, *id)
        }

        #[gopool::get("/report/{id}/fails")]
        fn fails(id: gopool::Path<u32>) -> Result<(), std::io::Error> {
            Err(std::io::Error::other(id.to_string()))
        }
    }
}

#[gopool::get("/groups/files/{*rest}")]
fn file(rest: gopool::Path<String>) -> String {
    rest.0
}

#[gopool::before("/groups/shop/admin")]
fn only_admins(caller: Caller) -> Result<(), Error> {
    match caller.name.starts_with("admin") {
        true => Ok(()),
        false => Err(Error::forbidden("for admins")),
    }
}

#[gopool::before("/groups/shop/admin/report")]
fn no_reports_for_strangers(caller: Caller) -> ControlFlow<Redirect> {
    match caller.name.as_str() {
        "admin-stranger0" => ControlFlow::Break(Redirect::to("/groups/sign-in")),
        _ => ControlFlow::Continue(()),
    }
}

#[gopool::before("/groups/files/secret")]
fn nobody() -> Result<(), Error> {
    Err(Error::forbidden("nobody reads this"))
}

#[gopool::after("/groups/shop")]
fn outer(response: Response) -> Response {
    response.header("x-order", "outer")
}

#[gopool::after("/groups/shop/admin")]
fn inner(response: Response, caller: Option<Caller>) -> Result<Response, Error> {
    let caller = caller.map_or_else(|| "nobody".to_owned(), |caller| caller.name);
    if caller == "admin-broken0" {
        return Err(Error::status(502).detail("the response broke"));
    }
    Ok(response.header("x-order", "inner").header("x-caller", &caller))
}

fn order(answer: &gopool::test::Answer) -> Vec<String> {
    let values = answer.headers().get_all("x-order").iter();
    values.map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[test]
fn routes_of_a_group_have_its_prefix_and_its_limits() {
    let client = Client::start().unwrap();
    let root = client.get("/groups/shop").header("x-name", "ann").send();
    assert_eq!((root.code(), &*root.text()), (200, "ann0"));
    assert_eq!(client.get("/").send().code(), 404);
    let post = |path: &str, body: &str| client.post(path).body(body.to_owned()).send().code();
    assert_eq!(post("/groups/shop/notes", "0123456789"), 200);
    assert_eq!(post("/groups/shop/notes", "0123456789a"), 413);
    assert_eq!(
        post("/groups/shop/orders", "0123456789a"),
        200,
        "it says so itself"
    );
    assert_eq!(post("/groups/shop/orders", "0123456789012345678901"), 413);
}

#[test]
fn text_beside_a_name_is_no_part_of_its_value() {
    let client = Client::start().unwrap();
    let get = |path: &str| client.get(path).header("x-name", "admin").send();
    assert_eq!(get("/groups/shop/admin/report/8.csv").text(), "report 8");
    assert_eq!(get("/groups/shop/admin/report/8%2Ecsv").text(), "report 8");
    assert_eq!(get("/groups/shop/admin/report/8.pdf").text(), "admin0 GET 8.pdf");
    assert_eq!(get("/groups/shop/admin/report/x.csv").code(), 400);
}

#[test]
fn what_runs_before_decides_and_what_runs_after_sees_each_answer() {
    let client = Client::start().unwrap();
    for path in ["/groups/shop/admin/report/8.csv", "/groups/shop/admin/report/8"] {
        let get = |name: &str| client.get(path).header("x-name", name).send();
        let answer = get("admin");
        assert_eq!(
            (answer.code(), order(&answer)),
            (200, vec!["inner".into(), "outer".into()]),
            "{path}"
        );
        assert_eq!(answer.header("x-caller"), Some("admin0"));
        let refused = get("ann");
        assert_eq!((refused.code(), order(&refused).len()), (403, 2), "{path}");
        assert_eq!(refused.json::<Value>().unwrap()["detail"], "for admins");
        let away = get("admin-stranger");
        assert_eq!(
            (away.code(), away.header("location")),
            (303, Some("/groups/sign-in")),
            "{path}"
        );
        let nobody = client.get(path).send();
        assert_eq!(
            (nobody.code(), nobody.header("www-authenticate")),
            (401, Some("Bearer")),
            "{path}"
        );
        assert_eq!(nobody.header("x-caller"), Some("nobody"));
        let broken = get("admin-broken");
        assert_eq!(
            (broken.code(), order(&broken)),
            (502, vec!["outer".into()]),
            "{path}"
        );
    }
}

#[test]
fn an_error_with_a_status_is_seen_with_all_that_it_says_and_others_are_not() {
    let client = Client::start().unwrap();
    let get = |path: &str| client.get(path).header("x-name", "admin").send();
    let conflict = get("/groups/shop/admin/report/7.csv");
    assert_eq!((conflict.code(), order(&conflict).len()), (409, 2));
    assert_eq!(conflict.header("content-type"), Some("application/problem+json"));
    assert_eq!(conflict.json::<Value>().unwrap()["id"], 7);
    let failed = get("/groups/shop/admin/report/7/fails");
    assert_eq!((failed.code(), order(&failed).len()), (500, 0));
    let missing = get("/groups/shop/none");
    assert_eq!((missing.code(), order(&missing).len()), (404, 0));
}

#[test]
fn a_wider_route_is_guarded_where_its_requests_are() {
    let client = Client::start().unwrap();
    for (path, code) in [
        ("/groups/files/a/secret", 200),
        ("/groups/files/secret", 403),
        ("/groups/files/secret/a", 403),
        ("/groups/files/s%65cret/a", 403),
        ("/groups/files/secret%2Fa", 403),
        ("/groups/files/secrets", 200),
    ] {
        assert_eq!(client.get(path).send().code(), code, "{path}");
    }
}
