//! Handlers that show how requests are read.

use gopool::{Body, Bytes, Form, Header, HeaderMap, Method, Path};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Echo {
    id: u64,
    tags: Vec<String>,
}

#[gopool::post("/lab/echo")]
fn echo(body: Body<Echo>) -> Echo {
    body.0
}

#[gopool::post("/lab/form")]
fn form(form: Form<Echo>) -> Echo {
    form.0
}

#[derive(Serialize)]
struct Digest {
    len: usize,
    crc32: u32,
}

#[gopool::post("/lab/bytes")]
fn bytes(body: Bytes) -> Digest {
    Digest {
        len: body.len(),
        crc32: crc32fast::hash(&body),
    }
}

#[gopool::post("/lab/text")]
fn text(body: String) -> String {
    body.to_uppercase()
}

#[derive(gopool::Header)]
struct Client {
    user_agent: Option<String>,
    x_tenant: Option<String>,
}

#[derive(Serialize)]
struct Seen {
    #[serde(rename = "user-agent")]
    user_agent: Option<String>,
    #[serde(rename = "x-tenant")]
    x_tenant: Option<String>,
    count: usize,
}

#[gopool::get("/lab/headers")]
fn headers(client: Header<Client>, all: HeaderMap) -> Seen {
    let client = client.0;
    Seen {
        user_agent: client.user_agent,
        x_tenant: client.x_tenant,
        count: all.len(),
    }
}

#[derive(gopool::Header)]
struct Asked {
    x_forwarded_proto: Option<String>,
}

/// How it was asked for.
#[gopool::get("/lab/scheme")]
fn scheme(asked: Header<Asked>) -> String {
    asked.0.x_forwarded_proto.unwrap_or_else(|| "unknown".to_owned())
}

#[derive(Serialize, Deserialize)]
struct Post {
    id: u64,
    post: String,
}

#[gopool::get("/lab/users/{id}/posts/{post}")]
fn post(path: Path<Post>) -> Post {
    path.0
}

#[gopool::get("/lab/files/{*rest}")]
fn files(rest: Path<String>) -> String {
    rest.0
}

#[gopool::all("/lab/any")]
fn any(method: Method) -> String {
    method.to_string()
}
