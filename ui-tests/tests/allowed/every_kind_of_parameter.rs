//! Arguments of every kind, in any order.

use std::rc::Rc;

use gopool::{Body, Bytes, Ctx, Error, Form, Header, HeaderMap, Method, Path, Query, RequestId, Uri, Valid};
use serde::Deserialize;

#[derive(Deserialize)]
struct Item {
    id: u64,
}

#[derive(gopool::Header)]
struct Client {
    user_agent: Option<String>,
    #[header("x-tenant")]
    tenant: u32,
    x_tag: Vec<String>,
}

#[gopool::get("/query")]
fn query(Query(item): Query<Item>, more: Option<Query<Item>>) -> String {
    format!("{}{}", item.id, more.is_some())
}

#[gopool::post("/body")]
fn body(body: Option<Body<Item>>) -> String {
    body.map_or(0, |item| item.id).to_string()
}

#[gopool::post("/form")]
fn form(form: Form<Item>) -> String {
    form.id.to_string()
}

#[gopool::post("/bytes")]
fn bytes(bytes: Bytes) -> Bytes {
    bytes
}

#[gopool::post("/text")]
fn text(mut text: String) -> String {
    text.make_ascii_uppercase();
    text
}

#[gopool::get("/headers")]
fn headers(client: Header<Client>, picked: HeaderMap) -> String {
    let agent = client.user_agent.as_deref().unwrap_or_default();
    format!("{agent}{}{}{}", client.tenant, client.x_tag.len(), picked.len())
}

#[gopool::all("/parts/{*rest}")]
fn parts(method: Method, uri: Uri, id: RequestId, rest: Path<String>) -> String {
    format!("{method} {uri} {id} {}", *rest)
}

#[gopool::get("/shared")]
async fn shared(value: Ctx<String>, maybe: Option<Ctx<u64>>) -> Result<String, Error> {
    Ok(format!("{}{}", *value, maybe.is_some()))
}

#[gopool::get("/local")]
async fn local() -> String {
    let shared = Rc::new(7);
    std::future::ready(()).await;
    shared.to_string()
}

#[derive(Deserialize, garde::Validate)]
struct Valued {
    #[garde(range(max = 9))]
    number: u64,
}

#[gopool::post("/valid/{number}")]
fn valid(
    Valid(Path(valued)): Valid<Path<Valued>>,
    query: Option<Valid<Query<Valued>>>,
    body: Result<Valid<Body<Valued>>, Error>,
) -> String {
    format!("{}{}{}", valued.number, query.is_some(), body.is_ok())
}
