//! Groups, and functions that run before and after handlers.

use std::ops::ControlFlow;

use gopool::{Bearer, Cookies, Ctx, Error, Header, HeaderMap, Method, Redirect, RequestId, Response, Uri};

/// A module with a group, and one in it with another.
mod api {
    gopool::group! {
        /// What customers may do.
        ///
        /// And no more.
        prefix = "/v1", tag = "shop", timeout = "5s", queue_timeout = 500, queue_target = "100ms", max_body = "1MB",
        body_timeout = "1m", weight = 2, priority = "sheddable", fair_by = "peer", crate = gopool,
    }

    #[gopool::get("/")]
    fn root() -> &'static str {
        "root"
    }

    mod inner {
        gopool::group! { prefix = "/caf%C3%A9" }

        #[gopool::get("/img-{id}.png")]
        fn image(id: gopool::Path<u64>) -> String {
            id.to_string()
        }
    }
}

#[derive(gopool::Header)]
struct Client {
    user_agent: Option<String>,
}

#[gopool::before]
fn nothing() {}

#[gopool::before("/")]
fn everywhere(method: Method, uri: Uri, id: RequestId, header: Header<Client>) -> Result<(), Error> {
    let _ = (method, uri, id, header.0.user_agent);
    Ok(())
}

#[gopool::before("/v1")]
fn known(cookies: Cookies, #[cfg(debug_assertions)] headers: HeaderMap) -> Result<(), std::io::Error> {
    let _ = cookies;
    #[cfg(debug_assertions)]
    let _ = headers;
    Ok(())
}

#[gopool::before("/v1/x")]
fn away(token: Option<Bearer>) -> ControlFlow<Redirect> {
    match token {
        Some(_) => ControlFlow::Continue(()),
        None => ControlFlow::Break(Redirect::to("/sign-in")),
    }
}

#[gopool::before("/v1/y")]
async fn asked(token: Bearer, users: Ctx<Vec<String>>) -> Result<ControlFlow<Response>, Error> {
    if users.contains(&token.0) {
        return Ok(ControlFlow::Continue(()));
    }
    Ok(ControlFlow::Break(Response::status(303)))
}

#[gopool::after]
fn stamp(response: Response) -> Response {
    response.header("x-served-by", "shop")
}

#[gopool::after("/v1", crate = gopool)]
fn signed(response: Response, id: RequestId, users: Ctx<Vec<String>>) -> Result<Response, Error> {
    let _ = users;
    Ok(response.header("x-id", id.as_str()))
}
