//! The smallest gopool program, in 12 lines: two plain functions, each an HTTP route that runs on the pool.

#[rustfmt::skip] #[derive(serde::Deserialize)] struct Greet { name: String }

#[gopool::get("/v1/hello")]
fn hello(query: gopool::Query<Greet>) -> serde_json::Value {
    serde_json::json!({ "hello": query.name })
}

#[gopool::post("/v1/world")]
fn world(body: gopool::Body<serde_json::Value>) -> serde_json::Value {
    body.0
}

fn main() -> std::process::ExitCode {
    gopool::start()
}
